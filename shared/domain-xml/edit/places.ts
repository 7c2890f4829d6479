import { applySplices, attributeSplice, insertionSplice, textSplice } from '../xml/edit.ts';
import { fragment } from '../xml/fragment.ts';
import { attributeValue, firstChild, textContent, type XmlDocument, type XmlElement } from '../xml/nodes.ts';
import { parseXml } from '../xml/parse.ts';
import { elementAt } from '../xml/path.ts';
import { predecessor } from './order.ts';
import { textOf, withDevice, withoutElement, withReplaced } from './texts.ts';

/**
 * One wish about an element: `place` is a path below it (`source/@file`, `@type`, `title`, or `` for its own text),
 * `value` the attribute's value or the text; undefined takes the attribute (or the element) away.
 */
export interface Change {
  readonly place: string;
  readonly value: string | undefined;
}

const splitPlace = (place: string): { steps: string[]; attribute: string | undefined } => {
  const steps = place.split('/').filter((step) => step !== '');
  const last = steps.at(-1);
  if (last?.startsWith('@') !== true) return { steps, attribute: undefined };
  return { steps: steps.slice(0, -1), attribute: last.slice(1) };
};

/** What stands at a place below an element: the attribute's value, or the trimmed text; undefined when it isn't there. */
export function readPlace(element: XmlElement, place: string): string | undefined {
  const { steps, attribute } = splitPlace(place);
  let at: XmlElement | undefined = element;
  for (const step of steps) at = at && firstChild(at, step);
  if (!at) return undefined;
  return attribute === undefined ? textContent(at).trim() : attributeValue(at, attribute);
}

const isEmpty = (element: XmlElement): boolean =>
  element.attributes.length === 0 && element.children.every((node) => node.kind === 'text' && node.value.trim() === '');

function applyOne(document: XmlDocument, path: string, change: Change): XmlDocument {
  const { steps, attribute } = splitPlace(change.place);
  let next = document;
  let at = elementAt(next, path);
  let where = path;
  for (const step of steps) {
    if (!at) return next;
    let child: XmlElement | undefined = firstChild(at, step);
    if (!child) {
      if (change.value === undefined) return next;
      next = applySplices(next, [insertionSplice(next, at, predecessor(at, step), [fragment(step)])]);
      at = elementAt(next, where);
      child = at && firstChild(at, step);
    }
    // `elementAt` takes a step without a number as the first of its name, as `firstChild` does.
    where = `${where}/${step}`;
    at = child;
  }
  if (!at) return next;
  if (attribute === undefined) {
    if (change.value === undefined) return steps.length === 0 ? next : withoutElement(next, at);
    return textContent(at).trim() === change.value ? next : applySplices(next, textSplice(at, change.value));
  }
  next = applySplices(next, attributeSplice(next, at, attribute, change.value));
  // Taking the last attribute away leaves nothing to say: the element goes too, but never the one the form is about.
  const left = elementAt(next, where);
  if (change.value === undefined && steps.length > 0 && left && isEmpty(left)) next = withoutElement(next, left);
  return next;
}

/**
 * Applies changes to one element of a text and touches nothing else: comments, order, quotes and unknown parts stay.
 * @param path of the element (`/domain/devices/disk[2]`)
 * @throws TapestryError `xml-syntax` when the text isn't well-formed
 */
export function editElement(text: string, path: string, changes: readonly Change[]): string {
  let document = parseXml(text);
  for (const change of changes) document = applyOne(document, path, change);
  return document.text;
}

/** Takes an element away, with the lines it stands on. Unchanged when there is none. */
export function removeElement(text: string, path: string): string {
  const document = parseXml(text);
  const element = elementAt(document, path);
  return element ? withoutElement(document, element).text : text;
}

/** Adds a device (its XML) behind the last one of its kind; makes `<devices>` when there is none. */
export function insertDevice(text: string, deviceXml: string): string {
  return withDevice(parseXml(text), deviceXml).text;
}

/** The XML of one element as it stands in a text, its lines moved to the left margin; undefined when there is none. */
export function elementText(text: string, path: string): string | undefined {
  const document = parseXml(text);
  const element = elementAt(document, path);
  return element && textOf(document, element);
}

/** Replaces one element by another text, indented as it was. Unchanged when there is none. */
export function replaceElement(text: string, path: string, xml: string): string {
  const document = parseXml(text);
  const element = elementAt(document, path);
  return element ? withReplaced(document, element, xml).text : text;
}
