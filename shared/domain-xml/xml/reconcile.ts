import { attributeSplice, insertionSplice, removalSplice, textSplice, type Splice } from './edit.ts';
import { sameFragment, type Fragment } from './fragment.ts';
import { childElements, type XmlDocument, type XmlElement } from './nodes.ts';

const textOf = (fragment: Fragment): string => fragment.children.filter((child) => typeof child === 'string').join('');
const elementsOf = (fragment: Fragment): Fragment[] => fragment.children.filter((child) => typeof child !== 'string');

/** What becomes of the children with one name. */
interface Plan {
  /** Wanted children that need no insertion, with their elements; without one where the meaning is spelled another way. */
  readonly kept: ReadonlyMap<Fragment, XmlElement | undefined>;
  readonly splices: readonly Splice[];
}

/** Pairs the wanted children of one name with those that are there, changing as few as it can. */
const planChildren = (
  document: XmlDocument,
  there: readonly XmlElement[],
  base: readonly Fragment[],
  target: readonly Fragment[],
): Plan => {
  let head = 0;
  while (head < base.length && head < target.length && sameFragment(base[head] as Fragment, target[head] as Fragment)) head += 1;
  let tail = 0;
  const room = Math.min(base.length, target.length) - head;
  while (tail < room && sameFragment(base[base.length - 1 - tail] as Fragment, target[target.length - 1 - tail] as Fragment)) tail += 1;
  const kept = new Map<Fragment, XmlElement | undefined>();
  const splices: Splice[] = [];
  for (const [index, wanted] of target.entries()) {
    const fromEnd = target.length - index;
    // Children in the middle meet by their place; those of the common tail keep their partners.
    const partner =
      index < head || index < Math.min(target.length, base.length) - tail ? index : fromEnd <= tail ? base.length - fromEnd : undefined;
    const element = partner === undefined ? there[Math.max(index, base.length)] : there[partner];
    const old = partner === undefined ? undefined : base[partner];
    if (element === undefined) {
      if (old !== undefined && sameFragment(old, wanted)) kept.set(wanted, undefined);
      continue;
    }
    kept.set(wanted, element);
    if (old === undefined || !sameFragment(old, wanted)) {
      splices.push(...reconcile(document, element, old ?? { name: wanted.name, attributes: [], children: [] }, wanted));
    }
  }
  const stay = new Set(kept.values());
  for (const element of there.slice(0, base.length)) if (!stay.has(element)) splices.push(removalSplice(document, element));
  return { kept, splices };
};

/**
 * What to change in an element's text so that it means `target` where it meant `base`. Whatever is the same in both stays as
 * it is written, and so does everything that neither mentions: comments, unknown elements and attributes, spelling.
 *
 * @param base what a writer makes of the element as it was read
 * @param target what the writer makes of the edited model
 */
export function reconcile(document: XmlDocument, element: XmlElement, base: Fragment, target: Fragment): Splice[] {
  const splices: Splice[] = [];
  const before = new Map(base.attributes);
  const after = new Map(target.attributes);
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    if (before.get(name) !== after.get(name)) splices.push(...attributeSplice(document, element, name, after.get(name)));
  }
  if (textOf(base) !== textOf(target)) splices.push(...textSplice(element, textOf(target)));
  const wanted = elementsOf(target);
  const kept = new Map<Fragment, XmlElement | undefined>();
  for (const name of new Set([...elementsOf(base), ...wanted].map((child) => child.name))) {
    const named = (children: readonly Fragment[]) => children.filter((child) => child.name === name);
    const plan = planChildren(document, childElements(element, name), named(elementsOf(base)), named(wanted));
    splices.push(...plan.splices);
    for (const [fragment, there] of plan.kept) kept.set(fragment, there);
  }
  // New children stand behind the nearest one that a writer puts before them.
  const inserted = new Map<XmlElement | undefined, Fragment[]>();
  let previous: XmlElement | undefined;
  for (const child of wanted) {
    const there = kept.get(child);
    if (!kept.has(child)) inserted.set(previous, [...(inserted.get(previous) ?? []), child]);
    else if (there !== undefined) previous = there;
  }
  for (const [place, fragments] of inserted) splices.push(insertionSplice(document, element, place, fragments));
  return splices;
}
