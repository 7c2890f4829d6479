import { attributeValue, childElements, firstChild, type XmlDocument, type XmlElement } from '../../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { aliasOf } from '../live-xml.ts';

const childValue = (element: XmlElement, child: string, attribute: string): string | undefined => {
  const found = firstChild(element, child);
  return found === undefined ? undefined : attributeValue(found, attribute);
};

/** A PCI or drive address with its numbers as numbers, so that 0x03 and 3 are one; undefined without one. */
const placeOf = (element: XmlElement): string | undefined => {
  const address = firstChild(element, 'address');
  const type = address === undefined ? undefined : attributeValue(address, 'type');
  if (address === undefined || type === undefined) return undefined;
  const parts = address.attributes
    .filter(({ name }) => name !== 'type' && name !== 'multifunction')
    .map(({ name, value }) => `${name}=${Number(value)}`);
  return parts.length === 0 ? undefined : `${type} ${parts.toSorted().join(' ')}`;
};

/** MAC in one spelling: lower case, two digits a group. */
export const macOf = (element: XmlElement): string | undefined =>
  childValue(element, 'mac', 'address')
    ?.toLowerCase()
    .split(':')
    .map((group) => group.padStart(2, '0'))
    .join(':');

/** What tells one device from another of its kind, best first: a disk by its target, a NIC by its MAC, others by place or alias. */
const marksOf = (element: XmlElement): readonly (readonly [name: string, value: string | undefined])[] => {
  const common = [['alias', aliasOf(element)] as const, ['address', placeOf(element)] as const];
  if (element.name === 'interface') return [['MAC', macOf(element)], ...common];
  if (element.name === 'disk') return [['target', childValue(element, 'target', 'dev')], ...common];
  return common;
};

/** Devices of a document, in order. */
export const devicesOf = (document: XmlDocument): readonly XmlElement[] => {
  const devices = firstChild(document.root, 'devices');
  return devices === undefined ? [] : childElements(devices);
};

/** The device with this alias. @throws TapestryError `not-found` */
export const findAlias = (document: XmlDocument, alias: string): XmlElement => {
  const found = devicesOf(document).find((device) => aliasOf(device) === alias);
  if (found === undefined)
    throw new TapestryError('not-found', `The running machine has no device ${alias}.`, { next: 'Look at the machine’s present XML.' });
  return found;
};

/**
 * Finds the device that an XML fragment means. Every mark that both have (MAC or target, alias, address) must agree, and exactly one
 * device may be left; a fragment without any mark means the only device of its kind (libvirt's rules for update-device and detach-device).
 *
 * @throws TapestryError `not-found` when none fits or several do
 */
export const findDevice = (document: XmlDocument, wanted: XmlElement): XmlElement => {
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
};
