import { TapestryError } from '../../errors.ts';

/** What an XML declaration looks like up to its encoding; the encoding's name with its quotes is the second group. */
const declared =
  /^(\uFEFF?<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"[^"<]*"|'[^'<]*')[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*)("[^"<]*"|'[^'<]*')/;

const utf8Names = new Set(['utf-8', 'utf8']);

/** The name of the encoding that the text's XML declaration gives, in lower case; undefined when it gives none. */
const declaredEncoding = (text: string): string | undefined => declared.exec(text)?.[2]?.slice(1, -1).toLowerCase();

/** Each byte as the character of its number. */
const latin1 = (bytes: Uint8Array): string => {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 8192) parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return parts.join('');
};

/**
 * The encoding that bytes of XML are in (XML 1.0, appendix F): by their byte order mark or the way they write the first `<`,
 * else as the declaration says, else UTF-8. A declared encoding of two bytes per character over text of one is not believed.
 */
const encodingOf = (bytes: Uint8Array): string => {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return 'utf-16le';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return 'utf-16be';
  if (a === 0xef && b === 0xbb) return 'utf-8';
  const name = declaredEncoding(latin1(bytes.subarray(0, 256))) ?? 'utf-8';
  return utf8Names.has(name) || /^(utf-?16|utf-?32|ucs-?[24]|iso-10646)/.test(name) ? 'utf-8' : name;
};

const refuse = (message: string, cause?: unknown): never => {
  throw new TapestryError('xml-syntax', message, { line: 1, column: 1, next: 'Save it as UTF-8.', cause });
};

/**
 * The text of an XML document that is kept as UTF-8: a declaration that names another encoding is made to say UTF-8. A text
 * without declaration, or with a fitting one, comes back as it is.
 */
export function declareUtf8(text: string): string {
  const name = declaredEncoding(text);
  return name === undefined || utf8Names.has(name)
    ? text
    : text.replace(declared, (_, before: string, quoted: string) => `${before}${quoted.charAt(0)}UTF-8${quoted.charAt(0)}`);
}

/**
 * The text of bytes that hold XML: UTF-8, UTF-16, or the encoding of one byte (or of East Asia) that they declare, as libxml2
 * takes them. What comes back says UTF-8 of itself ({@link declareUtf8}). No byte is replaced by a stand-in.
 *
 * @throws TapestryError `xml-syntax` for bytes that aren't in their encoding, and for an encoding that isn't known
 */
export function decodeXml(bytes: Uint8Array): string {
  const encoding = encodingOf(bytes);
  if (encoding === 'us-ascii' || encoding === 'ascii')
    return bytes.some((byte) => byte > 0x7f) ? refuse('The XML declares ASCII, and has other bytes.') : declareUtf8(latin1(bytes));
  // WHATWG's table of encodings, which TextDecoder follows, takes this name for windows-1252.
  if (encoding === 'iso-8859-1') return declareUtf8(latin1(bytes));
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: encoding === 'utf-8' });
  } catch (cause) {
    return refuse(`The XML declares the encoding '${encoding}', which isn't known here.`, cause);
  }
  try {
    return declareUtf8(decoder.decode(bytes));
  } catch (cause) {
    return refuse(`The XML is not ${encoding.toUpperCase()} text.`, cause);
  }
}
