import { describe, expect, it } from 'vitest';
import {
  completeDefinition,
  factsOfDefinition,
  identifyDefinition,
  imagesOfDefinition,
  inactiveOf,
  renameDefinition,
} from './definition-facts.ts';

const uuid = '3fa90c12-0000-4000-8000-000000000001';
const xml = (body = '', devices = '') =>
  `<domain type='qemu'>\n  <name>a</name>\n  <uuid>${uuid}</uuid>\n  <memory unit='MiB'>64</memory>\n  <vcpu current='1'>2</vcpu>\n${body}  <os>\n    <type arch='x86_64' machine='q35'>hvm</type>\n  </os>\n  <devices>\n${devices}  </devices>\n</domain>\n`;

describe('definitions', () => {
  it('are read for what lists and life cycle need', () => {
    const facts = factsOfDefinition(
      xml(
        '  <title>T</title>\n  <on_reboot>destroy</on_reboot>\n',
        `    <interface type='user'>\n      <mac address='52:54:00:0:0:1'/>\n    </interface>\n    <serial type='pty'/>\n    <console type='pty'/>\n`,
      ),
    );
    expect(facts).toMatchObject({
      uuid,
      name: 'a',
      title: 'T',
      vcpus: 1,
      memoryKiB: 64 * 1024,
      type: 'qemu',
      machine: 'q35',
      macs: ['52:54:00:00:00:01'],
      consoles: [{ alias: 'serial0', label: 'Serial 1', interactive: true }],
      lifecycle: { onPoweroff: 'destroy', onReboot: 'destroy', onCrash: 'destroy' },
    });
  });

  it('say which operating system their metadata names', () => {
    const metadata = `  <metadata><o:libosinfo xmlns:o='http://libosinfo.org/xmlns/libvirt/domain/1.0'><o:os id='http://debian.org/debian/12'/></o:libosinfo></metadata>\n`;
    expect(factsOfDefinition(xml(metadata)).os).toBe('http://debian.org/debian/12');
    expect(factsOfDefinition(xml())).not.toHaveProperty('os');
  });

  it('say where each NIC is plugged, by what its source names', () => {
    const nics = [
      `<interface type='bridge'><source bridge='br0'/></interface>`,
      `<interface type='ethernet'><target dev='tap10'/></interface>`,
      `<interface type='ethernet'/>`,
      `<interface type='direct'><source dev='eth0' mode='bridge'/></interface>`,
      `<interface type='network'><source network='lab'/></interface>`,
      `<interface type='user'/>`,
    ];
    expect(factsOfDefinition(xml('', nics.join('\n'))).networks).toEqual([
      { type: 'bridge', source: 'br0' },
      { type: 'ethernet', source: 'tap10' },
      { type: 'ethernet', source: null },
      { type: 'direct', source: 'eth0' },
      { type: 'network', source: 'lab' },
      { type: 'user', source: null },
    ]);
  });

  it('count a console without a serial port as the first port, and a port into a file as read-only', () => {
    expect(factsOfDefinition(xml('', `    <console type='pty'/>\n`)).consoles).toMatchObject([{ alias: 'serial0', interactive: true }]);
    expect(factsOfDefinition(xml('', `    <serial type='file'>\n      <source path='/x'/>\n    </serial>\n`)).consoles).toMatchObject([
      { alias: 'serial0', interactive: false },
    ]);
  });

  it('are refused with path and line when they break a rule', () => {
    expect(() => factsOfDefinition(xml().replace('>64<', '>much<'))).toThrow(
      expect.objectContaining({
        data: expect.objectContaining({ code: 'xml-invalid', path: '/domain/memory', line: 4 }) as unknown,
      }) as Error,
    );
    expect(() => identifyDefinition('<pool/>')).toThrow('begins with <domain>');
    expect(() => identifyDefinition('<domain><name>a</name></domain>')).toThrow('<uuid>');
    expect(identifyDefinition(`<domain><name>a</name><uuid>${uuid.toUpperCase()}</uuid><memory>nonsense</memory></domain>`)).toEqual({
      uuid,
      name: 'a',
    });
  });

  it('say UTF-8 of themselves, which they are kept in', () => {
    const declared = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?>\n${xml('  <title>ä</title>\n')}`;
    expect(completeDefinition(declared('ISO-8859-1'))).toBe(declared('UTF-8'));
    expect(completeDefinition(declared('utf-8'))).toBe(declared('utf-8'));
  });

  it('get a UUID and MACs where they have none, and stay as they are otherwise', () => {
    const bare = xml(
      '',
      `    <interface type='user'/>\n    <interface type='user'>\n      <model type='virtio'/>\n    </interface>\n`,
    ).replace(`  <uuid>${uuid}</uuid>\n`, '');
    const completed = completeDefinition(bare);
    const { macs, uuid: made } = factsOfDefinition(completed);
    expect(made).toMatch(/^[0-9a-f-]{36}$/);
    expect(macs).toHaveLength(2);
    expect(new Set(macs).size).toBe(2);
    expect(completeDefinition(completed)).toBe(completed);
    expect(completeDefinition(xml())).toBe(xml());
  });

  it('are renamed in their own text', () => {
    expect(renameDefinition(xml(), 'b & c')).toBe(xml().replace('<name>a<', '<name>b &amp; c<'));
  });

  it('tell their images', () => {
    const disk = (source: string) => `    <disk>\n      <source ${source}/>\n      <target dev='vda'/>\n    </disk>\n`;
    expect(imagesOfDefinition(xml('', disk(`file='/a.img'`)))).toEqual(['/a.img']);
    expect(imagesOfDefinition('<')).toEqual([]);
  });
});

it.each([
  ['CR LF', '\r\n'],
  ['LF', '\n'],
])('a definition with %s is completed, renamed and read as inactive with its own line ends', (_, end) => {
  const xml = [
    "<domain type='kvm' id='3'>",
    '  <name>a</name>',
    '  <memory>1024</memory>',
    '  <os><type>hvm</type></os>',
    '  <devices>',
    "    <interface type='user'/>",
    "    <interface type='user'>",
    "      <model type='virtio'/>",
    '    </interface>',
    '  </devices>',
    '</domain>',
    '',
  ].join(end);
  const completed = completeDefinition(xml);
  expect(completed.match(/<mac /g)).toHaveLength(2);
  for (const text of [completed, renameDefinition(completed, 'b'), inactiveOf(completed)])
    expect(new Set(text.match(/\r\n|\r|\n/g))).toEqual(new Set([end]));
});
