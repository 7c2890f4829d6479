import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseXml, readDomain } from '../../../../shared/domain-xml/index.ts';
import { guestCommandLine } from '../../../guest/command-line.ts';
import { ensureTestGuest } from '../../../guest/ensure-test-guest.ts';
import { createImage } from '../../../storage/create-image.ts';
import type { NamedConnection } from '../testing/named-connection.ts';
import { openNamed } from '../testing/named-connection.ts';
import { Fixture, never } from '../testing/fixture.ts';

const generous = { timeout: 120_000, interval: 50 };

const domain = (name: string, os: string, devices: string): string => `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>192</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
${os}  </os>
  <features>
    <acpi/>
  </features>
  <devices>
${devices}    <serial type='pty'/>
  </devices>
</domain>
`;

const cdrom = `    <disk type='file' device='cdrom'>
      <driver name='qemu' type='raw'/>
      <target dev='hdc' bus='ide'/>
      <readonly/>
    </disk>
`;

const firmwareOnly = (name: string): string =>
  domain(
    name,
    '',
    `${cdrom}    <interface type='user'>\n      <mac address='52:54:00:00:00:01'/>\n      <model type='virtio'/>\n    </interface>\n`,
  );

const open = async (fixture: Fixture) => {
  const connection = await openNamed({ directories: fixture.directories, log: (error) => fixture.unexpected.push(error) });
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.close() });
};

const xmlOf = async ({ domains }: NamedConnection, ref: string) => {
  const { live, inactive } = await domains.xml(ref);
  const nics = (xml: string | null) => (xml === null ? [] : readDomain(parseXml(xml), { live: xml === live }).domain.devices.interfaces);
  return { live: live ?? '', inactive: inactive ?? '', liveNics: nics(live), storedNics: nics(inactive) };
};

/** What QEMU itself says of the devices in it. */
const qomDevices = async ({ domains }: NamedConnection, ref: string): Promise<string[]> => {
  const list = (await domains.monitor(ref, '{"execute":"qom-list","arguments":{"path":"/machine/peripheral"}}')) as { name: string }[];
  return list.map(({ name }) => name).filter((name) => name !== 'type');
};

describe('changing devices', () => {
  it('attaches a NIC to both, shows a detach that the guest does not acknowledge as pending, and finishes it when it does', async () => {
    await using fixture = await Fixture.make();
    await using connection = await open(fixture);
    const { domains } = connection;
    await domains.define({ xml: firmwareOnly('a') });
    await domains.act('a', 'start', never);
    const nic = `<interface type='user'><model type='e1000'/><link state='down'/></interface>`;
    await expect(domains.device({ machine: 'a', how: 'attach', xml: nic, scope: 'both' }, never)).resolves.toEqual({ state: 'done' });
    const after = await xmlOf(connection, 'a');
    expect(after.liveNics.map(({ alias }) => alias)).toEqual(['net0', 'net1']);
    expect(after.storedNics).toHaveLength(2);
    expect(after.storedNics[1]?.mac).toBe(after.liveNics[1]?.mac);
    expect(after.liveNics[1]?.address).toMatchObject({ type: 'pci' });
    expect(await qomDevices(connection, 'a')).toContain('net1');
    expect((await domains.get('a')).pending).toBe(false);
    const found = (await domains.monitor('a', '{"execute":"query-rx-filter","arguments":{"name":"net0"}}')) as { 'main-mac': string }[];
    expect(found[0]?.['main-mac']).toBe('52:54:00:00:00:01');

    const mac = after.liveNics[1]?.mac ?? '';
    // Of a guest that stands still nothing is asked, and nothing waits for it.
    await domains.act('a', 'suspend', never);
    await expect.poll(async () => (await domains.get('a')).state, generous).toBe('paused');
    const still = { code: 'wrong-state', message: expect.stringContaining('is paused: its guest can’t let go of') as string };
    const own = `<interface type='user'><mac address='${mac}'/>`;
    for (const scope of ['live', 'both'] as const)
      await expect(domains.device({ machine: 'a', how: 'detach', xml: `${own}</interface>`, scope }, never)).rejects.toMatchObject(still);
    const other = `${own}<model type='virtio'/></interface>`;
    await expect(domains.device({ machine: 'a', how: 'update', xml: other, scope: 'live', replug: true }, never)).rejects.toMatchObject(
      still,
    );
    await expect(connection.networks?.nic('a')).resolves.toMatchObject([{ detachPending: false }, { detachPending: false }]);
    expect((await xmlOf(connection, 'a')).storedNics).toHaveLength(2);
    await domains.act('a', 'resume', never);

    // The firmware answers no unplug request.
    const gone = await domains.device(
      { machine: 'a', how: 'detach', xml: `<interface type='user'><mac address='${mac}'/></interface>`, scope: 'live' },
      never,
    );
    expect(gone).toMatchObject({ state: 'pending', message: expect.stringContaining('has not let go') as string });
    await expect(connection.networks?.nic('a')).resolves.toMatchObject([
      { alias: 'net0', detachPending: false },
      { alias: 'net1', detachPending: true },
    ]);
    expect((await domains.get('a')).pending).toBe(true);
    // A reset lets every requested unplug happen.
    await domains.act('a', 'reset', never);
    await expect.poll(async () => (await xmlOf(connection, 'a')).liveNics.map(({ alias }) => alias), generous).toEqual(['net0']);
    expect(await qomDevices(connection, 'a')).not.toContain('net1');
    expect((await xmlOf(connection, 'a')).storedNics).toHaveLength(2);
    // Numbers go on where the highest is now, as libvirt counts.
    await domains.device({ machine: 'a', how: 'attach', xml: nic, scope: 'live' }, never);
    expect((await xmlOf(connection, 'a')).liveNics.map(({ alias }) => alias)).toEqual(['net0', 'net1']);
    expect(fixture.unexpected).toEqual([]);
  });

  it('plugs a source of random numbers in with the object behind it, and takes both away', async () => {
    await using fixture = await Fixture.make();
    await using connection = await open(fixture);
    const { domains } = connection;
    const objects = async (): Promise<string[]> => {
      const list = await domains.monitor('a', '{"execute":"qom-list","arguments":{"path":"/objects"}}');
      return (list as { name: string }[]).map(({ name }) => name).filter((name) => name.startsWith('objrng'));
    };
    await domains.define({ xml: firmwareOnly('a') });
    await domains.act('a', 'start', never);
    const rng = (backend: string) => `<rng model='virtio'>${backend}</rng>`;
    const random = rng(`<backend model='random'>/dev/urandom</backend>`);
    for (const xml of [random, rng(`<backend model='builtin'/>`)])
      await expect(domains.device({ machine: 'a', how: 'attach', xml, scope: 'live' }, never)).resolves.toEqual({ state: 'done' });
    expect(await qomDevices(connection, 'a')).toEqual(expect.arrayContaining(['rng0', 'rng1']));
    expect((await objects()).toSorted()).toEqual(['objrng0', 'objrng1']);

    // What QEMU refuses leaves nothing: neither the device nor its object.
    const taken = rng(`<backend model='random'>/nowhere/random</backend>`);
    await expect(domains.device({ machine: 'a', how: 'attach', xml: taken, scope: 'live' }, never)).rejects.toMatchObject({ code: 'qmp' });
    expect((await objects()).toSorted()).toEqual(['objrng0', 'objrng1']);

    // The firmware answers no unplug request; a reset lets it happen.
    const first = rng(`<backend model='random'>/dev/urandom</backend><alias name='rng0'/>`);
    await expect(domains.device({ machine: 'a', how: 'detach', xml: first, scope: 'live' }, never)).resolves.toMatchObject({
      state: 'pending',
    });
    await domains.act('a', 'reset', never);
    await expect.poll(objects, generous).toEqual(['objrng1']);
    expect(await qomDevices(connection, 'a')).not.toContain('rng0');
    expect(fixture.unexpected).toEqual([]);
  });

  it.each([
    ['input', `<input type='tablet' bus='usb'/>`],
    ['input', `<input type='keyboard' bus='virtio'/>`],
    ['controller', `<controller type='scsi' model='virtio-scsi'/>`],
    ['controller', `<controller type='virtio-serial'/>`],
    ['controller', `<controller type='usb' index='1' model='qemu-xhci'/>`],
    ['watchdog', `<watchdog model='i6300esb'/>`],
    ['sound', `<sound model='usb'/>`],
    ['rng', `<rng model='virtio'><rate bytes='1024' period='500'/><backend model='builtin'/></rng>`],
  ])('plugs in what is said to be plugged in: %s %s', async (_kind, xml) => {
    await using fixture = await Fixture.make();
    await using connection = await open(fixture);
    const { domains } = connection;
    await domains.define({ xml: firmwareOnly('a') });
    await domains.act('a', 'start', never);
    const before = await qomDevices(connection, 'a');
    await expect(domains.device({ machine: 'a', how: 'attach', xml, scope: 'live' }, never)).resolves.toEqual({ state: 'done' });
    expect((await qomDevices(connection, 'a')).length).toBe(before.length + 1);
    expect(fixture.unexpected).toEqual([]);
  });

  it('says of a machine without ACPI that it takes and gives no devices while it runs, and what does', async () => {
    await using fixture = await Fixture.make();
    await using connection = await open(fixture);
    const { domains } = connection;
    await domains.define({ xml: firmwareOnly('a').replace(/ {2}<features>[^]*<\/features>\n/, '') });
    await domains.act('a', 'start', never);
    const [nic] = (await xmlOf(connection, 'a')).liveNics;
    for (const [how, xml] of [
      ['attach', `<interface type='user'><model type='e1000'/></interface>`],
      ['detach', `<interface type='user'><mac address='${nic?.mac}'/></interface>`],
    ] as const)
      await expect(domains.device({ machine: 'a', how, xml, scope: 'live' }, never)).rejects.toMatchObject({
        code: 'unsupported-operation',
        message: expect.stringMatching(/^This machine can’t (take|let go of) devices while it runs/) as string,
        data: { next: expect.stringContaining('<acpi/>') as string },
      });
    expect((await xmlOf(connection, 'a')).liveNics).toEqual([nic]);
    await domains.act('a', 'destroy', never);
  });

  it('stores another text together with a change of what runs, and changes neither where either can’t be', async () => {
    await using fixture = await Fixture.make();
    await using connection = await open(fixture);
    const { domains } = connection;
    await domains.define({ xml: firmwareOnly('a') });
    await domains.act('a', 'start', never);
    const { inactive, hash } = await domains.xml('a');
    const nic = (more: string, model = 'virtio') =>
      `<interface type='user'><mac address='52:54:00:00:00:01'/><model type='${model}'/>${more}</interface>`;
    const down = nic(`<link state='down'/>`);
    const twoLater = (inactive ?? '').replace('<vcpu>1<', '<vcpu>2<');
    const apply = (xml: string, stored: { readonly xml: string; readonly expect: string }, scope: 'live' | 'config' | 'both' = 'both') =>
      domains.device({ machine: 'a', how: 'update', xml, scope, stored }, never);
    const unchanged = async () => {
      const now = await xmlOf(connection, 'a');
      expect(now.inactive).toBe(inactive);
      expect(now.liveNics[0]?.link).toBeUndefined();
      await expect(connection.networks?.nic('a')).resolves.toMatchObject([{ link: 'up' }]);
      expect((await domains.get('a')).pending).toBe(false);
    };
    for (const scope of ['live', 'config'] as const)
      await expect(apply(down, { xml: twoLater, expect: hash }, scope)).rejects.toMatchObject({ code: 'invalid' });
    await expect(apply(down, { xml: twoLater, expect: 'another' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(apply(down, { xml: twoLater.replace('<name>a<', '<name>b<'), expect: hash })).rejects.toMatchObject({
      code: 'xml-invalid',
      data: { path: '/domain/name' },
    });
    await expect(apply(down, { xml: twoLater.replace(/<uuid>./, '<uuid>0'), expect: hash })).rejects.toMatchObject({
      code: 'xml-invalid',
      data: { path: '/domain/uuid' },
    });
    await expect(apply(down, { xml: `${twoLater}<`, expect: hash })).rejects.toMatchObject({ code: 'xml-syntax' });
    await expect(apply(nic('', 'e1000'), { xml: twoLater, expect: hash })).rejects.toMatchObject({ code: 'unsupported-operation' });
    await unchanged();
    // The disk refuses after QEMU has agreed.
    const { machines: definitions } = fixture.directories;
    await rename(definitions, `${definitions}.away`);
    await expect(apply(down, { xml: twoLater, expect: hash })).rejects.toMatchObject({ code: 'io' });
    await rename(`${definitions}.away`, definitions);
    await unchanged();

    await apply(down, { xml: twoLater, expect: hash });
    const now = await xmlOf(connection, 'a');
    expect(now.inactive).toBe(twoLater);
    expect(now.liveNics[0]?.link).toBe('down');
    await expect(connection.networks?.nic('a')).resolves.toMatchObject([{ link: 'down' }]);
    expect((await domains.get('a')).pending).toBe(true);
    await domains.act('a', 'destroy', never);
    await expect(apply(down, { xml: inactive ?? '', expect: (await domains.xml('a')).hash })).rejects.toMatchObject({
      code: 'wrong-state',
    });
    expect((await xmlOf(connection, 'a')).inactive).toBe(twoLater);
  });

  it('takes a device out of both or of neither, and edits no definition but the one that was looked at', async () => {
    await using fixture = await Fixture.make();
    await using connection = await open(fixture);
    const { domains } = connection;
    await domains.define({ xml: firmwareOnly('a') });
    await domains.act('a', 'start', never);
    const { inactive, hash } = await domains.xml('a');
    const nic = `<interface type='user'><mac address='52:54:00:00:00:01'/></interface>`;
    const detach = (expect?: string) =>
      domains.device({ machine: 'a', how: 'detach', xml: nic, scope: 'both', ...(expect === undefined ? {} : { expect }) }, never);
    const unchanged = async () => {
      const now = await xmlOf(connection, 'a');
      expect(now.inactive).toBe(inactive);
      expect(now.liveNics).toHaveLength(1);
      expect((await domains.get('a')).pending).toBe(false);
      await expect(connection.networks?.nic('a')).resolves.toMatchObject([{ detachPending: false }]);
    };
    await expect(detach('another')).rejects.toMatchObject({ code: 'conflict' });
    await expect(domains.device({ machine: 'a', how: 'detach', xml: nic, scope: 'live', expect: hash }, never)).rejects.toMatchObject({
      code: 'invalid',
    });
    await unchanged();
    const { machines: definitions } = fixture.directories;
    await rename(definitions, `${definitions}.away`);
    await expect(detach(hash)).rejects.toMatchObject({ code: 'io' });
    await rename(`${definitions}.away`, definitions);
    await unchanged();
    // The machine says no after the definition was stored.
    await domains.act('a', 'suspend', never);
    await expect.poll(async () => (await domains.get('a')).state, generous).toBe('paused');
    await expect(detach(hash)).rejects.toMatchObject({ code: 'wrong-state' });
    await unchanged();
    await domains.act('a', 'destroy', never);
  });

  it('changes the link live, refuses what needs a new start by name, and keeps "now" and "next start" apart', async () => {
    await using fixture = await Fixture.make();
    await using connection = await open(fixture);
    const { domains } = connection;
    await domains.define({ xml: firmwareOnly('a') });
    await domains.act('a', 'start', never);
    const nic = (more: string, model = 'virtio') =>
      `<interface type='user'><mac address='52:54:00:00:00:01'/><model type='${model}'/>${more}</interface>`;
    await domains.device({ machine: 'a', how: 'update', xml: nic(`<link state='down'/>`), scope: 'both' }, never);
    let now = await xmlOf(connection, 'a');
    expect([now.liveNics[0]?.link, now.storedNics[0]?.link]).toEqual(['down', 'down']);
    expect(now.liveNics[0]?.address).toBeDefined();
    await expect(connection.networks?.nic('a')).resolves.toMatchObject([{ link: 'down' }]);

    await expect(domains.device({ machine: 'a', how: 'update', xml: nic('', 'e1000'), scope: 'both' }, never)).rejects.toMatchObject({
      code: 'unsupported-operation',
      message: expect.stringContaining('model') as string,
    });
    await expect(
      domains.device({ machine: 'a', how: 'update', xml: nic(`<mtu size='9000'/>`), scope: 'live' }, never),
    ).rejects.toMatchObject({ code: expect.stringMatching(/xml-invalid|unsupported-operation/) as string });
    now = await xmlOf(connection, 'a');
    expect(now.storedNics[0]?.model).toBe('virtio');
    expect((await domains.get('a')).pending).toBe(false);

    await domains.device({ machine: 'a', how: 'update', xml: nic('', 'e1000'), scope: 'config' }, never);
    now = await xmlOf(connection, 'a');
    expect([now.liveNics[0]?.model, now.storedNics[0]?.model]).toEqual(['virtio', 'e1000']);
    expect((await domains.get('a')).pending).toBe(true);
    await expect(
      domains.device({ machine: 'a', how: 'update', xml: nic('').replace(':01', ':77'), scope: 'live' }, never),
    ).rejects.toMatchObject({ code: 'not-found' });
    await expect(
      domains.device({ machine: 'a', how: 'attach', xml: '<interface type="nonsense"/>', scope: 'config' }, never),
    ).rejects.toMatchObject({ code: 'xml-invalid' });
  });

  it.each([
    ['ide', 'hdc', 'ide0-1-0'],
    ['sata', 'sda', 'sata0-0-0'],
    ['scsi', 'sda', 'scsi0-0-0'],
  ])(
    'puts media into a drive on %s and takes them out, with its limits, and stores nothing when the live part fails',
    async (bus, target, alias) => {
      await using fixture = await Fixture.make();
      await using connection = await open(fixture);
      const { domains } = connection;
      const limits = '<iotune><total_iops_sec>70</total_iops_sec></iotune>';
      const onBus = `<target dev='${target}' bus='${bus}'/>`;
      await domains.define({ xml: firmwareOnly('a').replace("<target dev='hdc' bus='ide'/>", onBus + limits) });
      await domains.act('a', 'start', never);
      const iso = join(fixture.directories.images, 'a.iso');
      await writeFile(iso, Buffer.alloc(4096));
      const drive = (source: string, more = limits) =>
        `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>${source}${onBus}${more}<readonly/></disk>`;
      const medium = async () => {
        const all = (await domains.monitor('a', '{"execute":"query-block"}')) as {
          qdev?: string;
          inserted?: { file: string; iops: number };
        }[];
        const inserted = all.find(({ qdev }) => qdev?.includes(alias))?.inserted;
        return inserted === undefined ? undefined : `${inserted.file} at ${inserted.iops}`;
      };
      expect(await medium()).toBeUndefined();
      await domains.device({ machine: 'a', how: 'update', xml: drive(`<source file='${iso}'/>`), scope: 'both' }, never);
      expect(await medium()).toBe(`${iso} at 70`);
      const both = await xmlOf(connection, 'a');
      expect(both.live).toContain(iso);
      expect(both.inactive).toContain(iso);
      await expect(
        domains.device({ machine: 'a', how: 'update', xml: drive(`<source file='/nonexistent.iso'/>`), scope: 'both' }, never),
      ).rejects.toMatchObject({ code: 'disk-missing' });
      expect((await xmlOf(connection, 'a')).inactive).toContain(iso);
      await domains.device({ machine: 'a', how: 'update', xml: drive(`<source file='${iso}'/>`, ''), scope: 'live' }, never);
      expect(await medium()).toBe(`${iso} at 0`);
      await domains.device({ machine: 'a', how: 'update', xml: drive(''), scope: 'live' }, never);
      expect(await medium()).toBeUndefined();
      expect((await xmlOf(connection, 'a')).inactive).toContain(iso);
    },
  );

  it('plugs a disk and a NIC into a Linux guest and takes them out again', async () => {
    await using fixture = await Fixture.make();
    await using connection = await open(fixture);
    const { domains } = connection;
    const guest = await ensureTestGuest();
    const boot = `    <kernel>${guest.kernel}</kernel>\n    <initrd>${guest.initrd}</initrd>\n    <cmdline>${guestCommandLine({ disk: false, hostname: 'plug' })}</cmdline>\n`;
    const { uuid } = await domains.define({ xml: domain('a', boot, '') });
    await domains.act('a', 'start', never);
    const disk = join(fixture.directories.images, 'b.qcow2');
    await createImage(
      { path: disk, format: 'qcow2', sizeBytes: 1024 * 1024, preallocation: 'off' },
      { signal: never, note: () => Promise.resolve() },
    );
    const xml = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${disk}'/><target dev='vdb' bus='virtio'/><iotune><total_iops_sec>50</total_iops_sec></iotune></disk>`;
    const nic = `<interface type='user'><mac address='52:54:00:00:00:09'/><model type='virtio'/></interface>`;
    const recordings = join(fixture.directories.recordings, uuid);
    const output = async () => {
      const files = (await readdir(recordings).catch(() => [])).filter((file) => file.startsWith('serial0.')).toSorted();
      return (await Promise.all(files.map((file) => readFile(join(recordings, file), 'latin1')))).join('');
    };
    await expect.poll(output, generous).toMatch(/login:/);
    await domains.device({ machine: 'a', how: 'attach', xml, scope: 'both' }, never);
    await domains.device({ machine: 'a', how: 'attach', xml: nic, scope: 'both' }, never);
    expect(await qomDevices(connection, 'a')).toEqual(expect.arrayContaining(['virtio-disk1', 'net0']) as string[]);
    expect((await xmlOf(connection, 'a')).live).toContain(disk);
    expect(JSON.stringify(await domains.monitor('a', '{"execute":"query-block"}'))).toContain('"iops":50');
    await expect(domains.device({ machine: 'a', how: 'attach', xml, scope: 'config' }, never)).rejects.toMatchObject({
      code: 'xml-invalid',
    });
    for (const one of [nic, xml]) {
      // A guest that is still taking the device in may be too slow for the first answer; the detach then ends by itself.
      await domains.device({ machine: 'a', how: 'detach', xml: one, scope: 'both' }, never);
    }
    await expect.poll(() => qomDevices(connection, 'a'), generous).not.toEqual(expect.arrayContaining(['net0']));
    await expect.poll(() => qomDevices(connection, 'a'), generous).not.toEqual(expect.arrayContaining(['virtio-disk1']));
    await expect.poll(async () => (await xmlOf(connection, 'a')).live, generous).not.toContain(disk);
    expect((await xmlOf(connection, 'a')).inactive).not.toContain(disk);
    const nodes = JSON.stringify(await domains.monitor('a', '{"execute":"query-named-block-nodes","arguments":{"flat":true}}'));
    expect(nodes).not.toContain(disk);
    expect(fixture.unexpected).toEqual([]);
  });
});
