import { escapeAttribute, escapeText } from './characters.ts';

/** An element to be written: what writers make. Attributes and children keep their order. */
export interface Fragment {
  readonly name: string;
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly children: readonly (Fragment | string)[];
}

/** What a writer may pass for a value; undefined leaves it out, booleans must be spelled by the caller. */
export type FragmentValue = string | number | bigint | undefined;

/** Makes a fragment; attributes and children that are undefined are left out. */
export function fragment(
  name: string,
  attributes: Readonly<Record<string, FragmentValue>> = {},
  ...children: readonly (Fragment | string | undefined | readonly Fragment[])[]
): Fragment {
  return {
    name,
    attributes: Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)] as const])),
    children: children.flatMap((child): readonly (Fragment | string)[] =>
      child === undefined
        ? []
        : typeof child === 'string' || !Array.isArray(child)
          ? [child as Fragment | string]
          : (child as readonly Fragment[]),
    ),
  };
}

/** Like {@link fragment}, but undefined when neither an attribute nor a child is left: for elements that mean nothing when empty. */
export function fragmentIfAny(...parts: Parameters<typeof fragment>): Fragment | undefined {
  const made = fragment(...parts);
  return made.attributes.length === 0 && made.children.length === 0 ? undefined : made;
}

/** A child that holds text only; undefined text makes none. */
export function textFragment(name: string, text: FragmentValue): Fragment | undefined {
  return text === undefined ? undefined : fragment(name, {}, String(text));
}

/** Layout of written XML. */
export interface Layout {
  /** One step to the right. */
  readonly step: string;
  readonly lineEnd: string;
  readonly quote: '"' | "'";
}

/** libvirt's own layout. */
export const libvirtLayout: Layout = { step: '  ', lineEnd: '\n', quote: "'" };

/** Writes a fragment; lines behind the first begin with `indent`. */
export function renderFragment(element: Fragment, indent = '', layout: Layout = libvirtLayout): string {
  const { quote, lineEnd, step } = layout;
  const attributes = element.attributes.map(([name, value]) => ` ${name}=${quote}${escapeAttribute(value, quote)}${quote}`).join('');
  const open = `<${element.name}${attributes}`;
  if (element.children.length === 0) return `${open}/>`;
  if (element.children.some((child) => typeof child === 'string')) {
    const content = element.children.map((child) =>
      typeof child === 'string' ? escapeText(child) : renderFragment(child, indent + step, layout),
    );
    return `${open}>${content.join('')}</${element.name}>`;
  }
  const lines = element.children.map(
    (child) => `${lineEnd}${indent}${step}${typeof child === 'string' ? '' : renderFragment(child, indent + step, layout)}`,
  );
  return `${open}>${lines.join('')}${lineEnd}${indent}</${element.name}>`;
}

/** Same name, attributes (in any order) and children (in order). */
export function sameFragment(a: Fragment | string, b: Fragment | string): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return (
    a.name === b.name &&
    a.attributes.length === b.attributes.length &&
    a.attributes.every(([name, value]) => b.attributes.some(([other, its]) => other === name && its === value)) &&
    a.children.length === b.children.length &&
    a.children.every((child, index) => sameFragment(child, b.children[index] ?? ''))
  );
}
