import { describe, expect, it } from 'vitest';
import { TapestryError } from '../../errors.ts';
import { canonicalizeXml } from './canonicalize.ts';
import { attributeValue, firstChild, textContent } from './nodes.ts';
import { maxXmlBytes, maxXmlNodes, parseXml, parseXmlBytes, serializeXml } from './parse.ts';

const failure = (text: string) => {
  try {
    parseXml(text);
  } catch (error) {
    if (error instanceof TapestryError)
      return { code: error.code, line: error.data.line, column: error.data.column, message: error.message };
    throw error;
  }
  return undefined;
};

describe('parseXml', () => {
  it('keeps every kind of content, and its text', () => {
    const text = `\uFEFF<?xml version='1.0' encoding="utf-8"?>\r\n<!-- before -->\n<?go now?><domain\ttype = "kvm"\n  xmlns:q='urn:q'>a &amp; &#x42;\r\n<q:x y='"'><![CDATA[<&]]></q:x >\n<?pi some "free" data?><!-- in --></domain  >\n<!-- after -->\n`;
    const document = parseXml(text);
    expect(serializeXml(document)).toBe(text);
    expect(document.root.children.map(({ kind }) => kind)).toEqual(['text', 'element', 'text', 'instruction', 'comment']);
    expect(textContent(document.root)).toBe('a & B\n\n');
    expect(attributeValue(document.root, 'type')).toBe('kvm');
    const inner = firstChild(document.root, 'q:x');
    expect(inner).toMatchObject({ namespace: 'urn:q', localName: 'x', selfClosing: false });
    expect(text.slice(inner?.start, inner?.end)).toBe(`<q:x y='"'><![CDATA[<&]]></q:x >`);
    expect(canonicalizeXml(document)).toBe(
      '<!-- before -->\n<?go now?>\n<domain xmlns:q="urn:q" type="kvm">a &amp; B\n<q:x y="&quot;">&lt;&amp;</q:x>\n<?pi some "free" data?><!-- in --></domain>\n<!-- after -->',
    );
  });

  it('normalises attribute values and line ends as XML says', () => {
    const { root } = parseXml('<a b="1\t2\n3\r\n4&#10;5&#9;6">x\r\ny\rz&#13;</a>');
    expect(attributeValue(root, 'b')).toBe('1 2 3 4\n5\t6');
    expect(textContent(root)).toBe('x\ny\nz\r');
  });

  it('is not confused by names that JavaScript reserves', () => {
    const { root } = parseXml('<__proto__ constructor="1"><toString/><hasOwnProperty/></__proto__>');
    expect(root.children).toHaveLength(2);
    expect(attributeValue(root, 'constructor')).toBe('1');
  });

  it.each([
    ['nothing', '', 1, 1],
    ['blanks only', ' \n ', 2, 2],
    ['text before the root', 'x<a/>', 1, 1],
    ['text after the root', '<a/>\n x', 2, 2],
    ['two roots', '<a/>\n<b/>', 2, 1],
    ['an open element', '<a>\n<b>', 2, 4],
    ['crossed tags', '<a>\n  <b></a></b>', 2, 6],
    ['an end tag too many', '<a/></a>', 1, 5],
    ['a bad element name', '<1a/>', 1, 2],
    ['a name with two colons', '<a:b:c/>', 1, 5],
    ['a blank before the name', '< a/>', 1, 2],
    ['a bad attribute name', '<a 1="x"/>', 1, 4],
    ['the same attribute twice', '<a b="1"\n b="2"/>', 2, 2],
    ['the same attribute twice by namespace', '<a xmlns:x="u" xmlns:y="u" x:b="1" y:b="2"/>', 1, 36],
    ['an attribute without value', '<a b/>', 1, 5],
    ['an attribute without quotes', '<a b=1/>', 1, 6],
    ['an attribute that never ends', '<a b="1/>', 1, 6],
    ['no blank between attributes', '<a b="1"c="2"/>', 1, 9],
    ['< in an attribute', '<a b="x<y"/>', 1, 8],
    ['a bare & in text', '<a>\r\nx & y</a>', 2, 3],
    ['a bare & in an attribute', '<a b="x&y"/>', 1, 8],
    ['an entity nobody defined', '<a>&nbsp;</a>', 1, 4],
    ['a reference to NUL', '<a>&#0;</a>', 1, 4],
    ['a reference to a surrogate', '<a>&#xD800;</a>', 1, 4],
    ['a reference beyond Unicode', '<a>&#x110000;</a>', 1, 4],
    ['a control character', '<a>\u0001</a>', 1, 4],
    ['NUL', '<a>\u0000</a>', 1, 4],
    ['U+FFFE', '<a>\uFFFE</a>', 1, 4],
    ['half a character', '<a>\uD800</a>', 1, 4],
    [']]> in text', '<a>x]]></a>', 1, 5],
    ['-- in a comment', '<a><!-- x -- y --></a>', 1, 11],
    ['--- at the end of a comment', '<a><!-- x ---></a>', 1, 11],
    ['a comment without end', '<a><!-- x </a>', 1, 4],
    ['CDATA without end', '<a><![CDATA[ x </a>', 1, 4],
    ['CDATA outside', '<a/><![CDATA[x]]>', 1, 5],
    ['a PI without end', '<a><?x y</a>', 1, 4],
    ['a late XML declaration', '<a/><?xml version="1.0"?>', 1, 5],
    ['a declaration behind a blank', ' <?xml version="1.0"?><a/>', 1, 2],
    ['a broken declaration', '<?xml encoding="utf-8"?><a/>', 1, 1],
    ['a prefix nobody declared', '<a>\n<q:b/></a>', 2, 1],
    ['a prefix nobody declared on an attribute', '<a q:b="1"/>', 1, 4],
    ['an empty prefix declaration', '<a xmlns:q=""/>', 1, 4],
    ['a tag that never ends', '<a b="1"', 1, 1],
    ['a slash in the middle', '<a / b="1"/>', 1, 1],
  ])('refuses %s with line and column', (_, text, line, column) => {
    expect(failure(text)).toMatchObject({ code: 'xml-syntax', line, column });
  });

  it.each([
    ['a document type', '<!DOCTYPE domain>\n<domain/>', 1, 1],
    ['entities that expand', '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>', 1, 1],
    ['an external entity', '<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 2, 1],
    ['an entity declaration inside', '<a>\n <!ENTITY b "x"></a>', 2, 2],
    ['too deep a nesting', '<a>'.repeat(300) + '</a>'.repeat(300), 1, 769],
  ])('forbids %s', (_, text, line, column) => {
    expect(failure(text)).toMatchObject({ code: 'xml-forbidden', line, column });
  });

  it('counts the size in bytes of UTF-8', () => {
    const fill = (length: number) => `<a>${'é'.repeat((length - 8) / 2)}x</a>`;
    expect(new TextEncoder().encode(fill(maxXmlBytes)).length).toBe(maxXmlBytes);
    expect(failure(fill(maxXmlBytes))).toBeUndefined();
    expect(failure(`${fill(maxXmlBytes)}\n`)).toMatchObject({ code: 'xml-forbidden' });
    expect(failure(`<a>${'\u{1F600}'.repeat(maxXmlBytes / 4)}</a>`)).toMatchObject({ code: 'xml-forbidden' });
  });
});

describe('very many nodes', () => {
  it.each([
    ['elements', (count: number) => '<x/>'.repeat(count)],
    ['pieces of text', (count: number) => '&lt;<x/>'.repeat(count / 2)],
    ['comments', (count: number) => '<!---->'.repeat(count)],
    ['instructions', (count: number) => '<?a?>'.repeat(count)],
    ['attributes', (count: number) => "<x y='' z=''/>".repeat(count / 3 + 1)],
    ['references in a text', (count: number) => '&amp;'.repeat(count)],
    ['references in an attribute', (count: number) => `<x y='${'&#65;'.repeat(count)}'/>`],
  ])('are refused while they are read: %s', (_, make) => {
    const beyond = failure(`<d>${make(maxXmlNodes + 3)}</d>`);
    expect(beyond).toMatchObject({ code: 'xml-forbidden', message: expect.stringContaining(String(maxXmlNodes)) as string });
    // Where the limit is, not at the end of the text.
    expect(beyond?.column).toBeLessThanOrEqual(`<d>${make(maxXmlNodes + 3)}`.length);
  });

  it('are read up to the limit', () => {
    expect(failure(`<d>${'<x/>'.repeat(maxXmlNodes - 2)}</d>`)).toBeUndefined();
  });

  it('have the namespaces that are declared nearest, at any depth', () => {
    const { root } = parseXml(
      "<a xmlns='u:1' xmlns:p='u:p1' xmlns:q='u:q'><p:b xmlns:p='u:p2' xmlns=''><c p:d='' q:e=''><p:f/></c></p:b><g/><p:h/></a>",
    );
    const seen: string[] = [];
    const walk = (element: typeof root): void => {
      seen.push(
        `${element.name} ${element.namespace ?? '-'}`,
        ...element.attributes.map(({ name, namespace }) => `@${name} ${namespace ?? '-'}`),
      );
      for (const child of element.children) if (child.kind === 'element') walk(child);
    };
    walk(root);
    expect(seen.filter((one) => !one.startsWith('@xmlns'))).toEqual([
      'a u:1',
      'p:b u:p2',
      'c -',
      '@p:d u:p2',
      '@q:e u:q',
      'p:f u:p2',
      'g u:1',
      'p:h u:p1',
    ]);
    const levels = 250;
    const each = 150;
    const open = Array.from(
      { length: levels },
      (_, level) => `<a${Array.from({ length: each }, (_none, n) => ` xmlns:p${level}-${n}="u:${n}"`).join('')}>`,
    );
    const deep = parseXml(`${open.join('')}<p0-3:x/><p249-7:y/>${'</a>'.repeat(levels)}`);
    let inner = deep.root;
    for (let next = firstChild(inner, 'a'); next !== undefined; next = firstChild(inner, 'a')) inner = next;
    expect(inner.children.map((node) => (node.kind === 'element' ? node.namespace : node.kind))).toEqual(['u:3', 'u:7']);
  });
});

describe('parseXmlBytes', () => {
  it('reads UTF-8 with and without byte order mark, and nothing else', () => {
    expect(textContent(parseXmlBytes(new TextEncoder().encode('<a>é</a>')).root)).toBe('é');
    expect(parseXmlBytes(new Uint8Array([0xef, 0xbb, 0xbf, 0x3c, 0x61, 0x2f, 0x3e])).text).toBe('\uFEFF<a/>');
    expect(() => parseXmlBytes(new Uint8Array([0x3c, 0x61, 0x3e, 0xe9, 0x3c, 0x2f, 0x61, 0x3e]))).toThrow(/not UTF-8/);
    expect(() => parseXmlBytes(new Uint8Array(maxXmlBytes + 1))).toThrow(/4 MiB/);
  });
});
