import {
  attributeValue,
  childElements,
  firstChild,
  parseXml,
  type XmlDocument,
  type XmlElement,
} from '../../../../shared/domain-xml/index.ts';
import {
  applySplices,
  attributeSplice,
  indentOf,
  insertionSplice,
  removalSplice,
  type Splice,
} from '../../../../shared/domain-xml/xml/edit.ts';
import { fragment } from '../../../../shared/domain-xml/xml/fragment.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { childAttribute } from './live-xml.ts';
import { devicesOf } from './find-device.ts';

/** The text of an element as it stands in its document, its lines shifted so that the first one's indentation is none. */
export function textOf(document: XmlDocument, element: XmlElement): string {
  const indent = indentOf(document, element);
  return document.text
    .slice(element.start, element.end)
    .split('\n')
    .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
    .join('\n');
}

const indented = (text: string, indent: string): string =>
  text
    .trim()
    .split('\n')
    .map((line, index) => (index === 0 || line.trim() === '' ? line : indent + line))
    .join('\n');

/** Adds a device behind the last of its kind, else as the last device. @param device the element's text */
export function withDevice(xml: string, device: string): string {
  const document = parseXml(xml);
  const devices = firstChild(document.root, 'devices');
  if (devices === undefined) throw new TapestryError('xml-invalid', 'The machine has no <devices>.', { path: '/domain/devices' });
  const { name } = parseXml(device).root;
  const after = childElements(devices, name).at(-1) ?? childElements(devices).at(-1);
  if (after === undefined) {
    const empty = insertionSplice(document, devices, undefined, [fragment('placeholder')]);
    const placed = applySplices(document, [empty]);
    const placeholder = firstChild(firstChild(placed.root, 'devices') ?? placed.root, 'placeholder');
    return placeholder === undefined ? placed.text : replaceElement(placed, placeholder, device);
  }
  const indent = indentOf(document, after);
  return applySplices(document, [{ start: after.end, end: after.end, text: `\n${indent}${indented(device, indent)}` }]).text;
}

/** Removes an element with its lines. */
export function withoutElement(document: XmlDocument, element: XmlElement): string {
  return applySplices(document, [removalSplice(document, element)]).text;
}

/** Puts another text in the place of an element. */
export function replaceElement(document: XmlDocument, element: XmlElement, text: string): string {
  return applySplices(document, [{ start: element.start, end: element.end, text: indented(text, indentOf(document, element)) }]).text;
}

/** Gives a device (a fragment's text) an alias. */
export function withAlias(device: string, alias: string): string {
  const document = parseXml(device);
  return applySplices(document, childAttribute(document, document.root, 'alias', 'name', alias)).text;
}

/** Puts a device without an address on a PCI bus, at its first slot. @param bus the controller's index */
export function withPciBus(device: string, bus: number): string {
  const document = parseXml(device);
  const address = fragment('address', { type: 'pci', domain: '0', bus: String(bus), slot: '0', function: '0' });
  return applySplices(document, [insertionSplice(document, document.root, undefined, [address])]).text;
}

/** Sets the MAC of a NIC that has none. */
export function withMac(device: string, mac: string): string {
  const document = parseXml(device);
  const element = firstChild(document.root, 'mac');
  const splices: Splice[] =
    element === undefined
      ? [insertionSplice(document, document.root, undefined, [fragment('mac', { address: mac })])]
      : attributeValue(element, 'address') === undefined
        ? attributeSplice(document, element, 'address', mac)
        : [];
  return applySplices(document, splices).text;
}

/** What a replacement takes over from the device it replaces when it doesn't say it itself: its place, its own alias, ROM and boot order. */
const kept = ['address', 'alias', 'rom', 'boot'];

/** A device's new text, completed with what stays of the one it replaces. @param more elements that stay too */
export function completedFrom(device: string, document: XmlDocument, old: XmlElement, more: readonly string[] = []): string {
  let text = device;
  for (const name of [...more, ...kept]) {
    const element = firstChild(old, name);
    if (element === undefined || firstChild(parseXml(text).root, name) !== undefined) continue;
    const now = parseXml(text);
    const last = childElements(now.root).at(-1);
    const piece = textOf(document, element);
    if (last === undefined) continue;
    text = applySplices(now, [{ start: last.end, end: last.end, text: `\n  ${piece}` }]).text;
  }
  return text;
}

/** Aliases in use, by the running machine's XML. */
export function aliasesOf(document: XmlDocument): ReadonlySet<string> {
  const aliases = devicesOf(document).flatMap((device) => {
    const alias = firstChild(device, 'alias');
    const name = alias === undefined ? undefined : attributeValue(alias, 'name');
    return name === undefined ? [] : [name];
  });
  return new Set(aliases);
}

/** The next alias with this prefix: one above the highest in use, as libvirt counts (holes aren't filled). */
export function nextAlias(document: XmlDocument, prefix: string): string {
  const numbers = [...aliasesOf(document)].flatMap((alias) => {
    const rest = alias.startsWith(prefix) ? alias.slice(prefix.length) : '';
    return /^\d+$/.test(rest) ? [Number(rest)] : [];
  });
  return `${prefix}${Math.max(-1, ...numbers) + 1}`;
}
