import { childElements, textContent, type XmlElement } from '../../shared/domain-xml/xml/nodes.ts';

/** Live XML has these for every device, given by the start where the stored definition leaves them open. */
const givenByStart = new Set(['alias', 'address']);

/** Equal, or two spellings of one number (`0x04`, `4`). */
const sameValue = (a: string, b: string): boolean => a === b || (a.trim() !== '' && b.trim() !== '' && Number(a) === Number(b));

/** An alias that isn't the user's own is given anew at each start, whatever the definition says. */
const isOpen = (child: XmlElement): boolean =>
  child.name === 'alias' && child.attributes.find(({ name }) => name === 'name')?.value.startsWith('ua-') !== true;

/**
 * Does what runs say all that the stored device says? The live element may say more (alias, address, defaults that were
 * filled in), so it is the stored side that is looked up in the live one.
 */
export function saysTheSame(stored: XmlElement, live: XmlElement): boolean {
  const sameAttributes = stored.attributes.every((attribute) =>
    live.attributes.some((own) => own.name === attribute.name && sameValue(own.value, attribute.value)),
  );
  if (!sameAttributes || textContent(stored).trim() !== textContent(live).trim()) return false;
  const others = new Set(childElements(live));
  return childElements(stored).every((child) => {
    if (isOpen(child)) return true;
    const match = [...others].find((own) => own.name === child.name && saysTheSame(child, own));
    if (match) others.delete(match);
    return match !== undefined || (givenByStart.has(child.name) && !childElements(live).some((own) => own.name === child.name));
  });
}
