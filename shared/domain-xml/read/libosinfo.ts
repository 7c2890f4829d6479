import { attributeValue, childElements, firstChild, type XmlElement } from '../xml/nodes.ts';

/** The namespace under which libosinfo's tools keep a machine's operating system in `<metadata>` (virt-install, virt-manager, GNOME Boxes). */
export const libosinfoNamespace = 'http://libosinfo.org/xmlns/libvirt/domain/1.0';

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/** The operating system that a definition's metadata names, by osinfo's id; undefined where it names none. @param root `<domain>` */
export function osinfoIdOf(root: XmlElement): string | undefined {
  const metadata = firstChild(root, 'metadata');
  const named = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
    element && childElements(element).find((child) => child.namespace === libosinfoNamespace && localName(child.name) === name);
  const os = named(named(metadata, 'libosinfo'), 'os');
  const id = os && attributeValue(os, 'id');
  return id === undefined || id === '' ? undefined : id;
}
