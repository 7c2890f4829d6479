import { describe, expect, it } from 'vitest';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
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
