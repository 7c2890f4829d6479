/** A stretch of a line with what it is. */
export interface XmlPart {
  readonly text: string;
  readonly kind: 'plain' | 'name' | 'value' | 'comment';
}

/** Splits one line of XML into names, values and the rest, for colouring. Good enough for a line without its context. Pure. */
export function colourXml(line: string): readonly XmlPart[] {
  const parts: XmlPart[] = [];
  const push = (text: string, kind: XmlPart['kind']) => {
    if (text !== '') parts.push({ text, kind });
  };
  const token = /<!--.*?(?:-->|$)|(<\/?)([\w:.-]+)|("[^"]*"|'[^']*')|(?<=>)[^<]+(?=<)/g;
  let from = 0;
  for (const match of line.matchAll(token)) {
    push(line.slice(from, match.index), 'plain');
    const [whole, bracket, name, value] = match;
    if (name !== undefined) {
      push(bracket ?? '', 'plain');
      push(name, 'name');
    } else push(whole, value !== undefined || !whole.startsWith('<!--') ? 'value' : 'comment');
    from = match.index + whole.length;
  }
  push(line.slice(from), 'plain');
  return parts;
}
