/**
 * The concrete tree of an XML text: every node knows the span of the text it was read from (`start` inclusive,
 * `end` exclusive, in UTF-16 code units), so that an edit replaces these characters and no others.
 */

/** One attribute. `value` has entities decoded and white space normalised (XML 1.0 §3.3.3). */
export interface XmlAttribute {
  readonly kind: 'attribute';
  /** As written, with its prefix. */
  readonly name: string;
  readonly namespace: string | undefined;
  readonly value: string;
  /** From the first character of the name to behind the closing quote. */
  readonly start: number;
  readonly end: number;
  /** The characters between the quotes. */
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** Character data between markup; `value` has entities decoded and line ends as `\n`. */
export interface XmlText {
  readonly kind: 'text';
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export interface XmlCdata {
  readonly kind: 'cdata';
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export interface XmlComment {
  readonly kind: 'comment';
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** A processing instruction. */
export interface XmlInstruction {
  readonly kind: 'instruction';
  readonly target: string;
  readonly data: string;
  readonly start: number;
  readonly end: number;
}

export interface XmlElement {
  readonly kind: 'element';
  /** As written, with its prefix. */
  readonly name: string;
  readonly localName: string;
  readonly namespace: string | undefined;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlNode[];
  readonly parent: XmlElement | undefined;
  readonly start: number;
  readonly end: number;
  /** Behind the `>` of the start tag. */
  readonly openEnd: number;
  /** At the `</` of the end tag; equal to `openEnd` where the element is written `<a/>`. */
  readonly closeStart: number;
  readonly selfClosing: boolean;
}

export type XmlNode = XmlElement | XmlText | XmlCdata | XmlComment | XmlInstruction;

/** A whole text with its tree. Immutable: an edit makes a new document. */
export interface XmlDocument {
  readonly text: string;
  readonly root: XmlElement;
  /** Comments and processing instructions outside the root, in order; the root itself stands among them. */
  readonly nodes: readonly XmlNode[];
}

/** Child elements, in order; only those named `name` (as written, prefix included) when it is given. */
export function childElements(element: XmlElement, name?: string): XmlElement[] {
  return element.children.filter((node): node is XmlElement => node.kind === 'element' && (name === undefined || node.name === name));
}

/** The first child element with this name. */
export function firstChild(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((node): node is XmlElement => node.kind === 'element' && node.name === name);
}

/** Decoded value of an attribute, by its name as written. */
export function attributeValue(element: XmlElement, name: string): string | undefined {
  return element.attributes.find((attribute) => attribute.name === name)?.value;
}

/** All character data directly in the element, CDATA included, without trimming. */
export function textContent(element: XmlElement): string {
  return element.children.map((node) => (node.kind === 'text' || node.kind === 'cdata' ? node.value : '')).join('');
}
