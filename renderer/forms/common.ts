// What the small forms share: a pattern for a choice, and questions to the definition that a device is added to.
import { at, type FieldSpec } from './field-spec.ts';
import { attributeValue, childElements, firstChild, type XmlDocument, type XmlElement } from '../../shared/domain-xml/xml/nodes.ts';
import { readPlace } from '../xml/edits.ts';

/**
 * A choice between the values of one place. `hints` says a sentence on the chosen one; '' is what no value means.
 * A value that isn't among the words (somebody wrote it in the XML) is shown and kept.
 */
export function choice(
  id: string,
  label: string,
  place: string,
  words: Readonly<Record<string, string>>,
  more: Partial<FieldSpec> & { readonly hints?: Readonly<Record<string, string>>; readonly element?: XmlElement } = {},
): FieldSpec {
  const { hints, element, ...rest } = more;
  const hint = element && hints?.[readPlace(element, place) ?? ''];
  return {
    id,
    label,
    kind: 'select',
    width: 220,
    ...at(place),
    options: Object.entries(words).map(([value, word]) => ({ value, label: word })),
    ...(hint === undefined ? {} : { hint }),
    ...rest,
  };
}

/** Devices of a kind in a definition. */
export function devicesNamed(document: XmlDocument, name: string): readonly XmlElement[] {
  const devices = firstChild(document.root, 'devices');
  return devices ? childElements(devices, name) : [];
}

/** Refuses a second device of a kind: `what` names the first one (`a TPM`). */
export function onlyOne(name: string, what: string) {
  return (document: XmlDocument): string | undefined =>
    devicesNamed(document, name).length > 0 ? `This machine has ${what} already` : undefined;
}

/** `Sound`, `Sound 2`, …: `index` counts from 0. */
export function numbered(word: string) {
  return (_element: XmlElement, index: number): string => (index === 0 ? word : `${word} ${String(index + 1)}`);
}

/** The model that a device names, wherever its kind keeps it. */
export function modelOf(element: XmlElement): string | undefined {
  return attributeValue(element, 'model') ?? readPlace(element, 'model/@type') ?? readPlace(element, 'model/@name');
}

/** Is the machine a q35 (PCI Express, ICH9), by its type in the definition. */
export function isQ35(document: XmlDocument): boolean {
  return (readPlace(document.root, 'os/type/@machine') ?? '').includes('q35');
}

/** The virtio models: the plain one lets the machine type decide (formatdomain, "Virtio-related options"). */
export const virtioModels: Readonly<Record<string, string>> = {
  virtio: 'virtio',
  'virtio-transitional': 'virtio-transitional: for old drivers',
  'virtio-non-transitional': 'virtio-non-transitional: 1.0 only',
};
