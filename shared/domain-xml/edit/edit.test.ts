import { describe, expect, it } from 'vitest';
import { randomFrom } from '../testing/random.ts';
import { sampleDomain } from '../testing/sample.ts';
import { childElements, firstChild, type XmlDocument, type XmlElement } from '../xml/nodes.ts';
import { parseXml } from '../xml/parse.ts';
import { pathOf } from '../xml/path.ts';
import { elementOrder } from '../../domain/device-kinds.ts';
import { applySplices } from '../xml/edit.ts';
import { setName, setUuid } from '../write/domain.ts';
import { withSetAside } from '../set-aside.ts';
import { editElement } from './places.ts';
import { childAttribute, textOf, withChildText, withDevice, withoutElement, withReplaced } from './texts.ts';

const nic = "<interface type='user'>\n  <mac address='52:54:00:00:00:09'/>\n\n  <model type='virtio'/>\n</interface>";

const devicesOf = (document: XmlDocument): readonly XmlElement[] => {
  const devices = firstChild(document.root, 'devices');
  return devices === undefined ? [] : childElements(devices);
};

/** Every kind of edit, at a device of the document. */
const edits: readonly ((document: XmlDocument, device: XmlElement) => XmlDocument)[] = [
  (document) => withDevice(document, nic),
  (document) => withDevice(document, '<rng model="virtio"><backend model="builtin"/></rng>'),
  (document, device) => withoutElement(document, device),
  (document, device) => withReplaced(document, device, `<${device.name}>\r\n  <x/>\n</${device.name}>`),
  (document, device) => withReplaced(document, device, textOf(document, device)),
  (document, device) => withChildText(document, device, "<alias name='ua-a'/>"),
  (document, device) => applySplices(document, childAttribute(document, device, 'mtu', 'size', '9000')),
  (document, device) =>
    parseXml(
      editElement(document.text, pathOf(device), [
        { place: 'driver/@cache', value: 'none' },
        { place: 'a/b/@c', value: '1' },
      ]),
    ),
  (document) => withSetAside(document, ['/domain/cputune', '/domain/devices/vsock']),
  (document) => setName(document, 'another'),
  (document) =>
    setUuid(withoutElement(document, firstChild(document.root, 'uuid') ?? document.root), 'c7a5fdbd-edaf-9455-926a-d65c16db1800'),
];

const breaks = (text: string): readonly string[] => text.match(/\r\n|\r|\n/g) ?? [];

/** The parts of two texts that an edit didn't touch: what both begin and end with. */
const untouched = (before: string, after: string): number => {
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  return head + tail;
};

describe('an edit', () => {
  it.each([
    ['CR LF', '\r\n'],
    ['LF', '\n'],
    ['CR', '\r'],
  ])('of a file with %s keeps its line ends', (_, end) => {
    const document = parseXml(sampleDomain.replaceAll('\n', end));
    for (const edit of edits)
      for (const device of devicesOf(document)) expect([...new Set(breaks(edit(document, device).text))]).toEqual([end]);
  });

  it('of a file with several line ends changes the place edited, and nothing before or behind it', () => {
    const random = randomFrom(20_261);
    for (let round = 0; round < 20; round += 1) {
      const document = parseXml(sampleDomain.replaceAll('\n', () => ['\r\n', '\n', '\r'][random(3)] ?? '\n'));
      for (const edit of edits) {
        for (const device of devicesOf(document)) {
          const after = edit(document, device).text;
          // What isn't left is the device itself, or a name, an UUID: never the rest of the file.
          const changed = document.text.length - untouched(document.text, after);
          expect(changed).toBeLessThanOrEqual(Math.max(device.end - device.start + 40, 60));
        }
      }
    }
  });

  it('writes a device back as it was, in a file with one kind of line ends', () => {
    for (const end of ['\r\n', '\n', '\r']) {
      const document = parseXml(sampleDomain.replaceAll('\n', end));
      for (const device of devicesOf(document)) expect(withReplaced(document, device, textOf(document, device)).text).toBe(document.text);
    }
  });
});

describe('libvirt’s order', () => {
  it('places a device among the others, whatever comes first', () => {
    const names = ['vsock', 'rng', 'disk', 'crypto', 'serial', 'interface', 'memballoon', 'tpm', 'disk'];
    const document = names.reduce((text, name) => withDevice(text, `<${name}/>`), parseXml('<domain>\n  <name>a</name>\n</domain>'));
    const place = (name: string) => (elementOrder as readonly string[]).indexOf(name);
    expect(devicesOf(document).map(({ name }) => name)).toEqual(names.toSorted((a, b) => place(a) - place(b)));
  });

  it('places the parts of a NIC, and puts what nobody knows behind', () => {
    const parts = ['address', 'model', 'link', 'unknown', 'mac', 'source', 'alias', 'bandwidth'];
    const document = parts.reduce((text, name) => withChildText(text, text.root, `<${name}/>`), parseXml("<interface type='bridge'/>"));
    expect(childElements(document.root).map(({ name }) => name)).toEqual([
      'mac',
      'source',
      'bandwidth',
      'model',
      'link',
      'alias',
      'address',
      'unknown',
    ]);
  });
});
