import { attributeSplice, applySplices, insertionSplice, removalSplice, textSplice } from '../../shared/domain-xml/xml/edit.ts';
import { fragment } from '../../shared/domain-xml/xml/fragment.ts';
import {
  attributeValue,
  childElements,
  firstChild,
  textContent,
  type XmlDocument,
  type XmlElement,
} from '../../shared/domain-xml/xml/nodes.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { elementAt } from '../../shared/domain-xml/xml/path.ts';

/**
 * One wish about an element: `place` is a path below it (`source/@file`, `@type`, `title`, or `` for its own text),
 * `value` the attribute's value or the text; undefined takes the attribute (or the element) away.
 */
export interface Change {
  readonly place: string;
  readonly value: string | undefined;
}

/** Order of the children of `<domain>` in libvirt's own output: a new one goes where it belongs. */
const domainOrder =
  'name uuid genid title description metadata maxMemory memory currentMemory memoryBacking vcpu vcpus iothreads cputune numatune resource sysinfo os features cpu clock on_poweroff on_reboot on_crash pm perf devices'.split(
    ' ',
  );

/** Order of the children of devices that a form may create. */
const deviceOrder = 'listen driver source target readonly mac model codec rate backend stats acceleration boot address'.split(' ');

/** The same for NICs, in libvirt's order. */
const interfaceOrder =
  'mac source vlan virtualport bandwidth port ip route portForward script downscript backenddomain target guest model driver backend filterref tune teaming link mtu coalesce boot alias rom acpi address'.split(
    ' ',
  );

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

/** The child behind which a new one named `name` belongs; undefined for the front. */
function predecessor(parent: XmlElement, name: string): XmlElement | undefined {
  const children = childElements(parent);
  const same = children.findLast((child) => child.name === name);
  if (same) return same;
  const order = parent.name === 'interface' ? interfaceOrder : parent.parent ? deviceOrder : domainOrder;
  const rank = order.indexOf(name);
  if (rank < 0) return children.at(-1);
  const before = children.findLast((child) => order.indexOf(child.name) >= 0 && order.indexOf(child.name) < rank);
  if (before) return before;
  // Without a known predecessor: in front of the first known successor.
  const successor = children.findIndex((child) => order.indexOf(child.name) > rank);
  return successor < 0 ? children.at(-1) : children[successor - 1];
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
    if (change.value === undefined) return steps.length === 0 ? next : applySplices(next, [removalSplice(next, at)]);
    return textContent(at).trim() === change.value ? next : applySplices(next, textSplice(at, change.value));
  }
  next = applySplices(next, attributeSplice(next, at, attribute, change.value));
  // Taking the last attribute away leaves nothing to say: the element goes too, but never the one the form is about.
  const left = elementAt(next, where);
  if (change.value === undefined && steps.length > 0 && left && isEmpty(left)) next = applySplices(next, [removalSplice(next, left)]);
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
  return element ? applySplices(document, [removalSplice(document, element)]).text : text;
}

/** Adds a device (its XML) behind the last one of its kind, indented like its siblings; makes `<devices>` when there is none. */
export function insertDevice(text: string, deviceXml: string): string {
  let document = parseXml(text);
  const device = parseXml(deviceXml.trim()).root;
  if (!firstChild(document.root, 'devices')) {
    document = applySplices(document, [
      insertionSplice(document, document.root, predecessor(document.root, 'devices'), [fragment('devices')]),
    ]);
  }
  const devices = firstChild(document.root, 'devices');
  if (!devices) return text;
  const siblings = childElements(devices);
  const after = siblings.findLast((child) => child.name === device.name) ?? siblings.at(-1);
  // A placeholder is inserted first, so that the layout rules of the document decide where and how; then the device takes its place.
  const marked = applySplices(document, [insertionSplice(document, devices, after, [fragment('tapestry-new-device')])]);
  const mark = childElements(firstChild(marked.root, 'devices') ?? marked.root).find((child) => child.name === 'tapestry-new-device');
  if (!mark) return text;
  const lineStart = marked.text.lastIndexOf('\n', mark.start - 1) + 1;
  const indent = /^[ \t]*/.exec(marked.text.slice(lineStart, mark.start))?.[0] ?? '';
  const own = deviceXml.trim().split('\n').join(`\n${indent}`);
  return applySplices(marked, [{ start: mark.start, end: mark.end, text: own }]).text;
}

/** The XML of one element as it stands in a text, its lines moved to the left margin; undefined when there is none. */
export function elementText(text: string, path: string): string | undefined {
  const document = parseXml(text);
  const element = elementAt(document, path);
  if (!element) return undefined;
  const lineStart = document.text.lastIndexOf('\n', element.start - 1) + 1;
  const indent = /^[ \t]*/.exec(document.text.slice(lineStart, element.start))?.[0] ?? '';
  return document.text
    .slice(element.start, element.end)
    .split('\n')
    .map((line, index) => (index > 0 && line.startsWith(indent) ? line.slice(indent.length) : line))
    .join('\n');
}

/** Replaces one element by another text, indented as it was. */
export function replaceElement(text: string, path: string, xml: string): string {
  const document = parseXml(text);
  const element = elementAt(document, path);
  if (!element) return text;
  const lineStart = document.text.lastIndexOf('\n', element.start - 1) + 1;
  const indent = /^[ \t]*/.exec(document.text.slice(lineStart, element.start))?.[0] ?? '';
  return applySplices(document, [{ start: element.start, end: element.end, text: xml.trim().split('\n').join(`\n${indent}`) }]).text;
}
