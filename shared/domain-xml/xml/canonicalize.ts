import type { XmlAttribute, XmlDocument, XmlNode } from './nodes.ts';

const text = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#xD;');

const attributeText = (value: string): string =>
  value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\t', '&#x9;')
    .replaceAll('\n', '&#xA;')
    .replaceAll('\r', '&#xD;');

const declares = ({ name }: XmlAttribute): boolean => name === 'xmlns' || name.startsWith('xmlns:');
const prefixOf = (name: string): string => (name === 'xmlns' ? '' : name.slice(6));
const sortKey = ({ name, namespace }: XmlAttribute): string => `${namespace ?? ''}\u0000${name.slice(name.indexOf(':') + 1)}`;
const byKey = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const canonical = (node: XmlNode, scope: ReadonlyMap<string, string>): string => {
  if (node.kind === 'text' || node.kind === 'cdata') return text(node.value);
  if (node.kind === 'comment') return `<!--${node.value}-->`;
  if (node.kind === 'instruction') return `<?${node.target}${node.data === '' ? '' : ` ${node.data}`}?>`;
  const inner = new Map(scope);
  const declarations = node.attributes
    .filter(declares)
    .filter(({ name, value }) => (scope.get(prefixOf(name)) ?? '') !== value)
    .toSorted((a, b) => byKey(prefixOf(a.name), prefixOf(b.name)));
  for (const { name, value } of declarations) inner.set(prefixOf(name), value);
  const attributes = node.attributes.filter((attribute) => !declares(attribute)).toSorted((a, b) => byKey(sortKey(a), sortKey(b)));
  const tag = [...declarations, ...attributes].map(({ name, value }) => ` ${name}="${attributeText(value)}"`).join('');
  return `<${node.name}${tag}>${node.children.map((child) => canonical(child, inner)).join('')}</${node.name}>`;
};

/** Canonical XML 1.0 with comments (W3C xml-c14n): two texts that mean the same to every XML reader give the same one. */
export function canonicalizeXml(document: XmlDocument): string {
  return document.nodes.map((node) => canonical(node, new Map())).join('\n');
}
