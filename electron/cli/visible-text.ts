/**
 * Characters that a terminal obeys, or that change or hide what is read: controls (C0, DEL, C1), formats (bidirectional overrides, zero
 * width), separators of lines and paragraphs, and halves of pairs. Names, titles, paths and QEMU's words may hold any of them.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** One character as it is shown: `\x9b`, `\u202e`, `\u{e0001}`. */
const escaped = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
};

/** A text of one line as it may go to a terminal: what is {@link unseen} is shown escaped, line breaks and tabs, too. */
export function visible(text: string): string {
  return text.replace(unseen, escaped);
}

/** {@link visible} for a text of several lines, whose line breaks and tabs stay. */
export function visibleLines(text: string): string {
  return text.replace(/\r\n|[\n\t]|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (found) => (/^\r?\n$|^\t$/.test(found) ? found : escaped(found)));
}

/** JSON of a value, indented by so many blanks; what is {@link unseen} is written by JSON's own escapes, so the value is the same. */
export function visibleJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`).join(''),
  );
}
