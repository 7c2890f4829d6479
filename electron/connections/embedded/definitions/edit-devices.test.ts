import { describe, expect, it } from 'vitest';
import { parseXml } from '../../../../shared/domain-xml/index.ts';
import { withDevice, withoutElement, withReplaced } from '../../../../shared/domain-xml/edit/texts.ts';
import { completedFrom, nextAlias, withAlias, withMac } from './edit-devices.ts';
import { devicesOf, findDevice } from './find-device.ts';

const xml = `<domain>
  <devices>
    <disk type='file' device='disk'>
      <target dev='vda' bus='virtio'/>
    </disk>
    <!-- the LAN -->
    <interface type='bridge'>
      <mac address='52:54:00:00:00:01'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/>
      <alias name='net0'/>
    </interface>
    <interface type='bridge'>
      <mac address='52:54:00:00:00:02'/>
      <alias name='net4'/>
    </interface>
    <serial type='pty'/>
  </devices>
</domain>
`;
const document = parseXml(xml);
const find = (text: string) => findDevice(document, parseXml(text).root);

describe('findDevice', () => {
  it('finds a NIC by its MAC in any spelling, by alias, and by its address in any notation', () => {
    expect(find(`<interface><mac address='52:54:0:0:0:2'/></interface>`)).toBe(devicesOf(document)[2]);
    expect(find(`<interface><alias name='net0'/></interface>`)).toBe(devicesOf(document)[1]);
    expect(
      find(`<interface><mac address='52:54:00:00:00:01'/><address type='pci' domain='0' bus='0' slot='3' function='0'/></interface>`),
    ).toBe(devicesOf(document)[1]);
  });

  it('refuses what fits no device, contradicts itself, or fits several', () => {
    expect(() => find(`<interface><mac address='52:54:00:00:00:09'/></interface>`)).toThrow(
      'has no <interface> with MAC 52:54:00:00:00:09',
    );
    expect(() => find(`<interface><mac address='52:54:00:00:00:01'/><alias name='net4'/></interface>`)).toThrow('has no <interface>');
    expect(() => find('<interface/>')).toThrow('Several devices');
    expect(find('<serial/>').name).toBe('serial');
  });

  it('finds a disk by its target', () => {
    expect(find(`<disk><source file='/other'/><target dev='vda'/></disk>`).name).toBe('disk');
    expect(() => find(`<disk><target dev='vdb'/></disk>`)).toThrow('target vdb');
  });
});

describe('editing devices', () => {
  it('adds a device behind the last of its kind, and leaves the rest as it is', () => {
    const added = withDevice(document, `<interface type='user'>\n  <model type='virtio'/>\n</interface>`).text;
    expect(added).toBe(
      xml.replace(
        `    <serial type='pty'/>`,
        `    <interface type='user'>\n      <model type='virtio'/>\n    </interface>\n    <serial type='pty'/>`,
      ),
    );
    expect(withDevice(parseXml(`<domain><devices/></domain>`), '<rng/>').text).toMatch(/<devices>\s*<rng\/>\s*<\/devices>/);
    expect(withDevice(parseXml('<domain/>'), '<rng/>').text).toMatch(/^<domain>\s*<devices>\s*<rng\/>\s*<\/devices>\s*<\/domain>$/);
  });

  it('removes and replaces one device with its lines, comments kept', () => {
    const nic = find(`<interface><mac address='52:54:00:00:00:02'/></interface>`);
    const without = withoutElement(document, nic).text;
    expect(without).not.toContain('net4');
    expect(without).toContain('<!-- the LAN -->');
    expect(without.split('\n')).toHaveLength(xml.split('\n').length - 4);
    expect(withReplaced(document, nic, `<interface type='user'>\n  <x/>\n</interface>`).text).toContain(
      `    <interface type='user'>\n      <x/>\n    </interface>\n    <serial`,
    );
  });

  it('takes over what a replacement does not say: place and alias, and nothing else', () => {
    const old = find(`<interface><mac address='52:54:00:00:00:01'/></interface>`);
    const completed = completedFrom(`<interface type='user'>\n  <model type='e1000'/>\n</interface>`, document, old);
    expect(completed).toContain(`slot='0x03'`);
    expect(completed).toContain(`<alias name='net0'/>`);
    expect(completed).not.toContain('52:54');
    expect(parseXml(completed).root.attributes[0]?.value).toBe('user');
  });

  it('numbers aliases one above the highest, holes left open', () => {
    expect(nextAlias(document, 'net')).toBe('net5');
    expect(nextAlias(document, 'rng')).toBe('rng0');
  });

  it('sets alias and MAC where they are missing', () => {
    expect(withAlias(`<rng model='virtio'/>`, 'rng0')).toMatch(/<alias name='rng0'\/>/);
    expect(withMac(`<interface type='user'/>`, '52:54:00:00:00:07')).toMatch(/<mac address='52:54:00:00:00:07'\/>/);
    expect(withMac(`<interface><mac/></interface>`, '52:54:00:00:00:07')).toBe(`<interface><mac address='52:54:00:00:00:07'/></interface>`);
  });
});
