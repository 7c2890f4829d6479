import { describe, expect, it } from 'vitest';
import { joinOs, readOs } from './read-os.ts';

const document = (inside: string) => `<libosinfo version="0.0.1">${inside}</libosinfo>`;
const faultOf = (text: string) => readOs(text, '/db/x.xml').faults[0]?.message;

describe('readOs', () => {
  it('reads names without their translations, and numbers that are exact', () => {
    const [system] = readOs(
      document(`<os id="x"><name xml:lang="de">Zehn</name><name>Ten &amp; more</name>
        <resources arch="all"><minimum><ram>99999999999999999999</ram><n-cpus>2</n-cpus></minimum></resources></os>`),
      'x',
    ).systems;
    expect(system?.name).toBe('Ten & more');
    expect(system?.resources).toEqual([{ arch: 'all', inherit: false, minimum: { cpus: 2 } }]);
  });

  it('leaves out what has a pattern that can’t be used, and keeps the rest of the system', () => {
    const { systems, faults } = readOs(
      document(`<os id="x"><media arch="all"><iso><volume-id>(?&lt;=a)</volume-id></iso></media>
        <media arch="all"><iso><volume-id>good</volume-id></iso></media>
        <tree arch="all"><treeinfo><family>(</family></treeinfo></tree></os>`),
      '/db/x.xml',
    );
    expect(systems[0]?.media.map(({ patterns }) => patterns.volumeId)).toEqual(['good']);
    expect(systems[0]?.trees).toEqual([]);
    expect(faults.map(({ file }) => file)).toEqual(['/db/x.xml', '/db/x.xml']);
    expect(faults[0]?.message).toMatch(/“\(\?<=a\)” can’t be used/);
  });

  it.each([
    ['<libosinfo><os id="x"></libosinfo>', /line 1/],
    ['', /can’t be read/],
    ['not XML at all', /can’t be read/],
    ['<other/>', /its root is not <libosinfo>/],
    ['<!DOCTYPE x [<!ENTITY a "b">]><libosinfo/>', /a document type/],
    [document('<os id="x"><__proto__>1</__proto__></os>'), /can’t be read/],
    [document('<os/>'), /has no id/],
  ])('tells what is wrong with %s', (text, why) => {
    expect(faultOf(text)).toMatch(why);
    expect(readOs(text, 'x').systems).toEqual([]);
  });

  it('stands what is nested without end', () => {
    const { systems } = readOs(document(`<os id="x">${'<a>'.repeat(20_000)}${'</a>'.repeat(20_000)}</os>`), 'x');
    expect(systems.length).toBeLessThanOrEqual(1);
  });
});

it('joins two parts of a system: lists are put together, of one thing the later counts', () => {
  const [first, later] = readOs(
    document(`<os id="x"><short-id>a</short-id><name>A</name><version>1</version><devices><device id="d1"/></devices></os>
      <os id="x"><short-id>a</short-id><short-id>b</short-id><name>B</name><devices><device id="d2" supported="false"/></devices></os>`),
    'x',
  ).systems;
  if (first === undefined || later === undefined) throw new Error('two parts were expected');
  expect(joinOs(first, later)).toMatchObject({
    name: 'B',
    version: '1',
    shortIds: ['a', 'b'],
    devices: [
      { id: 'd1', supported: true },
      { id: 'd2', supported: false },
    ],
  });
});
