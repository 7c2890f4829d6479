import { describe, expect, it } from 'vitest';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { readPlace } from '../xml/edits.ts';
import { runningXml } from '../testing/fake-xml.ts';
import { deviceList, findEntry } from './device-list.ts';
import { addable, newDevice } from './new-device.ts';

const stored = parseXml(runningXml);

describe('deviceList', () => {
  it('lists the parts of the domain and every device, whether there is a form or not', () => {
    const titles = deviceList(stored, undefined).map((entry) => entry.title);
    expect(titles).toEqual([
      'Overview',
      'CPUs',
      'Memory',
      'Boot',
      'VirtIO disk 1',
      'SATA CD-ROM',
      'LAN br0',
      'Tablet',
      'Screen',
      'Serial 1',
      'Console',
      'Video',
      'Random numbers',
      'Memory balloon',
      'USB controller',
      // Room for what is plugged while it runs.
      ...Array.from({ length: 14 }, (_unused, port) => `PCIe port ${String(port + 1)}`),
    ]);
  });
  it('takes what a start adds to the live XML for no difference', () => {
    const live = parseXml(
      runningXml
        .replace(`<target dev='vda' bus='virtio'/>`, `<target dev='vda' bus='virtio'/>\n<alias name='virtio-disk0'/><address type='pci'/>`)
        .replace('</devices>', `<controller type='pci' model='pcie-root'/><input type='mouse' bus='ps2'/></devices>`),
    );
    expect(deviceList(stored, live).filter((entry) => entry.state !== 'same')).toEqual([]);
  });
  it('marks what differs, what comes and what goes', () => {
    const live = parseXml(
      runningXml
        .replace("<model type='virtio'/>", `<model type='e1000'/>`)
        .replace(/<rng[^]*<\/rng>\n/, '')
        .replace('</devices>', `<disk type='file' device='disk'><target dev='vdb' bus='virtio'/></disk></devices>`),
    );
    const states = Object.fromEntries(
      deviceList(stored, live)
        .filter((entry) => entry.state !== 'same')
        .map((entry) => [entry.key, entry.state]),
    );
    expect(states).toEqual({ 'interface-52:54:00:7a:1c:12': 'changed', 'rng-0': 'added', 'disk-vdb': 'removed' });
  });
  const ports = (...numbers: readonly number[]) =>
    numbers.map((port) => `<serial type='pty'><target port='${String(port)}'/></serial>`).join('');
  const twin = (port: number) => `<console type='pty'><target type='serial' port='${String(port)}'/></console>`;
  const machine = (devices: string) => parseXml(`<domain type='qemu'><devices>${devices}</devices></domain>`);
  const told = (before: string, now: string) =>
    deviceList(machine(before), machine(now))
      .filter(({ state, path }) => state !== 'same' && path !== '/domain')
      .map(({ title, state, live, stored: own }) =>
        `${title} ${state} ${readPlace(live ?? own ?? machine('').root, 'target/@port') ?? ''}`.trim(),
      );
  it.each([0, 1, 2])('names the port that was removed, not another one: %i of three', (gone) => {
    const left = [0, 1, 2].filter((port) => port !== gone);
    const live = ports(0, 1, 2) + twin(0);
    expect(told(ports(...left) + twin(left[0] ?? 0), live)).toEqual([`Serial ${String(gone + 1)} removed ${String(gone)}`]);
    expect(told(ports(...left.toReversed()), live), 'also reordered by hand').toEqual([
      `Serial ${String(gone + 1)} removed ${String(gone)}`,
    ]);
    const titles = deviceList(machine(ports(...left)), machine(live)).flatMap(({ title }) => (title.startsWith('Serial') ? [title] : []));
    expect(new Set(titles).size, 'no two of one name').toBe(3);
  });
  it('tells what goes and what comes at once', () => {
    expect(told(ports(0, 3), ports(0, 1))).toEqual(['Serial 4 added 3', 'Serial 2 removed 1']);
  });
  it('takes a PS/2 mouse for no keyboard, and a tablet that goes for no implicit device', () => {
    const of = (type: string, bus: string) => `<input type='${type}' bus='${bus}'/>`;
    const live = of('tablet', 'usb') + of('mouse', 'ps2') + of('keyboard', 'ps2');
    expect(told(of('tablet', 'usb') + of('keyboard', 'ps2') + of('mouse', 'ps2'), live)).toEqual([]);
    expect(told(of('mouse', 'ps2') + of('keyboard', 'ps2'), live)).toEqual(['Tablet removed']);
  });
  it('numbers ports that have none, and tells Linux’s names of them', () => {
    const asides = deviceList(machine(`<serial type='pty'/><serial type='pty'/><serial type='pty'><target port='5'/></serial>`), undefined)
      .filter(({ title }) => title.startsWith('Serial'))
      .map(({ title, aside }) => `${title} ${aside ?? ''}`);
    expect(asides).toEqual(['Serial 7 ttyS6', 'Serial 8 ttyS7', 'Serial 6 ttyS5']);
    expect(deviceList(machine(`<serial type='pty'/><serial type='pty'/>`), undefined).flatMap(({ aside }) => aside ?? [])).toEqual(
      expect.arrayContaining(['ttyS0', 'ttyS1']),
    );
  });
  it('marks the console that is the first serial port', () => {
    const twins = (devices: string) => deviceList(machine(devices), undefined).filter((entry) => entry.twin === true).length;
    expect(twins(ports(0) + twin(0))).toBe(1);
    expect(twins(twin(0))).toBe(0);
    expect(twins(`${ports(0)}<console type='pty'><target type='virtio' port='1'/></console>`)).toBe(0);
  });
  it('tells an alias or an address that was changed by hand', () => {
    const rng = (more: string) => `<rng model='virtio'>${more}</rng>`;
    const at = (slot: string) => `<address type='pci' domain='0x0000' bus='0x00' slot='${slot}' function='0x0'/>`;
    expect(told(rng(at('4')), rng(at('0x04')))).toEqual([]);
    expect(told(rng(`<alias name='ua-a'/>${at('0x04')}`), rng(`<alias name='rng0'/>${at('0x04')}`))).toEqual(['Random numbers changed']);
  });
  it('finds a device by its key and by the path that an error names', () => {
    const entries = deviceList(stored, undefined);
    expect(findEntry(entries, 'disk-sda')?.path).toBe('/domain/devices/disk[2]');
    expect(findEntry(entries, 'interface[1]')?.title).toBe('LAN br0');
    expect(findEntry(entries, 'disk[2]')?.key).toBe('disk-sda');
  });
});

describe('newDevice', () => {
  it.each(addable.map(({ id }) => id))('%s is added as the last of its kind', (id) => {
    const made = newDevice(id, stored);
    expect(made).toBeDefined();
    expect(parseXml(made?.text ?? '').root.name).toBe('domain');
    expect(deviceList(parseXml(made?.text ?? ''), undefined).some((entry) => entry.path === made?.path)).toBe(true);
  });
  it('takes the next free target', () => expect(newDevice('disk', stored)?.text).toContain(`<target dev='vdb' bus='virtio'/>`));
});
