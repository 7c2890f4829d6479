import { describe, expect, test } from 'vitest';
import { parseXml } from '../../shared/domain-xml/index.ts';
import type { Devices, Domain } from '../../shared/domain/index.ts';
import { TapestryError } from '../../shared/errors.ts';
import type { QemuCapabilities } from './capabilities/capabilities.ts';
import { planLaunch, readForLaunch } from './launch-plan.ts';
import { unknownHost } from './plan/plan-input.ts';
import { modelTypes } from './testing/model-types.ts';
import { domainXml } from './testing/plan-of.ts';
import { syntheticCapabilities } from './testing/synthetic-capabilities.ts';
import { commaText, variations } from './testing/vary.ts';
import { argvOf } from './command-line/argv.ts';
import { elsewhere } from './testing/honoured-elsewhere.ts';

/** A QEMU that has everything: what it lacks is refused by name, and that is another test's matter. */
const capabilities: QemuCapabilities = {
  ...syntheticCapabilities({ version: [9, 0] }),
  hasType: () => true,
  hasProperty: () => true,
  hasOption: () => true,
  tpmModels: ['tpm-tis', 'tpm-crb'],
  tpmTypes: ['emulator', 'passthrough'],
};
const types = modelTypes();

/** What a start does with a domain, as text; undefined: refused by an element. Not the live XML, which shows what was written. */
const effectOf = (xml: string, domain: Domain): string | undefined => {
  try {
    const plan = planLaunch({
      document: parseXml(xml),
      domain,
      capabilities,
      purpose: 'start',
      paths: { runtime: '/run/t', nvram: '/var/n' },
      host: { ...unknownHost, recorded: false, displayPort: 5907, renderNode: '/dev/dri/renderD128', passt: true },
    });
    const argv = argvOf(plan);
    for (const word of argv) {
      const isText = !word.startsWith('{') && word !== commaText;
      if (isText && word.includes(commaText)) throw new Error(`A comma in a value begins another option: ${word}`);
    }
    return JSON.stringify({ ...plan, options: argv, liveXml: '' });
  } catch (error) {
    if (error instanceof TapestryError && error.data.path !== undefined) return undefined;
    throw error;
  }
};

/** Fields of a value whose variation neither changes what is done nor is refused. */
const dropped = (xml: string, type: string, value: unknown, into: (domain: Domain, varied: unknown) => Domain): string[] => {
  const domain = readForLaunch(parseXml(xml));
  const before = effectOf(xml, domain);
  expect(before, 'the machine itself is planned').toBeDefined();
  const fields = new Map<string, boolean>();
  for (const { field, value: varied } of variations(value, { kind: 'name', name: type, file: '' }, types)) {
    if (fields.get(field) === true) continue;
    let honoured = false;
    try {
      honoured = effectOf(xml, into(domain, varied)) !== before;
    } catch (error) {
      // The value itself is none that a reader would give (a word for a number): the next one tells.
      if (!(error instanceof SyntaxError) && !(error instanceof TypeError) && !(error instanceof RangeError)) throw error;
    }
    fields.set(field, honoured);
  }
  return [...fields].filter(([, honoured]) => !honoured).map(([field]) => field);
};

const disk = (bus: string, target: string, more = '', device = 'disk') =>
  `<disk type='file' device='${device}'><driver name='qemu' type='qcow2'/><source file='/i/a'/><target dev='${target}' bus='${bus}'/>${more}</disk>`;
const chardev = (source: string) => `<serial ${source}</serial>`;

/** One machine for each kind of device, and for the variants that are written differently. */
const cases: readonly (readonly [
  name: string,
  type: string,
  list: keyof Devices,
  devices: string,
  more?: Parameters<typeof domainXml>[1],
])[] = [
  ['disk on virtio', 'Disk', 'disks', disk('virtio', 'vda')],
  ['disk on sata', 'Disk', 'disks', disk('sata', 'sda'), { machine: 'q35' }],
  ['disk on ide', 'Disk', 'disks', disk('ide', 'hda')],
  ['disk on scsi', 'Disk', 'disks', `<controller type='scsi' model='virtio-scsi'/>${disk('scsi', 'sda')}`],
  ['disk on usb', 'Disk', 'disks', disk('usb', 'sda')],
  ['CD-ROM on sata', 'Disk', 'disks', disk('sata', 'sda', '', 'cdrom').replace('qcow2', 'raw'), { machine: 'q35' }],
  [
    'CD-ROM on scsi',
    'Disk',
    'disks',
    `<controller type='scsi' model='virtio-scsi'/>${disk('scsi', 'sda', '', 'cdrom').replace('qcow2', 'raw')}`,
  ],
  ['floppy', 'Disk', 'disks', disk('fdc', 'fda', '', 'floppy').replace('qcow2', 'raw')],
  ['controller scsi', 'Controller', 'controllers', "<controller type='scsi' index='0' model='virtio-scsi'/>"],
  ['controller lsi', 'Controller', 'controllers', "<controller type='scsi' index='0' model='lsilogic'/>"],
  ['controller virtio-serial', 'Controller', 'controllers', "<controller type='virtio-serial' index='0'/>"],
  ['controller xhci', 'Controller', 'controllers', "<controller type='usb' index='0' model='qemu-xhci'/>"],
  ['controller sata', 'Controller', 'controllers', "<controller type='sata' index='1'/>"],
  ['controller ccid', 'Controller', 'controllers', "<controller type='ccid' index='0'/>"],
  ['root port', 'Controller', 'controllers', "<controller type='pci' index='1' model='pcie-root-port'/>", { machine: 'q35' }],
  ['VNC', 'Graphics', 'graphics', "<graphics type='vnc'/>"],
  ['VNC on a port', 'Graphics', 'graphics', "<graphics type='vnc' port='5905' autoport='no' listen='0.0.0.0'/>"],
  ['SPICE', 'Graphics', 'graphics', "<graphics type='spice' port='5905' autoport='no'/>"],
  ['SPICE by autoport', 'Graphics', 'graphics', "<graphics type='spice' autoport='yes'/>"],
  ['EGL', 'Graphics', 'graphics', "<graphics type='egl-headless'/>"],
  ['video virtio', 'Video', 'videos', "<video><model type='virtio'/></video>"],
  ['video qxl', 'Video', 'videos', "<video><model type='qxl'/></video>"],
  ['video vga', 'Video', 'videos', "<video><model type='vga'/></video>"],
  ['video cirrus', 'Video', 'videos', "<video><model type='cirrus'/></video>"],
  ['video bochs', 'Video', 'videos', "<video><model type='bochs'/></video>", { machine: 'q35' }],
  ['serial pty', 'Serial', 'serials', chardev("type='pty'>")],
  ['serial file', 'Serial', 'serials', chardev("type='file'><source path='/a'/>")],
  ['serial tcp', 'Serial', 'serials', chardev("type='tcp'><source mode='bind' host='127.0.0.1' service='99'/><protocol type='raw'/>")],
  [
    'serial tcp out',
    'Serial',
    'serials',
    chardev("type='tcp'><source mode='connect' host='127.0.0.1' service='99'/><protocol type='raw'/>"),
  ],
  ['serial unix', 'Serial', 'serials', chardev("type='unix'><source mode='bind' path='/a'/>")],
  ['serial udp', 'Serial', 'serials', chardev("type='udp'><source mode='connect' host='h' service='1'/>")],
  ['parallel', 'Parallel', 'parallels', "<parallel type='null'/>"],
  ['console', 'Console', 'consoles', "<console type='pty'><target type='virtio'/></console>"],
  ['channel', 'Channel', 'channels', "<channel type='unix'><target type='virtio' name='a'/></channel>"],
  ['input', 'Input', 'inputs', "<input type='keyboard' bus='virtio'/>"],
  ['input usb', 'Input', 'inputs', "<input type='tablet' bus='usb'/>"],
  ['sound ich9', 'Sound', 'sounds', "<sound model='ich9'/>"],
  ['sound usb', 'Sound', 'sounds', "<sound model='usb'/>"],
  ['sound ac97', 'Sound', 'sounds', "<sound model='ac97'/>"],
  ['rng', 'Rng', 'rngs', "<rng model='virtio'><backend model='random'/></rng>"],
  ['tpm', 'Tpm', 'tpms', "<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>"],
  ['hub', 'Hub', 'hubs', "<hub type='usb'/>"],
  ['redirdev', 'Redirdev', 'redirdevs', "<graphics type='spice'/><redirdev bus='usb' type='spicevmc'/>"],
  [
    'filesystem',
    'Filesystem',
    'filesystems',
    "<filesystem type='mount' accessmode='mapped'><source dir='/a'/><target dir='b'/></filesystem>",
  ],
  ['smartcard', 'Smartcard', 'smartcards', "<smartcard mode='host'/>"],
  ['panic', 'Panic', 'panics', "<panic model='isa'/>"],
  ['crypto', 'Crypto', 'cryptos', "<crypto model='virtio' type='qemu'><backend model='builtin'/></crypto>"],
  ['shmem', 'Shmem', 'shmems', "<shmem name='a'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>"],
  [
    'memory',
    'MemoryDevice',
    'memories',
    "<memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target></memory>",
    { top: "<maxMemory slots='4' unit='GiB'>1</maxMemory><cpu><numa><cell id='0' cpus='0' memory='256' unit='MiB'/></numa></cpu>" },
  ],
  ['watchdog', 'Watchdog', 'watchdogs', "<watchdog model='i6300esb'/>"],
  ['audio', 'Audio', 'audios', "<audio id='1' type='none'/>"],
  [
    'NIC on a bridge',
    'Interface',
    'interfaces',
    "<interface type='bridge'><source bridge='b'/><model type='virtio'/></interface>",
    { type: 'kvm' },
  ],
  ['NIC for the user', 'Interface', 'interfaces', "<interface type='user'><model type='e1000'/></interface>"],
];

describe('nothing that a reader understands is dropped without a word', () => {
  test.for(cases)('%s', ([name, type, list, devices, more]) => {
    const plain = domainXml(devices, more);
    const xml = /usb|ccid|smartcard/.test(devices) ? plain.replace("<controller type='usb' model='none'/>", '') : plain;
    const read = readForLaunch(parseXml(xml)).devices[list] as readonly unknown[];
    const place = list === 'controllers' ? read.length - 1 : 0;
    const found = dropped(xml, type, read[place], (domain, varied) => ({
      ...domain,
      devices: { ...domain.devices, [list]: (domain.devices[list] as readonly unknown[]).map((one, n) => (n === place ? varied : one)) },
    }));
    expect(found.filter((field) => elsewhere(type, name, field) === undefined)).toEqual([]);
  });

  test.each([
    ['memory balloon', 'Memballoon', 'memballoon', "<memballoon model='virtio'/>"],
    ['IOMMU', 'Iommu', 'iommu', "<iommu model='intel'/>"],
  ] as const)('%s', (name, type, at, device) => {
    const xml = domainXml(device, { machine: 'q35', type: 'kvm' }).replace("<memballoon model='none'/>", '');
    const found = dropped(xml, type, readForLaunch(parseXml(xml)).devices[at], (domain, varied) => ({
      ...domain,
      devices: { ...domain.devices, [at]: varied },
    }));
    expect(found.filter((field) => elsewhere(type, name, field) === undefined)).toEqual([]);
  });

  test.each([
    ['Os', 'os'],
    ['Features', 'features'],
    ['Memory', 'memory'],
    ['Vcpus', 'vcpus'],
    ['IoThreads', 'ioThreads'],
    ['Clock', 'clock'],
    ['Lifecycle', 'lifecycle'],
    ['QemuExtras', 'qemu'],
  ] as const)('section %s', (type, at) => {
    const xml = domainXml('', { machine: 'q35', type: 'kvm' });
    const found = dropped(xml, type, readForLaunch(parseXml(xml))[at], (domain, varied) => ({ ...domain, [at]: varied }) as Domain);
    expect(found.filter((field) => elsewhere(type, type, field) === undefined)).toEqual([]);
  });

  test('the domain itself has no part without a reader of its own', () => {
    const xml = domainXml('', { machine: 'q35', type: 'kvm' });
    const found = dropped(xml, 'Domain', readForLaunch(parseXml(xml)), (_domain, varied) => varied as Domain);
    const own = found.filter((field) => !/^(?:os|features|memory|vcpus|ioThreads|clock|lifecycle|qemu|devices)\b/.test(field));
    expect(own.filter((field) => elsewhere('Domain', 'Domain', field) === undefined)).toEqual([]);
  });
});
