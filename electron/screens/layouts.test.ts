import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { strokesFor, type KeyboardLayout } from '../../shared/keyboard/layouts.ts';
import { qnumOf } from './key-codes.ts';

const ascii = Array.from({ length: 95 }, (_, place) => String.fromCodePoint(0x20 + place));
const files: Readonly<Record<KeyboardLayout, string>> = { us: 'en-us', gb: 'en-gb', de: 'de', fr: 'fr' };
const folder = '/usr/share/qemu/keymaps';

/** X's names of the characters that aren't called by themselves. */
const names: Readonly<Record<string, string>> = Object.fromEntries(
  (
    '  space|! exclam|" quotedbl|# numbersign|$ dollar|% percent|& ampersand|\' apostrophe|( parenleft|) parenright|* asterisk|+ plus|' +
    ', comma|- minus|. period|/ slash|: colon|; semicolon|< less|= equal|> greater|? question|@ at|[ bracketleft|\\ backslash|' +
    '] bracketright|^ asciicircum|_ underscore|` grave|{ braceleft|~ asciitilde|} braceright|ä adiaeresis|ß ssharp|€ EuroSign|¨ diaeresis'
  )
    .split('|')
    .map((entry) => [entry.slice(0, 1), entry.slice(2)])
    .concat([['|', 'bar']]),
);

/** QEMU's own keymap of a layout, made from xkb's: `code shift altgr` to the names of what it gives. */
const keymap = (layout: KeyboardLayout): ReadonlyMap<string, ReadonlySet<string>> => {
  const map = new Map<string, Set<string>>();
  for (const line of readFileSync(`${folder}/${files[layout]}`, 'utf8').split('\n')) {
    const [, name, code, more = ''] = /^(\w+) 0x([0-9a-f]+)((?: \w+)*)/.exec(line) ?? [];
    if (name === undefined || code === undefined) continue;
    const key = `${Number.parseInt(code, 16)} ${more.includes('shift')} ${more.includes('altgr')}`;
    map.set(key, (map.get(key) ?? new Set()).add(name));
  }
  return map;
};

describe.skipIf(!existsSync(`${folder}/de`))('text as keys, against QEMU’s own keymaps', () => {
  it.each([
    ['us', ascii],
    ['gb', [...ascii, '€']],
    ['de', [...ascii, 'ä', 'ß', '€']],
    ['fr', [...ascii, 'ä', 'ß', '€']],
  ] as const)('%s', (layout, characters) => {
    const map = keymap(layout);
    for (const character of characters) {
      const strokes = strokesFor(character, layout);
      const given = strokes.map(({ key, shift, altGr }) => {
        const place = `${qnumOf(`KEY_${key}`, 'linux')} ${shift === true} ${altGr === true}`;
        return [...(map.get(place) ?? [])];
      });
      const name = names[character] ?? character;
      // The files have no dead keys: the accent stands where the dead key is.
      const wanted = strokes.length === 1 ? [name] : character === 'ä' ? ['diaeresis', 'a'] : [name, 'space'];
      expect({ character, given }).toEqual({ character, given: wanted.map((one) => expect.arrayContaining([one])) });
    }
  });
});

describe('text as keys', () => {
  it('that the layout hasn’t is refused at each place, before anything is typed', () => {
    expect(() => strokesFor('aäß€', 'us')).toThrow(
      expect.objectContaining({
        data: expect.objectContaining({ code: 'invalid', issues: [1, 2, 3].map((at) => expect.objectContaining({ path: String(at) })) }),
      }),
    );
  });

  it('knows line ends of any kind, tabs, and accents by dead keys', () => {
    expect(strokesFor('a\r\nb\rc\n\t', 'us').map(({ key }) => key)).toEqual(['A', 'ENTER', 'B', 'ENTER', 'C', 'ENTER', 'TAB']);
    expect(strokesFor('ê^', 'de')).toEqual([{ key: 'GRAVE' }, { key: 'E' }, { key: 'GRAVE' }, { key: 'SPACE' }]);
    // Composed or not: it is one text.
    expect(strokesFor('e\u0302', 'de')).toEqual(strokesFor('ê', 'de'));
  });
});
