import { describe, expect, it } from 'vitest';
import { parseXml, readDomain } from '../index.ts';
import { sampleDomain } from '../testing/sample.ts';

const minimal = {
  name: '<name>d</name>',
  memory: '<memory>1048576</memory>',
  os: "<os><type arch='x86_64' machine='q35'>hvm</type></os>",
  rest: '',
  devices: '',
};
const domain = (parts: Partial<typeof minimal> = {}) => {
  const { name, memory, os, rest, devices } = { ...minimal, ...parts };
  return `<domain type='kvm'>${name}${memory}${os}${rest}<devices>${devices}</devices></domain>`;
};
const read = (parts: Partial<typeof minimal> = {}) => readDomain(parseXml(domain(parts)));

describe('readDomain', () => {
  it('reads a domain with everything around it', () => {
    const { domain: read, problems, unclaimed } = readDomain(parseXml(sampleDomain));
    expect(problems).toEqual([]);
    expect(unclaimed).toEqual(['/domain/devices/interface[1]/future']);
    expect(read).toMatchObject({
      type: 'kvm',
      name: 'sample',
      uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809',
      memory: { size: 524288, current: 524288 },
      vcpus: { max: 2, current: 2, placement: 'static' },
      os: { type: 'hvm', arch: 'x86_64', machine: 'pc', boot: ['hd'] },
      features: { acpi: true, pae: true },
      lifecycle: { onPoweroff: 'destroy', onReboot: 'restart', onCrash: 'destroy' },
      qemu: { args: ['-foo'] },
    });
    expect(read.devices.disks[0]).toMatchObject({
      target: 'vda',
      bus: 'virtio',
      source: { file: '/images/a & b.qcow2' },
      driver: { type: 'qcow2', cache: 'none' },
    });
    expect(read.devices.interfaces.map(({ path }) => path)).toEqual(['/domain/devices/interface[1]', '/domain/devices/interface[2]']);
  });

  it('fills in what libvirt fills in unconditionally', () => {
    const { domain: read, problems } = readDomain(parseXml(domain()));
    expect(problems).toEqual([]);
    expect(read).toMatchObject({
      vcpus: { max: 1, current: 1 },
      memory: { size: 1048576, current: 1048576 },
      clock: { offset: 'utc', timers: [] },
      lifecycle: { onPoweroff: 'destroy', onReboot: 'restart', onCrash: 'destroy' },
    });
    expect(read).not.toHaveProperty('uuid');
  });

  it.each([
    ['<memory>1024</memory>', 1024],
    ["<memory unit='KiB'>1</memory>", 1],
    ["<memory unit='k'>1</memory>", 1],
    ["<memory unit='KB'>1024</memory>", 1000],
    ["<memory unit='b'>1</memory>", 1],
    ["<memory unit='bytes'>1025</memory>", 2],
    ["<memory unit='M'>1</memory>", 1024],
    ["<memory unit='mib'>1</memory>", 1024],
    ["<memory unit='MB'>1</memory>", 977],
    ["<memory unit='GiB'> 2 </memory>", 2097152],
    ["<memory unit='T'>1</memory>", 1073741824],
  ])('reads %s as %i KiB', (memory, kib) => {
    const { domain: got, problems } = read({ memory });
    expect(problems).toEqual([]);
    expect(got.memory.size).toBe(kib);
  });

  it.each([
    ['C7A5FDBDEDAF9455926AD65C16DB1809', 'c7a5fdbd-edaf-9455-926a-d65c16db1809'],
    [' c7a5fdbd-edaf-9455-926a-d65c16db1809 ', 'c7a5fdbd-edaf-9455-926a-d65c16db1809'],
  ])('reads the UUID %s', (text, uuid) => {
    expect(read({ rest: `<uuid>${text}</uuid>` }).domain.uuid).toBe(uuid);
  });

  it('clamps the balloon, and takes the memory of NUMA cells', () => {
    expect(read({ memory: '<memory>10</memory><currentMemory>20</currentMemory>' }).domain.memory.current).toBe(10);
    const cells =
      "<cpu><numa><cell id='0' cpus='0' memory='1' unit='GiB'/><cell id='1' cpus='1' memory='2' unit='GiB'/></numa></cpu><vcpu>2</vcpu>";
    expect(read({ memory: '', rest: cells }).domain.memory.size).toBe(3 * 1024 * 1024);
  });

  it.each<[string, Partial<typeof minimal>, string]>([
    ['no name', { name: '' }, '/domain'],
    ['an empty name', { name: '<name> </name>' }, '/domain/name'],
    ['a name with a slash', { name: '<name>a/b</name>' }, '/domain/name'],
    ['a name of two lines', { name: '<name>a\nb</name>' }, '/domain/name'],
    ['a UUID that is none', { rest: '<uuid>x</uuid>' }, '/domain/uuid'],
    ['no memory', { memory: '' }, '/domain'],
    ['memory of 0', { memory: '<memory>0</memory>' }, '/domain/memory'],
    ['memory that is no number', { memory: '<memory>lots</memory>' }, '/domain/memory'],
    ['negative memory', { memory: '<memory>-1</memory>' }, '/domain/memory'],
    ['an unknown unit', { memory: "<memory unit='pages'>1</memory>" }, '/domain/memory/@unit'],
    ['more memory than there is in the world', { memory: "<memory unit='EiB'>99</memory>" }, '/domain/memory'],
    ['no vCPU', { rest: '<vcpu>0</vcpu>' }, '/domain/vcpu'],
    ['half a vCPU', { rest: '<vcpu>1.5</vcpu>' }, '/domain/vcpu'],
    ['more vCPUs at boot than at most', { rest: "<vcpu current='4'>2</vcpu>" }, '/domain/vcpu/@current'],
    ['a cpuset that is none', { rest: "<vcpu cpuset='a-b'>2</vcpu>" }, '/domain/vcpu/@cpuset'],
    ['no os', { os: '' }, '/domain'],
    ['no os type', { os: '<os/>' }, '/domain/os'],
    ['an unknown os type', { os: '<os><type>macos9</type></os>' }, '/domain/os/type'],
    ['an unknown boot device', { os: "<os><type>hvm</type><boot dev='tape'/></os>" }, '/domain/os/boot/@dev'],
    [
      'a boot menu of 2 minutes',
      { os: "<os><type>hvm</type><bootmenu enable='yes' timeout='120000'/></os>" },
      '/domain/os/bootmenu/@timeout',
    ],
    ['an unknown action', { rest: '<on_reboot>dance</on_reboot>' }, '/domain/on_reboot'],
    ['an unknown clock', { rest: "<clock offset='lunar'/>" }, '/domain/clock/@offset'],
    ['an unknown timer', { rest: "<clock offset='utc'><timer name='sundial'/></clock>" }, '/domain/clock/timer/@name'],
    [
      'a topology that does not fit',
      { rest: "<vcpu>3</vcpu><cpu><topology sockets='1' cores='2' threads='1'/></cpu>" },
      '/domain/cpu/topology',
    ],
    ['a CPU feature twice', { rest: "<cpu mode='host-model'><feature name='x'/><feature name='x'/></cpu>" }, '/domain/cpu/feature[2]'],
    [
      'two disks with one target',
      { devices: "<disk><source file='/a'/><target dev='vda'/></disk><disk><source file='/b'/><target dev='vda'/></disk>" },
      '/domain/devices/disk[2]/target/@dev',
    ],
    ['a disk without target', { devices: "<disk><source file='/a'/></disk>" }, '/domain/devices/disk'],
    ['a partition', { devices: "<disk><source file='/a'/><target dev='vda1'/></disk>" }, '/domain/devices/disk'],
    ['a virtio CD-ROM', { devices: "<disk device='cdrom'><target dev='vda' bus='virtio'/></disk>" }, '/domain/devices/disk'],
    [
      'a PCI slot over 31',
      { devices: "<rng model='virtio'><backend model='random'/><address type='pci' slot='32'/></rng>" },
      '/domain/devices/rng/address/@slot',
    ],
    [
      'an address without type',
      { devices: "<rng model='virtio'><backend model='random'/><address slot='3'/></rng>" },
      '/domain/devices/rng/address/@type',
    ],
    ['two memory balloons', { devices: "<memballoon model='virtio'/><memballoon model='none'/>" }, '/domain/devices/memballoon[2]'],
    ['a tablet on PS/2', { devices: "<input type='tablet' bus='ps2'/>" }, '/domain/devices/input/@bus'],
    ['a port over 65535', { devices: "<graphics type='vnc' port='70000'/>" }, '/domain/devices/graphics/@port'],
    ['a unix socket without path', { devices: "<serial type='unix'><source mode='bind'/></serial>" }, '/domain/devices/serial'],
    ['an unknown chardev', { devices: "<serial type='fax'/>" }, '/domain/devices/serial/@type'],
  ])('refuses %s', (_, parts, path) => {
    const { problems } = read(parts);
    expect(problems.filter(({ severity }) => severity === 'error').map((problem) => problem.path)).toContain(path);
  });

  it('lets emulation with the host CPU be defined, not started', () => {
    const { problems } = readDomain(parseXml(domain({ rest: "<cpu mode='host-passthrough'/>" }).replace("type='kvm'", "type='qemu'")));
    expect(problems).toMatchObject([{ severity: 'unsupported', path: '/domain/cpu/@mode' }]);
  });

  it('takes firmware that newer libvirt chose and wrote down, with its format or without', () => {
    const os = (loader: string) =>
      `<os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type>${loader}</os><features><acpi/></features>`;
    expect(read({ os: os("<loader readonly='yes' type='pflash' format='raw'>/f.fd</loader>") }).problems).toEqual([]);
    expect(read({ os: os("<loader readonly='yes' type='pflash'>/f.fd</loader>") }).problems).toEqual([]);
    expect(read({ os: os("<loader secure='no'/>") }).problems).toEqual([]);
  });

  it('lets automatic aliases repeat: a start makes them anew', () => {
    const twice = (alias: string) => `<hub type='usb'><alias name='${alias}'/></hub><hub type='usb'><alias name='${alias}'/></hub>`;
    expect(read({ devices: twice('hub0') }).problems).toEqual([]);
    expect(read({ devices: twice('ua-h') }).problems).toMatchObject([{ path: '/domain/devices/hub[2]/alias/@name' }]);
  });

  it('marks other hypervisors as unsupported', () => {
    const { problems } = readDomain(parseXml(domain().replace("type='kvm'", "type='xen'")));
    expect(problems).toMatchObject([{ severity: 'unsupported', path: '/domain/@type' }]);
  });

  it('gives line and column of what is wrong, also where it is missing', () => {
    const text =
      "<domain type='kvm'>\n  <name>d</name>\n  <memory>1</memory>\n  <os>\n    <type>hvm</type>\n  </os>\n  <devices>\n    <interface type='bridge'>\n      <source/>\n    </interface>\n    <watchdog model='dog'/>\n  </devices>\n</domain>";
    expect(readDomain(parseXml(text)).problems).toMatchObject([
      { path: '/domain/devices/interface/source/@bridge', line: 9, column: 7 },
      { path: '/domain/devices/watchdog/@model', line: 11, column: 15 },
    ]);
  });

  it('keeps devices without a model of their own, by their XML', () => {
    const { domain: got, unclaimed } = read({
      devices: "<pstore backend='acpi-erst'><path>/tmp/store</path></pstore><quantum/>",
    });
    expect(got.devices.others).toEqual([
      {
        kind: 'other',
        path: '/domain/devices/pstore',
        element: 'pstore',
        xml: "<pstore backend='acpi-erst'><path>/tmp/store</path></pstore>",
      },
    ]);
    expect(unclaimed).toEqual(['/domain/devices/quantum']);
  });

  it('reads crypto devices: one back end, and 0 queues for none said', () => {
    const crypto = (inner: string, attributes = "model='virtio' type='qemu'") =>
      read({ devices: `<crypto ${attributes}>${inner}</crypto>` });
    const found = crypto("<backend model='lkcf' queues='2'/><driver packed='on'/>");
    expect(found.domain.devices.cryptos).toEqual([
      {
        kind: 'crypto',
        path: '/domain/devices/crypto',
        model: 'virtio',
        type: 'qemu',
        backend: { model: 'lkcf', queues: 2 },
        driver: { packed: true },
      },
    ]);
    expect([found.problems, found.unclaimed]).toEqual([[], []]);
    expect(crypto("<backend model='builtin' queues='0'/>").domain.devices.cryptos[0]?.backend).toEqual({ model: 'builtin' });
    const told = (xml: ReturnType<typeof crypto>) => xml.problems.map(({ path }) => path);
    expect(told(crypto(''))).toEqual(['/domain/devices/crypto']);
    expect(told(crypto("<backend model='builtin'/><backend model='lkcf'/>"))).toEqual(['/domain/devices/crypto/backend[2]']);
    expect(told(crypto("<backend model='vhost-user'/>"))).toEqual(['/domain/devices/crypto/backend/@model']);
    expect(told(crypto("<backend model='builtin'/>", "model='virtio'"))).toEqual(['/domain/devices/crypto/@type']);
  });

  it('survives a root that is no domain', () => {
    expect(readDomain(parseXml('<network/>')).problems[0]).toMatchObject({ severity: 'error', path: '/network' });
  });

  it('stays quick and bounded with very many unknown elements', () => {
    const { unclaimed } = readDomain(parseXml(`<domain>${'<x/>'.repeat(16_000)}</domain>`));
    expect(unclaimed).toHaveLength(500);
  });

  it('tells that there are more problems than it lists', () => {
    const bad = (count: number) => read({ devices: "<hostdev mode='x'/>".repeat(count) }).problems;
    expect(bad(600)).toHaveLength(501);
    expect(bad(600).at(-1)).toMatchObject({ severity: 'warning', message: 'There are more problems than these 500.' });
    expect(bad(3).some(({ message }) => message.includes('more problems'))).toBe(false);
  });

  it('does not read what no machine can be, and says so; notes of any length are none of its business', () => {
    const { domain: huge, problems, unclaimed } = read({ devices: "<disk/><interface type='x'/>".repeat(9_000) });
    expect(problems[0]).toMatchObject({ severity: 'error', path: '/domain', message: expect.stringContaining('16384') as string });
    expect(huge).toMatchObject({ name: 'd', memory: { size: 1048576 }, devices: { disks: [] } });
    expect(unclaimed).toEqual([]);
    expect(read({ rest: `<metadata>${'<note/>'.repeat(39_000)}</metadata>` }).problems).toEqual([]);
  });
});
