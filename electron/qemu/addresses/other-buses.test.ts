import { expect, test } from 'vitest';
import { devicesOf, domainXml, planOf, valuesOf } from '../testing/plan-of.ts';
import { targetIndex } from '../../../shared/domain-xml/index.ts';

test('names of disks stand for numbers', () => {
  expect(['vda', 'sdz', 'hdaa', 'xvdb', 'sda1', 'foo', 'vd'].map(targetIndex)).toEqual([0, 25, 26, 1, 0, undefined, undefined]);
});

const disk = (target: string, bus: string) =>
  `<disk type='file' device='disk'><source file='/${target}'/><target dev='${target}' bus='${bus}'/></disk>`;

test('targets choose the place on IDE, SATA and SCSI; unit 7 is the SCSI controller itself', () => {
  const ide = devicesOf(planOf(domainXml(disk('hdc', 'ide'))));
  expect(ide).toContainEqual(expect.objectContaining({ driver: 'ide-hd', bus: 'ide.1', unit: 0, id: 'ide0-1-0' }));
  const sata = devicesOf(planOf(domainXml(disk('sdb', 'sata'), { machine: 'q35' })));
  expect(sata).toContainEqual(expect.objectContaining({ driver: 'ide-hd', bus: 'ide.1', id: 'sata0-0-1' }));
  const scsi = devicesOf(planOf(domainXml(`<controller type='scsi' model='virtio-scsi'/>${disk('sdh', 'scsi')}`)));
  expect(scsi).toContainEqual(expect.objectContaining({ driver: 'scsi-hd', bus: 'scsi0.0', 'scsi-id': 0, lun: 8, id: 'scsi0-0-0-8' }));
});

test('virtio-serial ports: channels start at 1, consoles are left to QEMU', () => {
  const xml = domainXml(
    "<console type='pty'><target type='virtio'/></console><channel type='pty'><target type='virtio' name='a'/></channel>",
  );
  const ports = devicesOf(planOf(xml)).filter((d) => String(d['driver']).startsWith('virt') && 'chardev' in d);
  expect(ports).toEqual([
    { driver: 'virtserialport', bus: 'virtio-serial0.0', nr: 1, chardev: 'charchannel0', id: 'channel0', name: 'a' },
    { driver: 'virtconsole', chardev: 'charconsole0', id: 'console0' },
  ]);
});

test('USB: devices fill ports; hubs come when there are too few', () => {
  const xml = (count: number) =>
    domainXml("<input type='tablet' bus='usb'/>".repeat(count)).replace("<controller type='usb' model='none'/>", '');
  const portsOf = (count: number) =>
    devicesOf(planOf(xml(count)))
      .filter((d) => 'port' in d)
      .map((d) => `${String(d['driver'])} ${String(d['port'])}`);
  expect(portsOf(2)).toEqual(['usb-tablet 1', 'usb-tablet 2']);
  expect(portsOf(3)).toEqual(['usb-hub 1', 'usb-tablet 2', 'usb-tablet 1.1', 'usb-tablet 1.2']);
});

test('aliases of the user stay, others are made anew; netdevs are named after them', () => {
  const xml = domainXml("<interface type='user'><alias name='ua-lan'/></interface><interface type='user'><alias name='net7'/></interface>");
  expect(devicesOf(planOf(xml), '-netdev')).toEqual([
    { type: 'user', id: 'hostua-lan' },
    { type: 'user', id: 'hostnet1' },
  ]);
  expect(valuesOf(planOf(xml), '-netdev')).toHaveLength(2);
});
