import { attributeValue, firstChild, parseXml, type XmlDocument, type XmlElement } from '../../../../shared/domain-xml/index.ts';
import { childAttribute, textOf, withChildText } from '../../../../shared/domain-xml/edit/texts.ts';
import { applySplices } from '../../../../shared/domain-xml/xml/edit.ts';
import { devicesOf } from './find-device.ts';

/** Gives a device (a fragment's text) an alias. */
export function withAlias(device: string, alias: string): string {
  const document = parseXml(device);
  return applySplices(document, childAttribute(document, document.root, 'alias', 'name', alias)).text;
}

/** Puts a device without an address on a PCI bus, at its first slot. @param bus the controller's index */
export function withPciBus(device: string, bus: number): string {
  const document = parseXml(device);
  return withChildText(document, document.root, `<address type='pci' domain='0' bus='${bus}' slot='0' function='0'/>`).text;
}

/** Sets the MAC of a NIC that has none. */
export function withMac(device: string, mac: string): string {
  const document = parseXml(device);
  const element = firstChild(document.root, 'mac');
  if (element !== undefined && attributeValue(element, 'address') !== undefined) return document.text;
  return applySplices(document, childAttribute(document, document.root, 'mac', 'address', mac)).text;
}

/** What a replacement takes over from the device it replaces when it doesn't say it itself: its place, its own alias, ROM and boot order. */
const kept = ['address', 'alias', 'rom', 'boot'];

/** A device's new text, completed with what stays of the one it replaces. @param more elements that stay too */
export function completedFrom(device: string, document: XmlDocument, old: XmlElement, more: readonly string[] = []): string {
  let now = parseXml(device);
  for (const name of [...more, ...kept]) {
    const element = firstChild(old, name);
    if (element === undefined || firstChild(now.root, name) !== undefined) continue;
    now = withChildText(now, now.root, textOf(document, element));
  }
  return now.text;
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
