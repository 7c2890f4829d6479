import { JSDOM } from 'jsdom';
import { describe, expect, it } from 'vitest';
import { TapestryError } from '../../errors.ts';
import { readDomain } from '../read/read-domain.ts';
import { corpusCases } from '../testing/corpus.ts';
import { randomFrom } from '../testing/random.ts';
import { sampleDomain } from '../testing/sample.ts';
import { canonicalizeXml } from './canonicalize.ts';
import { parseXml, parseXmlBytes } from './parse.ts';

const { DOMParser, XMLSerializer } = new JSDOM('').window;

/** What a conforming parser that we didn't write makes of a text; undefined when it refuses it. */
const theirs = (text: string): string | undefined => {
  const document = new DOMParser().parseFromString(text, 'application/xml');
  if (document.getElementsByTagNameNS('http://www.mozilla.org/newlayout/xml/parsererror.xml', 'parsererror').length > 0) return undefined;
  if (document.querySelector('parsererror') !== null) return undefined;
  return new XMLSerializer().serializeToString(document);
};

const ours = (text: string): { canonical: string } | { code: string } => {
  try {
    return { canonical: canonicalizeXml(parseXml(text)) };
  } catch (error) {
    if (error instanceof TapestryError) return { code: error.code };
    throw error;
  }
};

const snippets = [
  '<',
  '>',
  '&',
  '"',
  "'",
  '/',
  '=',
  ' ',
  '\n',
  ']]>',
  '<!--',
  '-->',
  '<![CDATA[',
  '<?x ?>',
  '&amp;',
  '&#65;',
  '<a>',
  '</a>',
  '<b c="d"/>',
  'x:',
  'xmlns:x="u"',
  '\u0001',
  'é',
  '--',
  ':',
];

/** One to three small changes at random places. */
const mutate = (text: string, random: (below: number) => number): string => {
  let mutated = text;
  for (let changes = 1 + random(3); changes > 0; changes -= 1) {
    const at = random(mutated.length);
    const gone = random(3) === 0 ? random(12) : 0;
    const put = random(3) === 0 ? '' : (snippets[random(snippets.length)] ?? '');
    mutated = mutated.slice(0, at) + put + mutated.slice(at + gone);
  }
  return mutated;
};

/** The other parser drops blanks around a namespace's name; to Namespaces in XML §2.3 they are part of it. */
const paddedNamespace = /xmlns(?::[^\s=]+)?\s*=\s*(?:"(?:\s[^"]*|[^"]*\s)"|'(?:\s[^']*|[^']*\s)')/;

/** Thousands of documents are read twice: a busy computer may need this long, ms. */
const timeout = 120_000;

describe('parseXml beside another parser', { timeout }, () => {
  const corpus = corpusCases().map(({ text }) => text);
  const seeds = [
    sampleDomain,
    '<a xmlns:x="u"><x:b y="1">t<![CDATA[c]]></x:b><!--c--><?p d?></a>',
    ...corpus.filter((_, index) => index % 60 === 0),
  ];

  it('means the same by what both accept', () => {
    for (const text of seeds) {
      const other = theirs(text);
      expect(other).toBeDefined();
      expect(ours(other ?? '')).toEqual(ours(text));
    }
  });

  it('accepts and refuses the same texts', () => {
    const random = randomFrom(20260501);
    let accepted = 0;
    let refused = 0;
    for (let round = 0; round < 1500; round += 1) {
      const text = mutate(seeds[random(seeds.length)] ?? sampleDomain, random);
      const mine = ours(text);
      if ('code' in mine && mine.code === 'xml-forbidden') continue;
      const other = theirs(text);
      expect('canonical' in mine, JSON.stringify(text)).toBe(other !== undefined);
      if ('canonical' in mine) {
        accepted += 1;
        if (paddedNamespace.test(text)) continue;
        expect(ours(other ?? '')).toEqual(mine);
      } else refused += 1;
    }
    expect(accepted).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });
});

describe('random input', { timeout }, () => {
  it('ends in a document or a typed error with a place, never in anything else', () => {
    const random = randomFrom(7);
    for (let round = 0; round < 2000; round += 1) {
      const bytes = Uint8Array.from({ length: random(120) }, () =>
        random(3) === 0 ? random(256) : (snippets[random(snippets.length)] ?? ' ').charCodeAt(0),
      );
      try {
        readDomain(parseXmlBytes(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(TapestryError);
        if (error instanceof TapestryError) expect(error.data).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
      }
    }
  });

  it('is read as a domain without ever throwing, when it is well-formed', () => {
    const random = randomFrom(99);
    let read = 0;
    for (let round = 0; round < 3000; round += 1) {
      const text = mutate(sampleDomain, random);
      try {
        const { problems, unclaimed } = readDomain(parseXml(text));
        expect(Array.isArray(problems) && Array.isArray(unclaimed)).toBe(true);
        read += 1;
      } catch (error) {
        if (!(error instanceof TapestryError)) throw error;
        expect(['xml-syntax', 'xml-forbidden']).toContain(error.code);
      }
    }
    expect(read).toBeGreaterThan(300);
  });
});
