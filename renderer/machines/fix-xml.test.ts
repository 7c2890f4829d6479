import { describe, expect, it } from 'vitest';
import type { ErrorFix } from '../../shared/errors.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { withFix } from './fix-xml.ts';

const xml = `<domain type='kvm'>
  <name>a</name>
  <cputune>
    <shares>1024</shares>
  </cputune>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' cache='none'/>
      <source file='/a.img'/>
      <target dev='vda'/>
    </disk>
    <disk type='file' device='cdrom'>
      <source file='/gone.iso'/>
      <target dev='sda'/>
    </disk>
    <!-- the LAN -->
    <interface type='network'>
      <source network='default'/>
      <mac address='52:54:00:00:00:01'/>
    </interface>
  </devices>
</domain>
`;

const cases: readonly (readonly [ErrorFix, string | undefined, string, string])[] = [
  [{ kind: 'set-format', label: '', value: 'qcow2' }, '/domain/devices/disk[1]/driver/@type', "type='raw'", "type='qcow2' cache='none'"],
  [{ kind: 'eject', label: '', path: '/domain/devices/disk[2]' }, '/domain', "<source file='/gone.iso'/>", "<target dev='sda'/>"],
  [
    { kind: 'use-bridge', label: '', value: 'br0' },
    '/domain/devices/interface/source/@network',
    "network='default'",
    "<source bridge='br0'/>",
  ],
  [{ kind: 'use-user-network', label: '' }, '/domain/devices/interface/@type', "type='network'", "<interface type='user'>"],
  [{ kind: 'remove-element', label: '' }, '/domain/devices/disk[1]/driver/@cache', " cache='none'", "type='raw'/>"],
  [{ kind: 'remove-element', label: '' }, '/domain/cputune', '<cputune>', '<name>a</name>'],
  [{ kind: 'use-tcg', label: '' }, '/domain/@type', "<domain type='kvm'>", "<domain type='qemu'>"],
];

describe('a fix of a definition', () => {
  it.each(cases)('%j at %s', (fix, path, gone, there) => {
    const mended = withFix(xml, fix, path) ?? '';
    expect(xml).toContain(gone);
    expect(mended).not.toContain(gone);
    expect(mended).toContain(there);
    expect(mended).toContain('<!-- the LAN -->');
    expect(parseXml(mended).root.name).toBe('domain');
  });

  it('sets a part aside beside those that are, and keeps it in the text', () => {
    const once = withFix(xml, { kind: 'set-aside', label: '', path: '/domain/cputune' }, undefined) ?? '';
    const twice = withFix(once, { kind: 'set-aside', label: '', path: '/domain/perf' }, undefined) ?? '';
    expect(twice).toContain("path='/domain/cputune'");
    expect(twice).toContain("path='/domain/perf'");
    expect(twice).toContain('<shares>1024</shares>');
  });

  it.each(['create-bridge', 'choose-image', 'retry', 'copy-command'] as const)('%s is no edit', (kind) => {
    expect(withFix(xml, { kind, label: '' }, '/domain/devices/disk')).toBeUndefined();
  });

  it('needs a device for what is about one', () => {
    expect(withFix(xml, { kind: 'eject', label: '' }, '/domain/memory')).toBeUndefined();
  });
});
