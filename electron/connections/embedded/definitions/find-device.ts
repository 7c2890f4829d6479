import { childElements, firstChild, type XmlDocument, type XmlElement } from '../../../../shared/domain-xml/index.ts';
import { elementMarks } from '../../../../shared/domain-xml/device-identity.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { aliasOf } from './live-xml.ts';

/** MAC of a NIC in one spelling. */
export function macOf(element: XmlElement): string | undefined {
  return element.name === 'interface' ? elementMarks(element).target : undefined;
}

const targetWords: Readonly<Record<string, string>> = {
  interface: 'MAC',
  serial: 'port',
  parallel: 'port',
  console: 'port',
  channel: 'name',
};

/** What tells one device from another of its kind, best first: a disk by its target, a NIC by its MAC, a port by its number; all by alias or place. */
const marksOf = (element: XmlElement): readonly (readonly [name: string, value: string | undefined])[] => {
  const { target, alias, address } = elementMarks(element);
  return [
    [targetWords[element.name] ?? 'target', target],
    ['alias', alias],
    ['address', address],
  ];
};

/** Devices of a document, in order. */
export function devicesOf(document: XmlDocument): readonly XmlElement[] {
  const devices = firstChild(document.root, 'devices');
  return devices === undefined ? [] : childElements(devices);
}

/** The device with this alias. @throws TapestryError `not-found` */
export function findAlias(document: XmlDocument, alias: string): XmlElement {
  const found = devicesOf(document).find((device) => aliasOf(device) === alias);
  if (found === undefined)
    throw new TapestryError('not-found', `The running machine has no device ${alias}.`, { next: 'Look at the machine’s present XML.' });
  return found;
}

/**
 * Finds the device that an XML fragment means. Every mark that both have (MAC or target, alias, address) must agree, and exactly one
 * device may be left; a fragment without any mark means the only device of its kind (libvirt's rules for update-device and detach-device).
 *
 * @throws TapestryError `not-found` when none fits or several do
 */
export function findDevice(document: XmlDocument, wanted: XmlElement): XmlElement {
  const marks = marksOf(wanted).filter(([, value]) => value !== undefined);
  const candidates = devicesOf(document).filter((device) => {
    if (device.name !== wanted.name) return false;
    const theirs = new Map(marksOf(device));
    return marks.every(([name, value]) => theirs.get(name) === undefined || theirs.get(name) === value);
  });
  const [found, second] = candidates;
  const described =
    marks.length === 0 ? `<${wanted.name}>` : `<${wanted.name}> with ${marks.map(([name, value]) => `${name} ${value}`).join(', ')}`;
  if (found === undefined)
    throw new TapestryError('not-found', `The machine has no ${described}.`, { next: 'Look at the machine’s present XML.' });
  if (second !== undefined) {
    throw new TapestryError('not-found', `Several devices of the machine fit ${described}.`, {
      next: 'Give the alias or the address too, so that only one fits.',
    });
  }
  return found;
}
