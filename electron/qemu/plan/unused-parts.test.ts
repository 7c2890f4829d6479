import { expect, test } from 'vitest';
import { parseXml, readDomain } from '../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { devicesOf, domainXml, planOf, valuesOf } from '../testing/plan-of.ts';
import { syntheticCapabilities } from '../testing/synthetic-capabilities.ts';

const withSpice = { ...syntheticCapabilities(), hasOption: () => true };

const disk = (
  target: string,
  bus: string,
  more = '',
  { device = 'disk', driver = "type='raw'", source = "<source file='/i'/>", target: at = '' } = {},
) =>
  `<disk type='file' device='${device}'><driver name='qemu' ${driver}/>${source}<target dev='${target}' bus='${bus}'${at}/>${more}</disk>`;

const refused = (devices: string, machine = 'q35', top = ''): string | undefined => {
  const xml = domainXml(devices, { machine, top });
  try {
    planOf(devices.includes('usb') ? xml.replace("<controller type='usb' model='none'/>", '') : xml, { capabilities: withSpice });
    return undefined;
  } catch (error) {
    if (error instanceof TapestryError) return error.data.path;
    throw error;
  }
};

test.each([
  ['a shared qcow2 image', disk('vda', 'virtio', '<shareable/>', { driver: "type='qcow2'" }), 'disk/shareable'],
  ['an empty drive on USB', disk('sda', 'usb', '', { device: 'cdrom', source: '' }), 'disk/source'],
  ['a hard disk without an image', disk('vda', 'virtio', '', { source: '' }), 'disk/source'],
  ['a vendor on SATA', disk('sda', 'sata', '<vendor>v</vendor>'), 'disk/vendor'],
  ['a product on virtio', disk('vda', 'virtio', '<product>p</product>'), 'disk/product'],
  ['a WWN on USB', disk('sda', 'usb', '<wwn>5000c50015ea71ad</wwn>'), 'disk/wwn'],
  ['a read-only hard disk on SATA', disk('sda', 'sata', '<readonly/>'), 'disk/readonly'],
  ['a removable disk on SATA', disk('sda', 'sata', '', { target: " removable='on'" }), 'disk/target/@removable'],
  ['a rotation rate on virtio', disk('vda', 'virtio', '', { target: " rotation_rate='7200'" }), 'disk/target/@rotation_rate'],
  ['queues on SATA', disk('sda', 'sata', '', { driver: "type='raw' queues='2'" }), 'disk/driver/@queues'],
  [
    'an I/O thread of virtio-serial',
    "<controller type='virtio-serial' index='0'><driver iothread='1'/></controller>",
    'controller[2]/driver/@iothread',
  ],
  [
    'a render node of a video card',
    "<video><model type='virtio'><acceleration rendernode='/dev/dri/renderD128'/></model></video>",
    'video/model/acceleration/@rendernode',
  ],
  ['vgaconf', "<video><driver vgaconf='io'/><model type='vga'/></video>", 'video/driver/@vgaconf'],
  [
    'a secure channel of SPICE',
    "<graphics type='spice' autoport='yes'><channel name='main' mode='secure'/></graphics>",
    'graphics/channel/@mode',
  ],
  ['an address with a comma', "<graphics type='vnc' port='5999' listen='127.0.0.1,x=1'/>", 'graphics/listen/@address'],
  ['a ROM of a SATA disk', disk('sda', 'sata', "<rom bar='on'/>"), 'disk/rom'],
] as const)('refuses %s by its element', (_what, devices, path) => {
  expect(refused(devices)).toBe(`/domain/devices/${path}`);
});

test('a virtio IOMMU needs q35', () => {
  expect(refused("<iommu model='virtio'/>", 'pc')).toBe('/domain/devices/iommu/@model');
  expect(refused("<iommu model='virtio'/>")).toBeUndefined();
});

test('what was dropped before is on the command line', () => {
  const scsi = devicesOf(planOf(domainXml(disk('sda', 'scsi', '', { target: " removable='on'" }))));
  expect(scsi.at(-1)).toMatchObject({ driver: 'scsi-hd', removable: true });
  expect(devicesOf(planOf(domainXml(disk('sda', 'sata', '<product>p q</product>'), { machine: 'q35' })))).toContainEqual(
    expect.objectContaining({ driver: 'ide-hd', model: 'p q' }),
  );
  const nic = "<interface type='user'><model type='virtio'/><rom file=''/></interface>";
  expect(devicesOf(planOf(domainXml(nic))).at(-1)).toMatchObject({ romfile: '' });
  const spice = domainXml("<graphics type='spice' autoport='yes' listen='0.0.0.0'/>");
  expect(valuesOf(planOf(spice, { capabilities: withSpice, host: { displayPort: 5907 } }), '-spice')[0]).toContain(
    'port=5907,addr=0.0.0.0',
  );
  // The port of an earlier run is no wish.
  expect(valuesOf(planOf(domainXml("<graphics type='vnc' port='5907' autoport='yes'/>")), '-vnc')[0]).toContain('vnc=unix:');
  const balloon = domainXml("<memballoon model='virtio'/>")
    .replace("<memballoon model='none'/>", '')
    .replace('</memory>', "</memory><currentMemory unit='MiB'>128</currentMemory>");
  expect(planOf(balloon).monitorCommands).toEqual([{ command: 'balloon', arguments: { value: 128 * 1024 * 1024 } }]);
});

test('a word that libvirt has for nothing is one', () => {
  const xml = domainXml('').replace('</os>', "<smbios mode='none'/></os>");
  expect(readDomain(parseXml(xml)).problems).toEqual([]);
  expect(valuesOf(planOf(xml), '-smbios')).toEqual([]);
});
