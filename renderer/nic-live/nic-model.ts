import { interfaceTypes, type Interface, type InterfaceType } from '../../shared/domain/interface.ts';
import { contextOf, defaultNicModel, isVirtioNicModel, readDevice, updateInterface } from '../../shared/domain-xml/index.ts';
import type { Problem } from '../../shared/domain-xml/index.ts';
import { attributeValue, type XmlDocument, type XmlElement } from '../../shared/domain-xml/xml/nodes.ts';
import { pathOf } from '../../shared/domain-xml/xml/path.ts';
import type { FormContext } from '../forms/field-spec.ts';
import { readPlace } from '../xml/edits.ts';

interface ReadNic {
  readonly nic: Interface | undefined;
  readonly problems: readonly Problem[];
  readonly unclaimed: readonly string[];
}

// A form asks for the same element many times in one rendering.
const known = new WeakMap<XmlElement, ReadNic>();

/** The typed NIC of an element, what is wrong with it, and what nobody understands in it. */
export function readNic(document: XmlDocument, element: XmlElement): ReadNic {
  const before = known.get(element);
  if (before) return before;
  const { device, problems, unclaimed } = readDevice(document, element, contextOf(document));
  const read: ReadNic = { nic: device?.kind === 'interface' ? device : undefined, problems, unclaimed };
  known.set(element, read);
  return read;
}

/** The source type; libvirt takes none as `user`. */
export function typeOf(element: XmlElement): string {
  return attributeValue(element, 'type') ?? 'user';
}

/** The model that the NIC has, or gets when it is defined. */
export function modelOf(context: Pick<FormContext, 'document' | 'element'>): string {
  const { arch, machine } = contextOf(context.document);
  return readPlace(context.element, 'model/@type') ?? defaultNicModel(typeOf(context.element), arch, machine) ?? '';
}

/** Is the model one of the virtio flavours (the only ones with queues and driver options)? */
export function isVirtio(context: Pick<FormContext, 'document' | 'element'>): boolean {
  return isVirtioNicModel(modelOf(context));
}

/** Writes an edited NIC over the form's one: only what differs changes in the text. */
export function writeNic(context: FormContext, nic: Interface): void {
  context.setText(updateInterface(context.document, pathOf(context.element), nic).text);
}

/** The source type as one of libvirt's; undefined for a word of somebody else. */
export function knownType(element: XmlElement): InterfaceType | undefined {
  const type = typeOf(element);
  return interfaceTypes.find((one) => one === type);
}
