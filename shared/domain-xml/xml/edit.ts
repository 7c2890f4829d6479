import { escapeAttribute, escapeText } from './characters.ts';
import { libvirtLayout, renderFragment, type Fragment, type Layout } from './fragment.ts';
import { childElements, type XmlDocument, type XmlElement } from './nodes.ts';
import { parseXml } from './parse.ts';

/** Replacement of the characters `start`..`end` of a document's text. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Applies splices, none of which overlap, and reads the result. Splices at the same place are applied in their order.
 *
 * @throws TapestryError as {@link parseXml} when the result isn't well-formed (a caller's mistake)
 */
export function applySplices(document: XmlDocument, splices: readonly Splice[]): XmlDocument {
  if (splices.length === 0) return document;
  const ordered = splices.map((splice, index) => ({ ...splice, index })).toSorted((a, b) => a.start - b.start || a.index - b.index);
  let text = '';
  let from = 0;
  for (const splice of ordered) {
    text += document.text.slice(from, splice.start) + splice.text;
    from = splice.end;
  }
  return parseXml(text + document.text.slice(from));
}

const lineEndOf = (text: string): string => /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';

/** White space from the line's start to `offset`, or undefined when something else stands there. */
const blankBefore = (text: string, offset: number): string | undefined => {
  const lineStart = Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;
  const before = text.slice(lineStart, offset);
  return /^[ \t]*$/.test(before) ? before : undefined;
};

/** Indentation of the line an element begins on. */
export function indentOf(document: XmlDocument, element: XmlElement): string {
  const { text } = document;
  const lineStart = Math.max(text.lastIndexOf('\n', element.start - 1), text.lastIndexOf('\r', element.start - 1)) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, element.start))?.[0] ?? '';
}

/** How this document is laid out: its step, line ends and quotes, as its first indented element and first attribute show them. */
export function layoutOf(document: XmlDocument): Layout {
  const { text, root } = document;
  const outer = indentOf(document, root);
  const inner = childElements(root)
    .map((child) => blankBefore(text, child.start))
    .find((indent) => indent !== undefined && indent.length > outer.length && indent.startsWith(outer));
  const quote = /=[ \t\r\n]*(["'])/.exec(text.slice(root.start))?.[1];
  return { step: inner?.slice(outer.length) ?? libvirtLayout.step, lineEnd: lineEndOf(text), quote: quote === '"' ? '"' : "'" };
}

/** Sets an attribute's value, keeping its quotes and place; a new one goes behind the others. Undefined removes it. */
export function attributeSplice(document: XmlDocument, element: XmlElement, name: string, value: string | undefined): Splice[] {
  const { text } = document;
  const attribute = element.attributes.find((candidate) => candidate.name === name);
  if (attribute === undefined) {
    if (value === undefined) return [];
    const at = element.attributes.at(-1)?.end ?? element.start + 1 + element.name.length;
    const { quote } = layoutOf(document);
    return [{ start: at, end: at, text: ` ${name}=${quote}${escapeAttribute(value, quote)}${quote}` }];
  }
  if (value === undefined) {
    let { start } = attribute;
    while (/[ \t\r\n]/.test(text[start - 1] ?? '')) start -= 1;
    return [{ start, end: attribute.end, text: '' }];
  }
  if (value === attribute.value) return [];
  const quote = text[attribute.valueEnd] === '"' ? '"' : "'";
  return [{ start: attribute.valueStart, end: attribute.valueEnd, text: escapeAttribute(value, quote) }];
}

/** Replaces an element's character data and keeps its comments and elements. */
export function textSplice(element: XmlElement, value: string): Splice[] {
  if (element.selfClosing)
    return value === '' ? [] : [{ start: element.openEnd - 2, end: element.end, text: `>${escapeText(value)}</${element.name}>` }];
  const data = element.children.filter((node) => node.kind === 'text' || node.kind === 'cdata');
  const [first, ...others] = data;
  if (first === undefined) return [{ start: element.openEnd, end: element.openEnd, text: escapeText(value) }];
  return [{ start: first.start, end: first.end, text: escapeText(value) }, ...others.map(({ start, end }) => ({ start, end, text: '' }))];
}

/** Removes an element and, where nothing else stands on them, its lines. */
export function removalSplice(document: XmlDocument, element: XmlElement): Splice {
  const { text } = document;
  const before = blankBefore(text, element.start);
  const after = /^[ \t]*(\r\n|\r|\n|$)/.exec(text.slice(element.end));
  if (before === undefined || after === null) return { start: element.start, end: element.end, text: '' };
  // The line break before goes and the one behind stays, so that the parent's end tag keeps its line.
  let start = element.start - before.length;
  if (text[start - 1] === '\n') start -= text[start - 2] === '\r' ? 2 : 1;
  else if (text[start - 1] === '\r') start -= 1;
  return { start, end: element.end + (after[0].length - (after[1]?.length ?? 0)), text: '' };
}

/**
 * Inserts fragments as children, in their order: behind `after` (undefined: before the first child), each on a line of its
 * own with the indentation of its siblings, or in their line where all of them stand in one. An empty parent is opened for them.
 */
export function insertionSplice(
  document: XmlDocument,
  parent: XmlElement,
  after: XmlElement | undefined,
  fragments: readonly Fragment[],
): Splice {
  const layout = layoutOf(document);
  const siblings = childElements(parent);
  const outer = indentOf(document, parent);
  const sibling = after ?? siblings[0];
  const indent = (sibling === undefined ? undefined : blankBefore(document.text, sibling.start)) ?? outer + layout.step;
  // Where all children stand in one line, a new one does too.
  const inLine = siblings.length > 0 && !/[\r\n]/.test(document.text.slice(parent.openEnd, parent.closeStart));
  const lines = fragments
    .map((child) =>
      inLine
        ? renderFragment(child, '', { ...layout, lineEnd: '', step: '' })
        : `${layout.lineEnd}${indent}${renderFragment(child, indent, layout)}`,
    )
    .join('');
  if (parent.selfClosing) {
    let start = parent.openEnd - 2;
    while (/[ \t\r\n]/.test(document.text[start - 1] ?? '')) start -= 1;
    return { start, end: parent.end, text: `>${lines}${layout.lineEnd}${outer}</${parent.name}>` };
  }
  if (after !== undefined) return { start: after.end, end: after.end, text: lines };
  if (siblings.length > 0 || /^[ \t]*[\r\n]/.test(document.text.slice(parent.openEnd, parent.closeStart))) {
    return { start: parent.openEnd, end: parent.openEnd, text: lines };
  }
  return { start: parent.openEnd, end: parent.openEnd, text: `${lines}${layout.lineEnd}${outer}` };
}
