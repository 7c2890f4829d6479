import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { Fixture, never } from '../testing/fixture.ts';
import { withConnection } from '../testing/with-connection.ts';

const domain = (devices: string, top = ''): string => `<domain type='qemu'>
  <name>a</name>
  <memory unit='MiB'>32</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
  </os>
  <features><acpi/></features>
${top}  <devices>
${devices}  </devices>
</domain>
`;

describe('what keeps a machine from starting', () => {
  it('is told at define, at a check and by the refused start, and hints are set aside by the user’s word', async () => {
    await using fixture = await Fixture.make();
    await withConnection(fixture, async ({ domains }) => {
      const hints =
        "  <cputune><shares>512</shares></cputune>\n  <resource><partition>/production</partition></resource>\n  <seclabel type='static' model='dac'><label>+0:+0</label></seclabel>\n";
      const paths = ['/domain/cputune', '/domain/resource', '/domain/seclabel'];
      const xml = domain("    <serial type='pty'/>\n", hints);
      const { findings } = await domains.define({ xml });
      expect(findings.map(({ path }) => path)).toEqual(paths);
      expect((await domains.check({ xml, machine: 'a' })).map(({ path }) => path)).toEqual(paths);
      await expect(domains.act('a', 'start', never)).rejects.toMatchObject({
        code: 'xml-unsupported',
        data: { path: paths[0], findings: paths.map((path) => ({ path })) },
      });
      expect((await domains.get('a')).lastError?.findings).toHaveLength(3);
      expect(await fixture.processes()).toEqual([]);

      const stop = new AbortController();
      const said: string[] = [];
      const listening = (async () => {
        for await (const event of domains.watch(stop.signal)) if (event.kind === 'log') said.push(event.text);
      })();
      const stored = (await domains.xml('a')).inactive;
      await domains.act('a', 'start', never, 'once');
      await expect
        .poll(() => said.join('\n'), { timeout: 30_000 })
        .toMatch(/set aside: \/domain\/cputune, \/domain\/resource, \/domain\/seclabel/);
      expect((await domains.xml('a')).inactive).toBe(stored);
      expect(await domains.get('a')).toMatchObject({ state: 'running', pending: false });
      await expect(domains.act('a', 'suspend', never, 'once')).rejects.toMatchObject({ code: 'invalid' });
      await domains.act('a', 'destroy', never);
      await expect.poll(async () => (await domains.get('a')).state, { timeout: 30_000 }).toBe('shut off');
      await expect(domains.act('a', 'start', never)).rejects.toMatchObject({ code: 'xml-unsupported' });

      await domains.act('a', 'start', never, 'always');
      await domains.act('a', 'destroy', never);
      await expect.poll(async () => (await domains.get('a')).state, { timeout: 30_000 }).toBe('shut off');
      const noted = (await domains.xml('a')).inactive ?? '';
      expect(noted.replace(/ {2}<metadata>[^]*<\/metadata>\n/, '')).toBe(stored);
      expect((await domains.check({ xml: noted, machine: 'a' })).map(({ severity, path }) => `${severity} ${path}`)).toEqual(
        paths.map((path) => `note ${path}`),
      );
      await domains.act('a', 'start', never);
      await domains.act('a', 'destroy', never);
      stop.abort();
      await listening;
    });
  });

  it('is not what libvirt’s daemon had generated, nor what a start of ours had', async () => {
    await using fixture = await Fixture.make();
    await withConnection(fixture, async ({ domains }) => {
      const channel = (path: string) =>
        `    <channel type='unix'>\n      <source mode='bind' path='${path}'/>\n      <target type='virtio' name='org.qemu.guest_agent.0'/>\n      <alias name='channel0'/>\n    </channel>\n`;
      const xml = domain(
        `    <serial type='pty'>\n      <source path='/dev/pts/2'/>\n      <alias name='serial0'/>\n    </serial>\n${channel('/run/libvirt/qemu/channel/7-a/org.qemu.guest_agent.0')}` +
          "    <interface type='user'>\n      <mac address='52:54:00:00:00:11'/>\n      <model type='virtio'/>\n      <alias name='net0'/>\n    </interface>\n",
        "  <resource>\n    <partition>/machine</partition>\n  </resource>\n  <seclabel type='dynamic' model='dac' relabel='yes'>\n    <label>+64055:+64055</label>\n  </seclabel>\n",
      ).replace("<domain type='qemu'>", "<domain type='qemu' id='7'>");
      const { findings } = await domains.define({ xml });
      expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
      expect(findings.map(({ path }) => path)).toEqual([
        '/domain/@id',
        '/domain/resource',
        '/domain/seclabel',
        '/domain/devices/channel/source/@path',
      ]);
      await domains.act('a', 'start', never);
      const { live, inactive } = await domains.xml('a');
      expect(inactive).not.toMatch(/seclabel|resource|alias|\/dev\/pts| id='7'|org.qemu.guest_agent.0'\/>\n {6}<alias/);
      expect(live).toContain("<alias name='net0'/>");
      expect(live).toMatch(/\/dev\/pts\/\d+/);
      // Its own live XML is a definition, too, and the same one.
      await domains.act('a', 'destroy', never);
      await expect.poll(async () => (await domains.get('a')).state, { timeout: 30_000 }).toBe('shut off');
      await domains.define({ xml: live ?? '' });
      expect((await domains.xml('a')).inactive).not.toMatch(/alias|\/dev\/pts|<domain[^>]* id=/);
      await domains.act('a', 'start', never);
      expect((await domains.get('a')).pending).toBe(false);

      // A device of the running machine, changed in both: the definition gets the change, not the run's names.
      const nic = /<interface[^]*?<\/interface>/.exec((await domains.xml('a')).live ?? '')?.[0] ?? '';
      expect(nic).toContain('<alias');
      await domains.device(
        { machine: 'a', how: 'update', xml: nic.replace('</interface>', "<link state='down'/></interface>"), scope: 'both' },
        never,
      );
      const after = (await domains.xml('a')).inactive ?? '';
      expect(after).toContain("<link state='down'/>");
      expect(after).not.toContain('<alias');
      expect((await domains.get('a')).pending).toBe(false);
      await domains.act('a', 'destroy', never);
      const disk = `<disk type='file' device='cdrom'><target dev='sdb' bus='sata'/><alias name='sata0-0-1'/></disk>`;
      await expect.poll(async () => (await domains.get('a')).state, { timeout: 30_000 }).toBe('shut off');
      await domains.device({ machine: 'a', how: 'attach', xml: disk, scope: 'config' }, never);
      expect((await domains.xml('a')).inactive).toContain("<target dev='sdb' bus='sata'/>");
      expect((await domains.xml('a')).inactive).not.toContain('<alias');
      expect(await readFile(`${fixture.directories.machines}/a.xml`, 'utf8')).not.toContain('<alias');
    });
  });
});
