import { describe, expect, it } from 'vitest';
import {
  defaultNicModel,
  diffDomains,
  driveAddressOf,
  freeTarget,
  generateMac,
  ipFamily,
  newDomain,
  parseMac,
  parseNumberSet,
  parseXml,
  prefixOfNetmask,
  readDomain,
  tapNameFault,
  updateInterface,
} from './index.ts';
import { domainOf } from './testing/domain-of.ts';
import { sampleDomain } from './testing/sample.ts';

describe('defaultNicModel', () => {
  it.each([
    ['bridge', 'x86_64', 'q35', 'rtl8139'],
    ['bridge', 'x86_64', 'pc', 'rtl8139'],
    ['bridge', 'aarch64', 'virt-8.0', 'virtio'],
    ['bridge', 's390x', 's390-ccw-virtio', 'virtio'],
    ['bridge', 'riscv64', 'virt', 'virtio'],
    ['bridge', 'ppc64', 'pseries', 'rtl8139'],
    ['vdpa', 'x86_64', 'pc', 'virtio'],
    ['hostdev', 'x86_64', 'pc', undefined],
  ])('knows the default NIC of %s on %s %s', (type, arch, machine, model) => {
    expect(defaultNicModel(type, arch, machine)).toBe(model);
  });
});

describe('newDomain', () => {
  const base = { name: 'new', type: 'kvm', memoryKiB: 1048576, vcpus: 2 } as const;
  const boots = (xml: string) => [...xml.matchAll(/<boot dev='(\w+)'\/>/g)].map(([, dev]) => dev);

  it.each([
    ['an installer and a disk', { media: [{ file: '/i.iso' }], disks: [{ file: '/d.qcow2', format: 'qcow2' }] }],
    ['a kernel', { kernel: { kernel: '/vmlinuz', initrd: '/initrd', cmdline: 'console=ttyS0' }, graphics: false }],
    [
      'everything',
      {
        firmware: 'efi',
        interfaces: [
          { source: { type: 'bridge', bridge: 'br0' } },
          { source: { type: 'user' }, model: 'e1000e', mac: '52:54:00:00:00:01' },
        ],
        title: 'T',
        description: 'a <b> & c',
        uuid: '11111111-2222-4333-8444-555555555501',
        disks: [
          { file: '/a', format: 'raw' },
          { file: '/b', format: 'vmdk', bus: 'sata' },
          { file: '/c', format: 'qcow2', bus: 'scsi' },
        ],
        media: [{ file: '/i.iso' }, { file: '/s.iso' }],
      },
    ],
    ['an older machine', { machine: 'pc', disks: [{ file: '/d', format: 'raw', bus: 'ide' }] }],
    ['ARM', { arch: 'aarch64', media: [{ file: '/i.iso' }], firmware: 'efi' }],
    ['RISC-V', { arch: 'riscv64', media: [{ file: '/i.iso' }] }],
    ['emulation', { type: 'qemu' }],
    ['QEMU’s own CPU', { cpuMode: 'emulator', guestAgent: false }],
  ] as const)('makes a machine that reads without a problem: %s', (_, options) => {
    const xml = newDomain({ ...base, ...options });
    const { problems, unclaimed, domain } = readDomain(parseXml(xml));
    expect(problems).toEqual([]);
    expect(unclaimed).toEqual([]);
    expect(domain).toMatchObject({ name: 'new', memory: { size: 1048576 }, vcpus: { max: 2 } });
  });

  it('boots disks first and media behind them, and leaves a kernel alone', () => {
    const disks = [{ file: '/d', format: 'raw' }];
    const media = [{ file: '/i.iso' }];
    expect(boots(newDomain({ ...base, media, disks }))).toEqual(['hd', 'cdrom']);
    expect(boots(newDomain({ ...base, media }))).toEqual(['cdrom']);
    expect(boots(newDomain({ ...base, disks }))).toEqual(['hd']);
    expect(boots(newDomain({ ...base, media, disks, kernel: { kernel: '/k' } }))).toEqual([]);
  });

  it('gives each disk and drive a target of its own', () => {
    const { disks } = domainOf(
      parseXml(
        newDomain({
          ...base,
          disks: [
            { file: '/a', format: 'raw' },
            { file: '/b', format: 'raw', bus: 'sata' },
            { file: '/c', format: 'raw' },
          ],
          media: [{ file: '/i.iso' }, { file: '/s.iso' }],
        }),
      ),
    ).devices;
    expect(disks.map(({ device, target }) => [device, target])).toEqual([
      ['disk', 'vda'],
      ['disk', 'sda'],
      ['disk', 'vdb'],
      ['cdrom', 'sdb'],
      ['cdrom', 'sdc'],
    ]);
  });

  it('has ports for what is plugged in later, where the machine has such', () => {
    const ports = (machine: string) => newDomain({ ...base, machine }).match(/pcie-root-port/g)?.length ?? 0;
    expect([ports('q35'), ports('pc-q35-9.0'), ports('pc'), ports('virt')]).toEqual([14, 14, 0, 0]);
  });
});

describe('diffDomains', () => {
  const inactive = parseXml(sampleDomain);
  const running = parseXml(
    sampleDomain
      .replace("<domain type='kvm'", "<domain type='kvm' id='3'")
      .replace(
        "<model type='virtio'/>\n      <address",
        "<target dev='vt0a1b2c3d'/>\n      <model type='virtio'/>\n      <alias name='net0'/>\n      <address",
      )
      .replace(
        "<serial type='pty'><target port='0'/></serial>",
        "<serial type='pty'><source path='/dev/pts/4'/><target type='isa-serial' port='0'/><alias name='serial0'/></serial><console type='pty'><source path='/dev/pts/4'/><target type='serial' port='0'/></console>",
      )
      .replace(
        "<memballoon model='virtio'/>",
        "<controller type='pci' index='0' model='pci-root'/><memballoon model='virtio'><alias name='balloon0'/><address type='pci' slot='5'/></memballoon>",
      )
      .replace(
        "<target dev='vda' bus='virtio'/>",
        "<backingStore/><target dev='vda' bus='virtio'/><alias name='virtio-disk0'/><address type='pci' slot='6'/>",
      ),
  );
  const live = readDomain(running, { live: true }).domain;

  it('does not count what a start fills in', () => {
    expect(live.devices.interfaces[0]?.target).toBe('vt0a1b2c3d');
    expect(diffDomains(domainOf(inactive), live)).toEqual([]);
  });

  it('names what takes effect at the next start', () => {
    const nic = domainOf(inactive).devices.interfaces[0];
    if (nic === undefined) throw new Error('no interface');
    const { text } = updateInterface(inactive, nic.path, { ...nic, mtu: 9000, source: { type: 'bridge', bridge: 'br7' } });
    const edited = parseXml(
      text
        .replace(/<memory.*<\/memory>/, '<memory>1048576</memory>')
        .replace(/<currentMemory.*<\/currentMemory>/, '<currentMemory>1048576</currentMemory>'),
    );
    expect(diffDomains(domainOf(edited), live)).toEqual([
      { change: 'changed', what: 'memory', fields: ['size', 'current'] },
      { change: 'changed', what: 'interface', path: nic.path, livePath: nic.path, fields: ['source', 'mtu'] },
    ]);
  });

  it('names devices that come and go', () => {
    const changes = diffDomains(
      domainOf(parseXml(sampleDomain.replace("<target dev='vda' bus='virtio'/>", "<target dev='vdb' bus='virtio'/>"))),
      live,
    );
    expect(changes).toMatchObject([
      { change: 'added', what: 'disk', path: '/domain/devices/disk' },
      { change: 'removed', what: 'disk', livePath: '/domain/devices/disk' },
    ]);
  });
});

describe('small words', () => {
  it('reads MAC addresses', () => {
    expect(parseMac('52:54:0:1:2:A')).toEqual({ mac: '52:54:00:01:02:0a' });
    for (const text of ['', '52:54:00:01:02', '52:54:00:01:02:03:04', '525400010203', '52:54:00:01:02:0g', ' 52:54:00:01:02:03'])
      expect(parseMac(text)).toEqual({ fault: 'unparsable' });
    expect(parseMac('01:00:5e:00:00:01')).toEqual({ fault: 'multicast' });
    expect(generateMac()).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
    expect(generateMac((bytes) => bytes.fill(7))).toBe('52:54:00:07:07:07');
  });

  it('knows names for TAPs', () => {
    for (const name of ['tap0', 'a', 'abcdefghijklmno', 'x%d', 'a.b-c_d']) expect(tapNameFault(name)).toBeUndefined();
    for (const name of ['abcdefghijklmnop', 'a b', 'a/b', '.', '..', '%d%d', 'a%s', 'é'.repeat(8)])
      expect(tapNameFault(name)).toBeDefined();
  });

  it('reads IP addresses', () => {
    for (const text of ['0.0.0.0', '255.255.255.255']) expect(ipFamily(text)).toBe('ipv4');
    for (const text of ['::', '::1', 'fe80::1', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4', '1::8', '2001:db8::feed'])
      expect(ipFamily(text)).toBe('ipv6');
    for (const text of ['', '1.2.3', '1.2.3.256', '1:2:3', ':::', '1::2::3', '12345::', '1:2:3:4:5:6:7:8:9', '1.2.3.4::', 'host'])
      expect(ipFamily(text)).toBeUndefined();
    expect(prefixOfNetmask('255.255.240.0')).toBe(20);
    expect(prefixOfNetmask('255.0.255.0')).toBeUndefined();
  });

  it('reads sets of numbers', () => {
    expect(parseNumberSet('1-4,^3,6')).toEqual([1, 2, 4, 6]);
    for (const text of ['', 'a', '3-1', '1,^1', '1-99999999999', '^1-2']) expect(parseNumberSet(text)).toBeUndefined();
  });

  it('places disks by their targets', () => {
    expect(driveAddressOf('hdc', 'ide')).toMatchObject({ controller: 0, bus: 1, unit: 0 });
    expect(driveAddressOf('sdg', 'sata')).toMatchObject({ controller: 1, unit: 0 });
    expect(driveAddressOf('sdg', 'scsi')).toMatchObject({ controller: 0, unit: 6 });
    expect(driveAddressOf('sdh', 'scsi')).toMatchObject({ controller: 0, unit: 8 });
    expect(driveAddressOf('sdp', 'scsi')).toMatchObject({ controller: 1, unit: 0 });
    expect(driveAddressOf('fdb', 'fdc')).toMatchObject({ controller: 0, unit: 1 });
    expect(driveAddressOf('vda', 'virtio')).toBeUndefined();
    expect(
      freeTarget(
        domainOf(parseXml(sampleDomain)).devices.disks.map(({ target }) => target),
        'virtio',
      ),
    ).toBe('vdb');
    expect(
      freeTarget(
        Array.from({ length: 26 }, (_, index) => `sd${String.fromCharCode(97 + index)}`),
        'sata',
      ),
    ).toBe('sdaa');
  });
});
