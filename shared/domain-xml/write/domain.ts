import type { Domain } from '../../domain/domain.ts';
import { predecessor } from '../edit/order.ts';
import { readDomain } from '../read/read-domain.ts';
import { applySplices, attributeSplice, insertionSplice, textSplice } from '../xml/edit.ts';
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

const setKiB = (document: XmlDocument, name: string, kib: number, was: number): XmlDocument => {
  const element = firstChild(document.root, name);
  if (element === undefined) return insertTop(document, fragment(name, { unit: 'KiB' }, String(kib)));
  // A size that stays keeps its unit.
  if (kib === was) return document;
  return applySplices(document, [...attributeSplice(document, element, 'unit', 'KiB'), ...textSplice(element, String(kib))]);
};

/**
 * Sets the memory, KiB. `current` (what the balloon leaves) defaults to what the XML says, or `size` where that was the same as
 * the old size; it is never more than `size`.
 */
export function setMemory(document: XmlDocument, size: number, current?: number): XmlDocument {
  const { memory } = readDomain(document).domain;
  const wanted = Math.min(size, current ?? (memory.current === memory.size ? size : memory.current));
  const sized = setKiB(document, 'memory', size, memory.size);
  if (firstChild(sized.root, 'currentMemory') === undefined && wanted === size) return sized;
  return setKiB(sized, 'currentMemory', wanted, memory.current);
}

/** The domain of a document, for callers that don't need the problems. */
export function domainOf(document: XmlDocument, live = false): Domain {
  return readDomain(document, { live }).domain;
}
