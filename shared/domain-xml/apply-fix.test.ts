import { describe, expect, test } from 'vitest';
import type { ErrorFix } from '../errors.ts';
import { applyFix, editsDefinition } from './apply-fix.ts';
import { readDomain } from './read/read-domain.ts';
import { parseXml } from './xml/parse.ts';

const xml = `<domain type='qemu'>
  <name>a</name>
  <!-- a note -->
  <cputune><shares>5</shares></cputune>
  <vcpu cpuset='0-3'>2</vcpu>
  <devices>
    <disk type='file' device='disk'>
      <source file='/a.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='cdrom'>
      <driver name='qemu' type='raw' cache='none'/>
      <source file='/gone.iso' startupPolicy='mandatory'/>
      <target dev='sda' bus='sata'/>
      <readonly/>
    </disk>
    <interface type='network'>
      <mac address="52:54:00:00:00:01"/>
      <source network='default' portgroup='x'/>
      <target dev='lan0'/>
      <model type='virtio'/>
      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
    </interface>
    <teleporter speed='9'/>
  </devices>
</domain>
`;

const fixed = (path: string, fix: Pick<ErrorFix, 'kind'> & Partial<ErrorFix>): string => applyFix(xml, { path }, { label: 'Mend', ...fix });

describe('a fix of a finding', () => {
  test('sets the format of an image, with a driver where there was none', () => {
    expect(fixed('/domain/devices/disk[2]/driver/@type', { kind: 'set-format', value: 'qcow2' })).toBe(
      xml.replace("type='raw'", "type='qcow2'"),
    );
    expect(fixed('/domain/devices/disk[1]', { kind: 'set-format', value: 'qcow2' })).toBe(
      xml.replace("      <source file='/a.qcow2'/>", "      <driver name='qemu' type='qcow2'/>\n      <source file='/a.qcow2'/>"),
    );
  });

  test('empties a drive', () => {
    expect(fixed('/domain/devices/disk[2]/source/@file', { kind: 'eject', path: '/domain/devices/disk[2]' })).toBe(
      xml.replace("      <source file='/gone.iso' startupPolicy='mandatory'/>\n", ''),
    );
  });

  test('puts a NIC on a bridge, or on user networking', () => {
    const bridge = fixed('/domain/devices/interface/@type', { kind: 'use-bridge', value: 'virbr0' });
    expect(bridge).toBe(
      xml
        .replace("<interface type='network'>", "<interface type='bridge'>")
        .replace("<source network='default' portgroup='x'/>", "<source bridge='virbr0'/>"),
    );
    const user = fixed('/domain/devices/interface/@type', { kind: 'use-user-network' });
    expect(user).toContain("<interface type='user'>");
    expect(user).not.toMatch(/<source network|lan0/);
    expect(user).toContain('<mac address="52:54:00:00:00:01"/>');
    expect(user).toContain("bus='0x01'");
    expect(user).toContain('<!-- a note -->');
  });

  test('puts a bridge in the place of a network that the finding’s path names', () => {
    expect(fixed('/domain/devices/interface/source/@network', { kind: 'use-bridge', value: 'br0' })).toContain("<source bridge='br0'/>");
  });

  test('uses the TAP that is there', () => {
    expect(fixed('/domain/devices/interface/target/@dev', { kind: 'use-managed-no', value: 'lan0' })).toBe(
      xml.replace("<target dev='lan0'/>", "<target dev='lan0' managed='no'/>"),
    );
    expect(() => fixed('/domain/devices/disk[1]', { kind: 'use-managed-no' })).toThrow(/no .*disk/);
  });

  test('sets parts aside one after another, and keeps them in the text', () => {
    const once = fixed('/domain/cputune', { kind: 'set-aside' });
    const twice = applyFix(once, { path: '/domain/vcpu/@cpuset' }, { kind: 'set-aside', label: '' });
    expect(twice).toContain("<tapestry:part path='/domain/cputune'/>");
    expect(twice).toContain("<tapestry:part path='/domain/vcpu/@cpuset'/>");
    expect(twice.replace(/\n {2}<metadata>[^]*<\/metadata>/, '')).toBe(xml);
  });

  test('removes an element with its line, or an attribute', () => {
    expect(fixed('/domain/devices/teleporter', { kind: 'remove-element' })).toBe(xml.replace("    <teleporter speed='9'/>\n", ''));
    expect(fixed('/domain/vcpu/@cpuset', { kind: 'remove-element' })).toBe(xml.replace(" cpuset='0-3'", ''));
    expect(applyFix('<domain>  junk<a/></domain>', { path: '/domain/text()' }, { kind: 'remove-element', label: '' })).toBe(
      '<domain><a/></domain>',
    );
  });

  test('is refused where its place is gone, or where it is no edit', () => {
    for (const kind of ['set-format', 'eject', 'use-bridge', 'remove-element'] as const)
      expect(() => fixed('/domain/devices/video', { kind, value: 'x' })).toThrow(
        expect.objectContaining({ data: expect.objectContaining({ code: 'not-found' }) }),
      );
    expect(() => fixed('/domain', { kind: 'remove-element' })).toThrow(/whole definition/);
    expect(() => fixed('/domain/devices/interface', { kind: 'use-bridge' })).toThrow(/not to what/);
    expect(() => fixed('/domain/@type', { kind: 'create-bridge', value: 'br0' })).toThrow(/no change/);
    expect(editsDefinition({ kind: 'eject', label: '' })).toBe(true);
    for (const kind of ['create-bridge', 'choose-image', 'retry', 'copy-command'] as const)
      expect(editsDefinition({ kind, label: '' })).toBe(false);
  });
});

describe('emulation instead of KVM', () => {
  const machine = (type: string, cpu: string) =>
    `<domain type='${type}'><name>a</name><uuid>7a1f8c1e-54d0-4e0c-9a57-0c5a3b5d1e01</uuid><memory>65536</memory>${cpu}<os><type arch='x86_64' machine='q35'>hvm</type></os></domain>`;

  test.each([
    ['kvm', "<cpu mode='host-passthrough' check='none' migratable='on'/>", "<cpu mode='maximum'/>"],
    ['kvm', "<cpu mode='host-model' check='partial'><topology sockets='1' cores='1' threads='1'/></cpu>", "<cpu mode='maximum'><topology"],
    ['qemu', "<cpu mode='host-passthrough'/>", "<cpu mode='maximum'/>"],
    ['kvm', "<cpu mode='custom' match='exact'><model>qemu64</model></cpu>", '<model>qemu64</model>'],
    ['kvm', '', '<domain'],
  ])('makes a %s machine with %s one that can be started without KVM', (type, cpu, expected) => {
    const text = applyFix(machine(type, cpu), { path: '/domain/@type' }, { kind: 'use-tcg', label: '' });
    const { domain, problems } = readDomain(parseXml(text));
    expect(domain.type).toBe('qemu');
    expect(text).toContain(expected);
    expect(problems.filter(({ severity }) => severity !== 'warning')).toEqual([]);
  });

  test('is needed: the same machine of type qemu with the host’s CPU is refused', () => {
    expect(readDomain(parseXml(machine('qemu', "<cpu mode='host-passthrough'/>"))).problems).toMatchObject([
      { severity: 'unsupported', path: '/domain/cpu/@mode' },
    ]);
  });
});
