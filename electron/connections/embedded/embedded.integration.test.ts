import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { simpleBackend } from './testing/simple-backend.ts';
import { JobList } from '../jobs/job-list.ts';
import { beginDemo } from './operations/demo-job.ts';
import { embeddedDomains } from './operations/domains.ts';
import { definition, Fixture, never } from './testing/fixture.ts';
import { withConnection } from './testing/with-connection.ts';

const generous = { timeout: 90_000, interval: 25 };

/** A machine without a kernel: the button guest's disk, a serial port, a user NIC. */
export function sampleXml(name: string, image: string, extra = ''): string {
  return `<domain type='qemu'>
  <name>${name}</name>
  <!-- kept -->
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <boot dev='hd'/>
  </os>
  <features>
    <acpi/>
  </features>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='${image}'/>
      <target dev='hda' bus='ide'/>
    </disk>
    <interface type='user'>
      <model type='virtio'/>
    </interface>
    <serial type='pty'/>
${extra}  </devices>
</domain>
`;
}

describe('a machine that is marked for autostart', () => {
  it('is left off by a single command, and started once by the next host that stays', async () => {
    await using fixture = await Fixture.make();
    const image = await fixture.image();
    const command = { brief: true };
    await withConnection(
      fixture,
      async ({ domains }) => {
        await domains.define({ xml: sampleXml('a', image) });
        await domains.setAutostart('a', true);
      },
      command,
    );
    await withConnection(
      fixture,
      async ({ domains }) => {
        expect(await domains.get('a')).toMatchObject({ state: 'shut off', autostart: true });
      },
      command,
    );
    expect(await readdir(fixture.directories.sockets)).not.toContain('autostarted');
    await withConnection(fixture, async ({ domains }) => {
      await expect.poll(async () => (await domains.get('a')).state, generous).toBe('running');
      await domains.act('a', 'destroy', never);
    });
    await withConnection(fixture, async ({ domains }) => {
      expect((await domains.get('a')).state).toBe('shut off');
      return Promise.resolve();
    });
  });
});

describe('the embedded connection', () => {
  it('defines, starts, shows live XML, records the console, shuts down', async () => {
    await using fixture = await Fixture.make();
    const image = await fixture.image();
    await withConnection(fixture, async ({ domains, consoles }) => {
      const { uuid } = await domains.define({ xml: sampleXml('a', image) });
      const { inactive, hash } = await domains.xml('a');
      expect(inactive).toContain('<!-- kept -->');
      expect(inactive).toMatch(/<mac address='52:54:00:/);
      expect(inactive).toContain(uuid);
      await expect(
        domains.define({ xml: (inactive ?? '').replace('<name>', '<title>t</title><name>'), expect: 'other' }),
      ).rejects.toMatchObject({ code: 'conflict' });
      await domains.define({ xml: (inactive ?? '').replace('<vcpu>1', '<vcpu>2'), expect: hash });
      await domains.act('a', 'start', never);
      expect(await domains.get('a')).toMatchObject({
        state: 'running',
        reason: 'booted',
        vcpus: 2,
        consoles: [{ alias: 'serial0', interactive: true }],
      });
      const { live } = await domains.xml('a');
      expect(live).toMatch(/<domain type='qemu' id='1'>/);
      expect(live).toMatch(/<source path='\/dev\/pts\/\d+'\/>/);
      expect(live).toMatch(/<alias name='net0'\/>/);
      const recording = () =>
        readFile(`${fixture.directories.recordings}/${uuid}/serial0.00000000000000000000.log`, 'latin1').catch(() => '');
      await expect.poll(recording, generous).toContain('B');
      const watching = new AbortController();
      const states: string[] = [];
      const watched = (async () => {
        for await (const { state } of consoles.watch('a', 'serial0', watching.signal)) states.push(state);
      })();
      await expect.poll(() => states.at(-1), generous).toBe('connected');
      await domains.act('a', 'suspend', never);
      await expect.poll(() => states.at(-1), generous).toBe('paused');
      await domains.act('a', 'resume', never);
      await expect.poll(() => states.at(-1), generous).toBe('connected');
      watching.abort();
      await watched;
      await expect(domains.monitor('a', '{"execute":"query-name"}')).resolves.toEqual({ name: 'a' });
      await expect(domains.monitor('a', 'nonsense')).rejects.toMatchObject({ code: 'invalid' });
      await expect(domains.log('a', 10)).resolves.toMatchObject({ text: expect.stringContaining('starting') as string });
      const stats = domains.stats('a', never)[Symbol.asyncIterator]();
      await stats.next();
      const { value } = (await stats.next()) as IteratorResult<{ uuid: string; memoryKiB: number }[], undefined>;
      expect(value).toMatchObject([{ uuid }]);
      expect(value?.[0]?.memoryKiB).toBeGreaterThan(1000);
      await stats.return?.();
      expect(await domains.cpuTime('a')).toBeGreaterThan(0);
      // A deletion that is refused leaves it running, and one of a machine that runs needs to be told to force it off.
      const elsewhere = `${image}.elsewhere`;
      for (const [removeDisks, destroy, code] of [
        [[elsewhere], true, 'invalid'],
        [[image, elsewhere], true, 'invalid'],
        [[image], false, 'wrong-state'],
      ] as const) {
        await expect(domains.undefine({ machine: 'a', removeDisks: [...removeDisks], destroy })).rejects.toMatchObject({ code });
        expect((await domains.get('a')).state).toBe('running');
      }
      await domains.define({ xml: sampleXml('sharing', image) });
      await expect(domains.undefine({ machine: 'a', removeDisks: [image], destroy: true })).rejects.toMatchObject({ code: 'disk-in-use' });
      expect((await domains.get('a')).state).toBe('running');
      await domains.undefine({ machine: 'sharing' });
      await domains.act('a', 'shutdown', never);
      await expect.poll(async () => (await domains.get('a')).state, generous).toBe('shut off');
      expect(await domains.cpuTime('a')).toBeNull();
      await domains.undefine({ machine: 'a', removeDisks: [image] });
      expect(await readdir(fixture.directories.images)).toEqual([]);
    });
    expect(fixture.unexpected).toEqual([]);
  });

  it('tells what is wrong with XML before it is defined or started', async () => {
    await using fixture = await Fixture.make();
    const image = await fixture.image();
    await withConnection(fixture, async ({ domains }) => {
      await expect(domains.check({ xml: '<domain' })).resolves.toMatchObject([{ severity: 'error', line: 1 }]);
      await expect(domains.check({ xml: sampleXml('a', image) })).resolves.toEqual([]);
      const odd = sampleXml('a', image, '    <teleporter/>\n');
      await expect(domains.check({ xml: odd })).resolves.toMatchObject([{ severity: 'unsupported', path: '/domain/devices/teleporter' }]);
      await domains.define({ xml: odd });
      const { inactive } = await domains.xml('a');
      expect(inactive).toMatch(/<\/domain>\n$/);
      await domains.define({ xml: `${inactive}\n \n` });
      expect((await domains.xml('a')).inactive, 'a blank line at the end doesn’t stay').toBe(inactive);
      await expect(domains.act('a', 'start', never)).rejects.toMatchObject({
        code: 'xml-unsupported',
        data: { path: '/domain/devices/teleporter' },
      });
      await expect(domains.check({ xml: sampleXml('a', image) })).resolves.toMatchObject([{ severity: 'error', path: '/domain/name' }]);
      await expect(domains.check({ xml: sampleXml('a', image), machine: 'a' })).resolves.toEqual([]);
      await expect(
        domains.define({ xml: sampleXml('b', image).replace("machine='pc'", "machine='pc'").replace('<vcpu>1', '<vcpu>none') }),
      ).rejects.toMatchObject({ code: 'xml-invalid' });
      await expect(domains.native({ machine: 'a' })).rejects.toMatchObject({ code: 'xml-unsupported' });
      const native = await domains.native({ xml: sampleXml('c', image) });
      expect(native.argv).toContain('-no-user-config');
    });
  });

  it('defines the demo machine under a free name, with progress', async () => {
    await using fixture = await Fixture.make();
    const machines = await fixture.open();
    await machines.define(definition('demo'));
    const made: string[] = [];
    const jobs = new JobList({
      connection: 'embedded',
      state: fixture.directories.state,
      completed: () => 'no',
      log: (error) => fixture.unexpected.push(error),
    });
    const domains = embeddedDomains({
      machines,
      backend: simpleBackend(),
      directories: fixture.directories,
      createDemo: (input) =>
        beginDemo(
          jobs,
          machines,
          async function* ({ name, uuid }) {
            made.push(name);
            yield { step: 'build-initramfs', done: 1, total: 2 };
            await Promise.resolve();
            yield { step: 'define', done: 2, total: 2, xml: definition(name).replace(/<uuid>[^<]*<\/uuid>/, `<uuid>${uuid}</uuid>`) };
          },
          input,
        ),
    });
    const begunBy = { host: 'browser' } as const;
    const begun = await domains.createDemo({ connection: 'embedded', begunBy });
    expect(begun).toMatchObject({ kind: 'demo-machine', subject: 'demo-2', state: 'running', begunBy });
    // Its name is taken from the beginning.
    await expect(domains.createDemo({ connection: 'embedded', name: 'demo-2', begunBy })).rejects.toMatchObject({ code: 'duplicate-name' });
    await jobs.idle();
    expect(made).toEqual(['demo-2']);
    const [ended] = await jobs.list();
    const { uuid } = machines.find('demo-2');
    expect(ended).toMatchObject({ state: 'done', progress: 1, machine: { connection: 'embedded', uuid }, result: { uuid } });
    expect(ended?.steps.map(({ step }) => step.code)).toEqual(['build-initramfs', 'define']);
    const refused = domains.createDemo({ connection: 'embedded', name: 'demo', begunBy });
    await expect(refused).rejects.toMatchObject({ code: 'duplicate-name', data: { fixes: [{ value: 'demo-3' }] } });
  });

  it('keeps two ports of machines apart: VNC and sockets of each are in its own directory', async () => {
    await using fixture = await Fixture.make();
    await withConnection(fixture, async ({ domains }) => {
      for (const name of ['a', 'b']) {
        await domains.define({ xml: sampleXml(name, await fixture.image(`${name}.img`), `    <graphics type='vnc'/>\n`) });
        await domains.act(name, 'start', never);
      }
      expect((await domains.list()).map(({ state }) => state)).toEqual(['running', 'running']);
    });
  });

  it('tells about the host', async () => {
    await using fixture = await Fixture.make();
    await withConnection(fixture, async ({ host }) => {
      const facts = await host.facts();
      expect(facts.qemu?.path).toMatch(/qemu-system/);
      expect(facts.machineTypes).toContain('q35');
      expect(await host.capabilities()).toContain("<machine canonical='pc-q35-");
      expect(await host.domainCapabilities({ machine: 'q35', virttype: 'qemu' })).toContain('<domain>qemu</domain>');
      const emulator = facts.qemu?.path ?? '';
      for (const [asked, message] of [
        [{ machine: 'nonsense-9' }, `the machine 'nonsense-9' is not supported by emulator '${emulator}'`],
        [{ arch: 'aarch64' }, "architecture from emulator 'x86_64' doesn't match given architecture 'aarch64'"],
        [{ virttype: 'xen' }, 'unknown virttype: xen'],
      ] as const) {
        const [path] = Object.keys(asked);
        await expect(host.domainCapabilities(asked)).rejects.toMatchObject({
          message: `invalid argument: ${message}`,
          data: { code: 'invalid', path },
        });
      }
      await expect(host.domainCapabilities({ emulator: '/nonexistent/qemu' })).rejects.toMatchObject({ data: { code: 'qemu-missing' } });
    });
  });
});
