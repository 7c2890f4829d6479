import { describe, expect, test } from 'vitest';
import { allDevices } from '../domain/device-kinds.ts';
import { deviceMarks, elementMarks, pairDevices } from './device-identity.ts';
import { readDomain } from './read/read-domain.ts';
import { childElements, firstChild, textContent, type XmlElement } from './xml/nodes.ts';
import { parseXml } from './xml/parse.ts';

const documentOf = (devices: readonly string[]) =>
  parseXml(
    `<domain type='qemu'><name>d</name><memory>1024</memory><os><type arch='x86_64'>hvm</type></os><devices>${devices.join('')}</devices></domain>`,
  );
const elementsOf = (devices: readonly string[]): readonly XmlElement[] => {
  const parent = firstChild(documentOf(devices).root, 'devices');
  return parent === undefined ? [] : childElements(parent);
};
const plain = (element: XmlElement): string =>
  `${element.name} ${element.attributes.map(({ name, value }) => `${name}=${value}`).join(' ')} ${textContent(element).trim()}`;

/** For each stored device, the place of its running twin; -1 for one that doesn't run. By elements, and by the model: both say the same. */
const pairs = (stored: readonly string[], live: readonly string[]): readonly number[] => {
  const [own, running] = [elementsOf(stored), elementsOf(live)];
  const byElement = pairDevices(own, running, elementMarks, (a, b) => plain(a) === plain(b));
  const found = own.map((one) => {
    const twin = byElement.get(one);
    return twin === undefined ? -1 : running.indexOf(twin);
  });
  const [models, lives] = [stored, live].map((devices) =>
    allDevices(readDomain(documentOf(devices), { live: devices === live }).domain.devices),
  );
  const byModel = pairDevices(models ?? [], lives ?? [], deviceMarks, () => true);
  for (const [one, twin] of byModel) expect(one.kind).toBe(twin.kind);
  expect(byModel.size).toBe(found.filter((place) => place >= 0).length);
  return found;
};

const serial = (port: number | undefined, alias = '') =>
  `<serial type='pty'>${port === undefined ? '' : `<target port='${String(port)}'/>`}${alias}</serial>`;
const runningSerial = (port: number) => serial(port, `<alias name='serial${String(port)}'/>`);
const pci = (slot: number) => `<address type='pci' domain='0x0000' bus='0x00' slot='0x0${String(slot)}' function='0x0'/>`;
const sound = (slot: number, model = 'ich9') => `<sound model='${model}'>${pci(slot)}</sound>`;
const disk = (target: string, more = '') =>
  `<disk type='file' device='disk'><source file='/${target}.qcow2'/><target dev='${target}' bus='virtio'/>${more}</disk>`;
const nic = (tail: string, more = '') => `<interface type='user'><mac address='52:54:00:00:00:${tail}'/>${more}</interface>`;
const channel = (name: string, more = '') => `<channel type='unix'><target type='virtio' name='${name}'/>${more}</channel>`;
const hostdev = (slot: string) =>
  `<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='${slot}' function='0'/></source></hostdev>`;

describe('one of three is removed', () => {
  const kinds: readonly (readonly [string, readonly string[]])[] = [
    ['serial ports', [0, 1, 2].map((port) => runningSerial(port))],
    ['disks', ['vda', 'vdb', 'vdc'].map((target, index) => disk(target, pci(index + 3)))],
    ['NICs', ['01', '02', '03'].map((tail, index) => nic(tail, pci(index + 3)))],
    ['sound cards', [3, 4, 5].map((slot) => sound(slot))],
    ['channels', ['a.0', 'b.0', 'c.0'].map((name) => channel(name))],
    ['host devices', ['1', '2', '3'].map(hostdev)],
    ['controllers', [0, 1, 2].map((index) => `<controller type='scsi' index='${String(index)}' model='virtio-scsi'/>`)],
  ];
  test.each(kinds)('%s', (_kind, live) => {
    for (const gone of [0, 1, 2]) {
      const stored = live.filter((_one, index) => index !== gone);
      expect(pairs(stored, live)).toEqual([0, 1, 2].filter((index) => index !== gone));
      // Reordered by hand, they are who they were.
      expect(pairs(stored.toReversed(), live)).toEqual([0, 1, 2].filter((index) => index !== gone).toReversed());
    }
  });
});

test('one goes and another comes, at once', () => {
  expect(pairs([disk('vdb'), disk('vdc')], [disk('vda'), disk('vdb')])).toEqual([1, -1]);
  expect(pairs([nic('01'), nic('03')], [nic('01'), nic('02')])).toEqual([0, -1]);
  expect(pairs([serial(1), serial(2)], [runningSerial(0), runningSerial(1)])).toEqual([1, -1]);
  // It took the place that became free: another disk all the same.
  expect(pairs([disk('vdb', pci(4))], [disk('vda', pci(4))])).toEqual([-1]);
});

test('a user’s alias is a name, whatever else was changed', () => {
  const own = (name: string) => `<alias name='ua-${name}'/>`;
  expect(pairs([nic('09', own('lan'))], [nic('01', own('dmz')), nic('02', own('lan'))])).toEqual([1]);
  expect(
    pairs([sound(7, 'ich6').replace('</sound>', `${own('a')}</sound>`)], [sound(3).replace('</sound>', `${own('b')}</sound>`)]),
  ).toEqual([-1]);
});

test('an alias that a start gave is no name', () => {
  expect(pairs([serial(1, `<alias name='serial0'/>`)], [runningSerial(0), runningSerial(1)])).toEqual([1]);
});

test('what says nothing of itself is the one that is alike, else the only one left', () => {
  expect(pairs([`<watchdog model='i6300esb' action='reset'/>`], [`<watchdog model='i6300esb' action='none'>${pci(5)}</watchdog>`])).toEqual(
    [0],
  );
  expect(pairs([`<input type='keyboard' bus='ps2'/>`], [`<input type='mouse' bus='ps2'/>`, `<input type='keyboard' bus='ps2'/>`])).toEqual([
    1,
  ]);
  expect(pairs([`<input type='tablet' bus='usb'/>`], [`<input type='mouse' bus='usb'/>`])).toEqual([-1]);
});

test('two spellings of one place, and a place that is open', () => {
  expect(
    pairs([`<sound model='ich9'><address type='pci' domain='0' bus='0' slot='4' function='0'/></sound>`], [sound(3), sound(4)]),
  ).toEqual([1]);
  expect(pairs([`<sound model='ich6'><address type='pci'/></sound>`], [sound(4)])).toEqual([0]);
});
