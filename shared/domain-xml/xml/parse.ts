import { TapestryError } from '../../errors.ts';
import { forbiddenCharacter, isBlank, qualifiedName, reference, referredCharacter } from './characters.ts';
import { decodeXml } from './decode.ts';
import type { XmlAttribute, XmlDocument, XmlElement, XmlNode } from './nodes.ts';
import { namespaceOf, outermost, refuseTwins, scopeWithin, type Scope } from './namespaces.ts';
import { positionAt } from './position.ts';
import { refuse } from './refuse.ts';

/** Largest text that is read, in bytes of UTF-8. */
export const maxXmlBytes = 4 * 1024 * 1024;

/** Deepest nesting of elements that is read; libxml2's limit. */
export const maxXmlDepth = 256;

/**
 * Most nodes (elements, attributes, pieces of text and references in them, comments, instructions) that are read. The largest real definitions
 * have some ten thousand. A define reads, checks, completes and plans a text in the host's one thread, and this keeps that below a second, whatever
 * the text is made of; a million, which fit into 4 MiB, would take 700 MiB and many seconds.
 */
export const maxXmlNodes = 40_000;

type Open = { -readonly [K in keyof XmlElement]: XmlElement[K] } & { attributes: XmlAttribute[]; children: XmlNode[] };

type NewAttribute = { -readonly [K in keyof XmlAttribute]: XmlAttribute[K] };

/** Bytes of UTF-8 that a text takes; a lone surrogate counts 3. */
const utf8Length = (text: string): number => {
  let length = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) length += 1;
    // Each half of a pair counts 2, which makes the 4 bytes of the pair.
    if (unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff)) length += 1;
  }
  return length;
};

/** Reads one text once, from start to end, with a stack instead of recursion. */
class Reading {
  readonly #text: string;
  #at = 0;
  #count = 0;
  readonly #nodes: XmlNode[] = [];
  readonly #stack: Open[] = [];
  readonly #scopes: Scope[] = [outermost];
  #root: XmlElement | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  document(): XmlDocument {
    const text = this.#text;
    if (text.length > maxXmlBytes || (text.length * 3 > maxXmlBytes && utf8Length(text) > maxXmlBytes)) {
      throw new TapestryError('xml-forbidden', 'The XML is larger than 4 MiB, and a machine definition never is.', {
        next: 'Check that this is the file you meant.',
      });
    }
    const forbidden = forbiddenCharacter.exec(text);
    if (forbidden !== null) {
      const code = forbidden[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
      refuse(text, forbidden.index, `The character U+${code} is not allowed in XML.`);
    }
    if (text.startsWith('\uFEFF')) this.#at = 1;
    if (/<\?xml[ \t\r\n]/y.exec(text.slice(this.#at, this.#at + 6)) !== null) this.#declaration();
    while (this.#at < text.length) this.#next();
    const open = this.#stack.at(-1);
    if (open !== undefined)
      refuse(text, text.length, `The element <${open.name}> opened in line ${positionAt(text, open.start).line} is never closed.`);
    if (this.#root === undefined) return refuse(text, text.length, 'There is no element in this text.');
    return { text, root: this.#root, nodes: this.#nodes };
  }

  #declaration(): void {
    const pattern =
      /<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.[0-9]+"|'1\.[0-9]+')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/y;
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return refuse(this.#text, this.#at, 'The XML declaration is malformed.');
    this.#at += match[0].length;
  }

  /** One node more. @throws TapestryError `xml-forbidden` where that is too many */
  #counted(): void {
    this.#count += 1;
    if (this.#count > maxXmlNodes)
      refuse(
        this.#text,
        this.#at,
        `This holds more than ${maxXmlNodes} elements, attributes, pieces of text and references, and no machine does.`,
        'xml-forbidden',
      );
  }

  get #siblings(): XmlNode[] {
    return this.#stack.at(-1)?.children ?? this.#nodes;
  }

  #next(): void {
    const text = this.#text;
    const at = this.#at;
    this.#counted();
    if (text[at] !== '<') this.#characters();
    else if (text.startsWith('<!--', at)) this.#comment();
    else if (text.startsWith('<![CDATA[', at)) this.#cdata();
    else if (text.startsWith('<!', at)) refuse(text, at, 'Document types and entity declarations are not accepted.', 'xml-forbidden');
    else if (text.startsWith('<?', at)) this.#instruction();
    else if (text.startsWith('</', at)) this.#endTag();
    else this.#startTag();
  }

  #characters(): void {
    const text = this.#text;
    const at = this.#at;
    const found = text.indexOf('<', at);
    const end = found === -1 ? text.length : found;
    if (this.#stack.length === 0) {
      const junk = text.slice(at, end).search(/[^ \t\r\n]/);
      if (junk !== -1)
        refuse(text, at + junk, this.#root === undefined ? 'Text before the first element.' : 'Text after the end of the document.');
    } else {
      const bracket = text.slice(at, end).indexOf(']]>');
      if (bracket !== -1) refuse(text, at + bracket, '"]]>" must be written "]]&gt;" in text.');
      this.#siblings.push({ kind: 'text', value: this.#decode(at, end, false), start: at, end });
    }
    this.#at = end;
  }

  /** Entities decoded; line ends as LF, or as blanks in attribute values. */
  #decode(start: number, end: number, attribute: boolean): string {
    const text = this.#text;
    const plain = (part: string): string => (attribute ? part.replace(/\r\n|[\t\r\n]/g, ' ') : part.replace(/\r\n?/g, '\n'));
    const source = text.slice(start, end);
    let value = '';
    let from = 0;
    for (let ampersand = source.indexOf('&'); ampersand !== -1; ampersand = source.indexOf('&', from)) {
      this.#counted();
      value += plain(source.slice(from, ampersand));
      reference.lastIndex = ampersand;
      const match = reference.exec(source);
      if (match === null) {
        const unknown = /^&[\w.:-]+;/.exec(source.slice(ampersand, ampersand + 100));
        const message = unknown === null ? 'A bare "&" must be written "&amp;".' : `The entity ${unknown[0]} is not defined.`;
        return refuse(text, start + ampersand, message);
      }
      const character = referredCharacter(match);
      if (character === undefined) return refuse(text, start + ampersand, `${match[0]} is not a character that XML allows.`);
      value += character;
      from = ampersand + match[0].length;
    }
    return value + plain(source.slice(from));
  }

  #comment(): void {
    const text = this.#text;
    const at = this.#at;
    const end = text.indexOf('--', at + 4);
    if (end === -1) return refuse(text, at, 'This comment is never closed.');
    if (text[end + 2] !== '>') refuse(text, end, '"--" is not allowed inside a comment.');
    this.#siblings.push({ kind: 'comment', value: text.slice(at + 4, end).replace(/\r\n?/g, '\n'), start: at, end: end + 3 });
    this.#at = end + 3;
  }

  #cdata(): void {
    const text = this.#text;
    const at = this.#at;
    if (this.#stack.length === 0) refuse(text, at, 'A CDATA section outside the root element.');
    const end = text.indexOf(']]>', at);
    if (end === -1) return refuse(text, at, 'This CDATA section is never closed.');
    this.#siblings.push({ kind: 'cdata', value: text.slice(at + 9, end).replace(/\r\n?/g, '\n'), start: at, end: end + 3 });
    this.#at = end + 3;
  }

  #instruction(): void {
    const text = this.#text;
    const at = this.#at;
    this.#at += 2;
    const target = this.#name('a processing instruction');
    if (target.toLowerCase() === 'xml') refuse(text, at, 'The XML declaration may only stand at the very start.');
    if (target.includes(':')) refuse(text, at, 'A processing instruction cannot have a prefix.');
    const end = text.indexOf('?>', this.#at);
    if (end === -1) return refuse(text, at, 'This processing instruction is never closed.');
    const blank = this.#skipBlank();
    if (!blank && this.#at !== end) refuse(text, this.#at, `A blank is missing behind "${target}".`);
    this.#siblings.push({
      kind: 'instruction',
      target,
      data: text.slice(Math.min(this.#at, end), end).replace(/\r\n?/g, '\n'),
      start: at,
      end: end + 2,
    });
    this.#at = end + 2;
  }

  #endTag(): void {
    const text = this.#text;
    const at = this.#at;
    const element = this.#stack.pop();
    this.#at += 2;
    const name = this.#name('an end tag');
    this.#skipBlank();
    if (text[this.#at] !== '>') refuse(text, this.#at, `The end tag </${name}> is not closed with ">".`);
    if (element === undefined) return refuse(text, at, `</${name}> closes nothing.`);
    if (element.name !== name) {
      refuse(text, at, `</${name}> does not match <${element.name}> opened in line ${positionAt(text, element.start).line}.`);
    }
    this.#scopes.pop();
    this.#at += 1;
    element.closeStart = at;
    element.end = this.#at;
    if (element.parent === undefined) this.#root = element;
  }

  #startTag(): void {
    const text = this.#text;
    const at = this.#at;
    if (this.#stack.length === 0 && this.#root !== undefined) refuse(text, at, 'A second root element.');
    if (this.#stack.length === maxXmlDepth) refuse(text, at, `Elements are nested deeper than ${maxXmlDepth}.`, 'xml-forbidden');
    this.#at += 1;
    const name = this.#name('an element');
    const attributes: NewAttribute[] = [];
    let blank = this.#skipBlank();
    while (this.#at < text.length && text[this.#at] !== '>' && text[this.#at] !== '/') {
      if (!blank) refuse(text, this.#at, `A blank is missing before this attribute of <${name}>.`);
      this.#counted();
      attributes.push(this.#attribute(name));
      blank = this.#skipBlank();
    }
    const selfClosing = text[this.#at] === '/';
    if (selfClosing) this.#at += 1;
    if (text[this.#at] !== '>') refuse(text, at, `The start tag <${name}> is not closed with ">".`);
    this.#at += 1;
    const scope = scopeWithin(this.#text, this.#scopes.at(-1) ?? outermost, attributes);
    const namespace = namespaceOf(this.#text, name, scope, at, true);
    for (const attribute of attributes) attribute.namespace = namespaceOf(this.#text, attribute.name, scope, attribute.start, false);
    refuseTwins(this.#text, attributes);
    const element: Open = {
      kind: 'element',
      name,
      localName: name.slice(name.indexOf(':') + 1),
      namespace,
      attributes,
      children: [],
      parent: this.#stack.at(-1),
      start: at,
      end: this.#at,
      openEnd: this.#at,
      closeStart: this.#at,
      selfClosing,
    };
    this.#siblings.push(element);
    if (selfClosing) {
      if (element.parent === undefined) this.#root = element;
      return;
    }
    this.#stack.push(element);
    this.#scopes.push(scope);
  }

  /** Its namespace isn't known before the whole tag is read. */
  #attribute(element: string): NewAttribute {
    const text = this.#text;
    const start = this.#at;
    const name = this.#name(`an attribute of <${element}>`);
    this.#skipBlank();
    if (text[this.#at] !== '=') refuse(text, this.#at, `The attribute "${name}" has no value.`);
    this.#at += 1;
    this.#skipBlank();
    const quote = text[this.#at];
    if (quote !== '"' && quote !== "'") return refuse(text, this.#at, `The value of "${name}" must stand in quotes.`);
    const valueStart = this.#at + 1;
    const valueEnd = text.indexOf(quote, valueStart);
    if (valueEnd === -1) return refuse(text, this.#at, `The value of "${name}" is never closed.`);
    const less = text.slice(valueStart, valueEnd).indexOf('<');
    if (less !== -1) refuse(text, valueStart + less, `"<" must be written "&lt;" in the value of "${name}".`);
    this.#at = valueEnd + 1;
    const value = this.#decode(valueStart, valueEnd, true);
    return { kind: 'attribute', name, namespace: undefined, value, start, end: this.#at, valueStart, valueEnd };
  }

  #name(what: string): string {
    qualifiedName.lastIndex = this.#at;
    const match = qualifiedName.exec(this.#text);
    if (match === null) return refuse(this.#text, this.#at, `This is not a name for ${what}.`);
    this.#at += match[0].length;
    if (this.#text[this.#at] === ':') refuse(this.#text, this.#at, `This is not a name for ${what}.`);
    return match[0];
  }

  #skipBlank(): boolean {
    const text = this.#text;
    const at = this.#at;
    let end = at;
    while (isBlank(text.charCodeAt(end))) end += 1;
    this.#at = end;
    return end > at;
  }
}

/**
 * Reads an XML 1.0 text with namespaces, strictly.
 *
 * @throws TapestryError `xml-syntax` with line and column when it isn't well-formed, `xml-forbidden` for a document
 *   type, more than 4 MiB, 40,000 nodes, or 256 levels.
 */
export function parseXml(text: string): XmlDocument {
  return new Reading(text).document();
}

/**
 * Reads bytes in the encoding they declare, as {@link decodeXml} does.
 *
 * @throws TapestryError as {@link parseXml} and {@link decodeXml}
 */
export function parseXmlBytes(bytes: Uint8Array): XmlDocument {
  return parseXml(bytes.length > maxXmlBytes ? ' '.repeat(maxXmlBytes + 1) : decodeXml(bytes));
}

/** The document's text: what was not edited is there character by character. */
export function serializeXml(document: XmlDocument): string {
  return document.text;
}
