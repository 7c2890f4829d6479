import { childElements, textContent, type XmlElement } from '../../shared/domain-xml/xml/nodes.ts';

/** Live XML carries these for every device; the stored definition needs not. */
const liveOnly = new Set(['alias', 'address']);

/**
 * Does what runs say all that the stored device says? The live element may say more (alias, address, defaults that were
 * filled in), so it is the stored side that is looked up in the live one.
 */
export function saysTheSame(stored: XmlElement, live: XmlElement): boolean {
  const sameAttributes = stored.attributes.every((attribute) =>
    live.attributes.some((own) => own.name === attribute.name && own.value === attribute.value),
  );
  if (!sameAttributes || textContent(stored).trim() !== textContent(live).trim()) return false;
  const others = new Set(childElements(live));
  return childElements(stored).every((child) => {
    const match = [...others].find((own) => own.name === child.name && (liveOnly.has(child.name) || saysTheSame(child, own)));
    if (match) others.delete(match);
    return match !== undefined || liveOnly.has(child.name);
  });
}
