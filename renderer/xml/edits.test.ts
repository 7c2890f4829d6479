import { describe, expect, it } from 'vitest';
import { editElement, elementText, insertDevice, removeElement, replaceElement } from './edits.ts';

const xml = `<domain type='kvm'>
  <name>web</name>
  <!-- keep me -->
  <memory unit='KiB'>1024</memory>
  <devices>
    <disk type="file" device='disk'>
      <source file='/a.qcow2'/>
      <target dev='vda' bus='virtio'/>
      <x:thing xmlns:x='urn:x' y='1'/>
    </disk>
  </devices>
</domain>`;

describe('editElement', () => {
  it('changes one attribute and not one other character', () => {
    expect(editElement(xml, '/domain/devices/disk', [{ place: 'source/@file', value: '/b & c.qcow2' }])).toBe(
      xml.replace('/a.qcow2', '/b &amp; c.qcow2'),
    );
  });
  it('puts a new child where libvirt has it', () => {
    const next = editElement(xml, '/domain', [{ place: 'title', value: 'A <title>' }]);
    expect(next).toBe(xml.replace('<name>web</name>', '<name>web</name>\n  <title>A &lt;title&gt;</title>'));
  });
  it('makes the elements on the way', () => {
    const next = editElement(xml, '/domain/devices/disk', [{ place: 'driver/@cache', value: 'none' }]);
    expect(next).toContain(`<disk type="file" device='disk'>\n      <driver cache='none'/>\n      <source`);
  });
  it('takes an element away with its last attribute, and leaves others', () => {
    const added = editElement(xml, '/domain/devices/disk', [{ place: 'driver/@cache', value: 'none' }]);
    expect(editElement(added, '/domain/devices/disk', [{ place: 'driver/@cache', value: undefined }])).toBe(xml);
  });
  it('does nothing where nothing is to be taken away', () => {
    expect(
      editElement(xml, '/domain', [
        { place: 'cpu/topology/@cores', value: undefined },
        { place: 'title', value: undefined },
      ]),
    ).toBe(xml);
  });
});

describe('devices', () => {
  it('are added behind their kind, on lines of their own, and taken away again', () => {
    const more = insertDevice(xml, `<disk type='file'>\n  <target dev='vdb'/>\n</disk>`);
    expect(more).toContain(`    </disk>\n    <disk type='file'>\n      <target dev='vdb'/>\n    </disk>\n  </devices>`);
    expect(removeElement(more, '/domain/devices/disk[2]')).toBe(xml);
  });
  it('get their own <devices> when there is none', () => {
    expect(insertDevice('<domain><name>a</name></domain>', `<rng model='virtio'/>`)).toMatch(
      /<name>a<\/name>\s*<devices>\s*<rng model='virtio'\/>\s*<\/devices>\s*<\/domain>/,
    );
  });
  it('are read at the left margin and written back as they were', () => {
    const own = elementText(xml, '/domain/devices/disk');
    expect(own).toMatch(/^<disk type="file" device='disk'>\n {2}<source/);
    expect(replaceElement(xml, '/domain/devices/disk', own ?? '')).toBe(xml);
  });
});
