import type { XmlAttribute, XmlDocument, XmlElement } from './nodes.ts';
import { childElements } from './nodes.ts';
import { lineStartsOf, positionIn, type Position } from './position.ts';

/** Numbers of an element's children among their namesakes, made once per element: a text may have very many. */
const steps = new WeakMap<XmlElement, ReadonlyMap<XmlElement, string>>();

const stepsOf = (parent: XmlElement): ReadonlyMap<XmlElement, string> => {
  const known = steps.get(parent);
  if (known !== undefined) return known;
  const children = childElements(parent);
  const counts = new Map<string, number>();
  for (const { name } of children) counts.set(name, (counts.get(name) ?? 0) + 1);
  const seen = new Map<string, number>();
  const made = new Map<XmlElement, string>();
  for (const child of children) {
    const number = (seen.get(child.name) ?? 0) + 1;
    seen.set(child.name, number);
    made.set(child, (counts.get(child.name) ?? 0) > 1 ? `${child.name}[${number}]` : child.name);
  }
  steps.set(parent, made);
  return made;
};

/**
 * Element path as errors and the editor name it: `/domain/devices/interface[2]/source`. The number (1-based) is there
 * only where several siblings have the name.
 */
export function pathOf(element: XmlElement): string {
  const { parent } = element;
  return parent === undefined ? `/${element.name}` : `${pathOf(parent)}/${stepsOf(parent).get(element) ?? element.name}`;
}

/** Path of an attribute: `/domain/devices/interface[2]/source/@bridge`; it need not exist. */
export function attributePath(element: XmlElement, name: string): string {
  return `${pathOf(element)}/@${name}`;
}

/** What a path leads to: the element, and the attribute where the path names one that exists. */
export interface Found {
  readonly element: XmlElement;
  readonly attribute?: XmlAttribute;
  /** The path was followed to its end. */
  readonly exact: boolean;
}

/** Children of an element by name, found once: a text may have very many. */
const named = new WeakMap<XmlElement, ReadonlyMap<string, readonly XmlElement[]>>();

const childrenNamed = (parent: XmlElement, name: string): readonly XmlElement[] => {
  const index = named.get(parent) ?? Map.groupBy(childElements(parent), (child) => child.name);
  named.set(parent, index);
  return index.get(name) ?? [];
};

/** Follows a path as far as it leads. `[1]` may be written or left out. Undefined only when the root has another name. */
export function follow(document: XmlDocument, path: string): Found | undefined {
  const [first, ...rest] = path.split('/').filter((step) => step !== '');
  if (first === undefined || first.replace(/\[1\]$/, '') !== document.root.name) return undefined;
  let element = document.root;
  for (const [index, step] of rest.entries()) {
    if (step.startsWith('@')) {
      const attribute = element.attributes.find(({ name }) => name === step.slice(1));
      return attribute === undefined ? { element, exact: false } : { element, attribute, exact: index === rest.length - 1 };
    }
    if (step === 'text()') return { element, exact: index === rest.length - 1 };
    const match = /^([^[\]]+)(?:\[([1-9][0-9]*)\])?$/.exec(step);
    const child = match === null ? undefined : childrenNamed(element, match[1] ?? '')[Number(match[2] ?? '1') - 1];
    if (child === undefined) return { element, exact: false };
    element = child;
  }
  return { element, exact: true };
}

/** The element at a path, or undefined. */
export function elementAt(document: XmlDocument, path: string): XmlElement | undefined {
  const found = follow(document, path);
  return found?.exact === true && found.attribute === undefined ? found.element : undefined;
}

/** Line starts of a document, found once: a document may have very many findings. */
const lines = new WeakMap<XmlDocument, readonly number[]>();

/** Line and column of what a path names; where it doesn't exist, of the nearest thing above it. */
export function locate(document: XmlDocument, path: string): Position {
  const found = follow(document, path);
  const starts = lines.get(document) ?? lineStartsOf(document.text);
  lines.set(document, starts);
  return positionIn(starts, (found?.attribute ?? found?.element ?? document.root).start);
}
