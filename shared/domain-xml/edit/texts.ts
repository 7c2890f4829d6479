import { applySplices, indentOf, insertionSplice, layoutOf, removalSplice, attributeSplice, type Splice } from '../xml/edit.ts';
import { fragment } from '../xml/fragment.ts';
import { childElements, firstChild, type XmlDocument, type XmlElement } from '../xml/nodes.ts';
import { parseXml } from '../xml/parse.ts';
import { elementAt, pathOf } from '../xml/path.ts';
import { predecessor } from './order.ts';

const lineEnds = /\r\n|\r|\n/;

/** The line end in front of an element's line, where it begins one: what is written in its place ends its lines so too. */
const lineEndAt = (document: XmlDocument, element: XmlElement): string =>
  /(\r\n|\r|\n)[ \t]*$/.exec(document.text.slice(0, element.start))?.[1] ?? layoutOf(document).lineEnd;

/** The lines of a text, those behind the first at `indent`. */
const laid = (text: string, indent: string, lineEnd: string): string =>
  text
    .trim()
    .split(lineEnds)
    .map((line, index) => (index === 0 || line.trim() === '' ? line : indent + line))
    .join(lineEnd);

/** The text of an element as it stands in its document, its lines moved to the left margin. Line ends are LF, as everywhere in the window. */
export function textOf(document: XmlDocument, element: XmlElement): string {
  const indent = indentOf(document, element);
  return document.text
    .slice(element.start, element.end)
    .split(lineEnds)
    .map((line, index) => (index > 0 && line.startsWith(indent) ? line.slice(indent.length) : line))
    .join('\n');
}

/** Puts another text in the place of an element: indented as it was, with the line ends of that place. @throws TapestryError as parseXml */
export function withReplaced(document: XmlDocument, element: XmlElement, text: string): XmlDocument {
  const own = laid(text, indentOf(document, element), lineEndAt(document, element));
  return applySplices(document, [{ start: element.start, end: element.end, text: own }]);
}

/** Takes an element away, with the lines that it has for itself. */
export function withoutElement(document: XmlDocument, element: XmlElement): XmlDocument {
  return applySplices(document, [removalSplice(document, element)]);
}

const standIn = 'tapestry-new-element';

/**
 * Adds a child (its text) where libvirt has it: behind the last of its name, else behind what comes before it. The document's layout decides
 * how, with its own line ends.
 * @throws TapestryError as parseXml, where the text isn't well-formed
 */
export function withChildText(document: XmlDocument, parent: XmlElement, text: string): XmlDocument {
  const { name } = parseXml(text.trim()).root;
  // A stand-in is inserted first, so that the layout rules of the document decide; then the text takes its place.
  const marked = applySplices(document, [insertionSplice(document, parent, predecessor(parent, name), [fragment(standIn)])]);
  const mark = childElements(elementAt(marked, pathOf(parent)) ?? marked.root, standIn)[0];
  return mark === undefined ? document : withReplaced(marked, mark, text);
}

/** Adds a device (its text) behind the last of its kind; makes `<devices>` where there is none. @throws TapestryError as parseXml */
export function withDevice(document: XmlDocument, device: string): XmlDocument {
  const { root } = document;
  const ready =
    firstChild(root, 'devices') === undefined
      ? applySplices(document, [insertionSplice(document, root, predecessor(root, 'devices'), [fragment('devices')])])
      : document;
  const devices = firstChild(ready.root, 'devices');
  return devices === undefined ? document : withChildText(ready, devices, device);
}

/** Sets an attribute of a child that is made, where libvirt has it, when it is missing. */
export function childAttribute(document: XmlDocument, parent: XmlElement, child: string, name: string, value: string): Splice[] {
  const element = firstChild(parent, child);
  if (element !== undefined) return attributeSplice(document, element, name, value);
  return [insertionSplice(document, parent, predecessor(parent, child), [fragment(child, { [name]: value })])];
}
