import { predecessor } from '../edit/order.ts';
import { applySplices, insertionSplice, textSplice } from '../xml/edit.ts';
import { fragment, type Fragment } from '../xml/fragment.ts';
import { firstChild, textContent, type XmlDocument } from '../xml/nodes.ts';

const insertTop = (document: XmlDocument, child: Fragment): XmlDocument =>
  applySplices(document, [insertionSplice(document, document.root, predecessor(document.root, child.name), [child])]);

/** Sets the text of a child of `<domain>`. */
const setText = (document: XmlDocument, name: string, text: string): XmlDocument => {
  const element = firstChild(document.root, name);
  if (element === undefined) return insertTop(document, fragment(name, {}, text));
  return textContent(element) === text ? document : applySplices(document, textSplice(element, text));
};

/** Renames the machine. */
export function setName(document: XmlDocument, name: string): XmlDocument {
  return setText(document, 'name', name);
}

/** Sets the UUID, lower case with dashes. */
export function setUuid(document: XmlDocument, uuid: string): XmlDocument {
  return setText(document, 'uuid', uuid);
}
