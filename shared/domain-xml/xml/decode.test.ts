import { describe, expect, it } from 'vitest';
import { declareUtf8, decodeXml } from './decode.ts';

const domain = (encoding?: string) =>
  `<?xml version="1.0"${encoding === undefined ? '' : ` encoding="${encoding}"`}?>\n<domain><description>äöü €</description></domain>\n`;
const withoutEuro = (encoding: string) => domain(encoding).replace(' €', '');
const utf16 = (text: string, bigEndian: boolean) => {
  const bytes = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i += 1) new DataView(bytes.buffer).setUint16(i * 2, text.charCodeAt(i), !bigEndian);
  return bytes;
};
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe('decodeXml', () => {
  it.each([undefined, 'UTF-8', 'utf-8'])(
    'reads UTF-8 that declares %s, with and without byte order mark, and changes nothing',
    (encoding) => {
      const text = domain(encoding);
      expect(decodeXml(new TextEncoder().encode(text))).toBe(text);
      expect(decodeXml(new TextEncoder().encode(`\uFEFF${text}`))).toBe(`\uFEFF${text}`);
    },
  );

  it.each([false, true])('reads UTF-16 (big endian: %s), with and without byte order mark', (bigEndian) => {
    expect(decodeXml(utf16(`\uFEFF${domain('UTF-16')}`, bigEndian))).toBe(domain('UTF-8'));
    expect(decodeXml(utf16(domain('utf-16'), bigEndian))).toBe(domain('UTF-8'));
    expect(decodeXml(utf16(domain(), bigEndian))).toBe(domain());
  });

  it('reads the encoding that is declared', () => {
    expect(decodeXml(latin1(withoutEuro('ISO-8859-1')))).toBe(withoutEuro('UTF-8'));
    expect(decodeXml(latin1(withoutEuro('iso-8859-1').replaceAll('"', "'")))).toBe(withoutEuro('UTF-8').replaceAll('"', "'"));
    // The euro's place in ISO-8859-15; ISO-8859-1 has the currency sign there.
    expect(decodeXml(latin1(domain('ISO-8859-15').replace('€', '\u00A4')))).toBe(domain('UTF-8'));
    // Not windows-1252's quotation mark.
    expect(decodeXml(latin1('<?xml version="1.0" encoding="ISO-8859-1"?><a>\u0093</a>'))).toContain('<a>\u0093</a>');
  });

  it('takes a declared UTF-16 in text of one byte per character for what it is', () => {
    expect(decodeXml(new TextEncoder().encode(domain('UTF-16')))).toBe(domain('UTF-8'));
  });

  it.each([
    ['bytes that are not UTF-8', latin1(withoutEuro('UTF-8')), 'The XML is not UTF-8 text.'],
    ['bytes that are not UTF-8, and declare nothing', latin1('<a>\u00E4</a>'), 'The XML is not UTF-8 text.'],
    ['half a character of UTF-16', utf16(`\uFEFF${domain()}`, false).subarray(0, -1), 'The XML is not UTF-16LE text.'],
    ['bytes over 7F in ASCII', latin1(withoutEuro('US-ASCII')), 'The XML declares ASCII, and has other bytes.'],
    ['an encoding nobody knows', latin1(withoutEuro('EBCDIC-9')), "The XML declares the encoding 'ebcdic-9', which isn't known here."],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeXml(bytes)).toThrow(
      expect.objectContaining({ message, data: expect.objectContaining({ code: 'xml-syntax', next: 'Save it as UTF-8.' }) as unknown }),
    );
  });

  it('reads what is no XML as UTF-8', () => {
    expect(decodeXml(new Uint8Array())).toBe('');
    expect(decodeXml(new TextEncoder().encode('no XML ä'))).toBe('no XML ä');
  });
});

describe('declareUtf8', () => {
  it('rewrites the name of another encoding, in its quotes, and nothing else', () => {
    expect(declareUtf8(`<?xml  version = '1.0' encoding = 'ISO-8859-1' standalone='no' ?><a encoding="x"/>`)).toBe(
      `<?xml  version = '1.0' encoding = 'UTF-8' standalone='no' ?><a encoding="x"/>`,
    );
    for (const text of ['<a/>', domain(), domain('utf-8'), '<a><!-- <?xml version="1.0" encoding="latin1"?> --></a>'])
      expect(declareUtf8(text)).toBe(text);
  });
});
