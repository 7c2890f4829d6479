import type { XmlAttribute } from './nodes.ts';
import { refuse } from './refuse.ts';

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';
const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';

/**
 * Namespaces that are declared at a place: those of an element, above those of what it stands in. Nothing is copied from level to level, since a
 * text may have very many of both.
 */
export class Scope {
  readonly #outer: Scope | undefined;
  /** By prefix, '' for the default one; also what was asked for and found further out. */
  readonly #known: Map<string, string | undefined>;

  constructor(outer: Scope | undefined, declared: Iterable<readonly [prefix: string, namespace: string]>) {
    this.#outer = outer;
    this.#known = new Map(declared);
  }

  /** The namespace of a prefix. Goes up at most as many levels as elements may be nested. */
  get(prefix: string): string | undefined {
    const known = this.#known.get(prefix);
    if (known !== undefined || this.#known.has(prefix) || this.#outer === undefined) return known;
    const found = this.#outer.get(prefix);
    this.#known.set(prefix, found);
    return found;
  }
}

/** What is declared outside of every element (Namespaces in XML 1.0, section 3). */
export const outermost: Scope = new Scope(undefined, [['xml', xmlNamespace]]);

type RawAttribute = Omit<XmlAttribute, 'namespace' | 'kind'>;

const isDeclaration = (name: string): boolean => name === 'xmlns' || name.startsWith('xmlns:');

/** The scope inside of an element with these attributes. @throws TapestryError `xml-syntax` for a reserved or empty declaration */
export function scopeWithin(text: string, outer: Scope, attributes: readonly RawAttribute[]): Scope {
  const declared = attributes.filter(({ name }) => isDeclaration(name));
  if (declared.length === 0) return outer;
  const own: [string, string][] = [];
  for (const { name, value, start } of declared) {
    const prefix = name === 'xmlns' ? '' : name.slice(6);
    const reserved = prefix === 'xmlns' || value === xmlnsNamespace || (prefix === 'xml') !== (value === xmlNamespace);
    if (reserved) refuse(text, start, `The namespace declaration ${name} is reserved.`);
    if (prefix !== '' && value === '') refuse(text, start, `The prefix "${prefix}" cannot be declared empty.`);
    own.push([prefix, value]);
  }
  return new Scope(outer, own);
}

/** The namespace of a name. Only elements take the default one. @throws TapestryError `xml-syntax` for a prefix that isn't declared */
export function namespaceOf(text: string, name: string, scope: Scope, at: number, element: boolean): string | undefined {
  const colon = name.indexOf(':');
  if (!element && isDeclaration(name)) return xmlnsNamespace;
  if (colon === -1) return element ? scope.get('') || undefined : undefined;
  const prefix = name.slice(0, colon);
  return scope.get(prefix) ?? refuse(text, at, `The prefix "${prefix}" of ${name} is not declared.`);
}

/** @throws TapestryError `xml-syntax` for two attributes with one name, be it by different prefixes of one namespace */
export function refuseTwins(text: string, attributes: readonly XmlAttribute[]): void {
  if (attributes.length < 2) return;
  const seen = new Set<string>();
  for (const { name, namespace, start } of attributes) {
    const key = namespace === undefined ? name : `{${namespace}}${name.slice(name.indexOf(':') + 1)}`;
    if (seen.has(key)) refuse(text, start, `The attribute "${name}" stands here twice.`);
    seen.add(key);
  }
}
