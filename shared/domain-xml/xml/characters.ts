/** Character classes of XML 1.0 (fifth edition) and Namespaces in XML, as expressions to match at a place (`y`). */

const start =
  'A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C-\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}';
const rest = `${start}\\-.0-9\\u00B7\\u0300-\\u036F\\u203F-\\u2040`;

/** A name with at most one prefix (QName). */
export const qualifiedName = new RegExp(`[${start}][${rest}]*(?::[${start}][${rest}]*)?`, 'uy');

/** Is this UTF-16 code unit white space (XML 1.0, production 3)? */
export function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x09 || unit === 0x0d;
}

/** The first character that no XML document may contain (XML 1.0 §2.2), lone surrogates included. */
export const forbiddenCharacter = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/** A reference to one of the five predefined entities or to a character. */
export const reference = /&(?:(amp|lt|gt|quot|apos)|#x([0-9A-Fa-f]+)|#([0-9]+));/y;

const predefined: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The character that a match of {@link reference} stands for; undefined when no document may contain it. */
export function referredCharacter(match: RegExpExecArray): string | undefined {
  const [, name, hexadecimal, decimal] = match;
  if (name !== undefined) return predefined[name];
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  if (code > 0x10ffff) return undefined;
  const character = String.fromCodePoint(code);
  return forbiddenCharacter.test(character) ? undefined : character;
}

/** Text for between tags. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
}

/** Text for between this kind of quotes; white space other than blanks as references, since a reader would turn it into blanks. */
export function escapeAttribute(text: string, quote: '"' | "'" = "'"): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(quote, quote === '"' ? '&quot;' : '&apos;')
    .replaceAll('\t', '&#9;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\r', '&#13;');
}
