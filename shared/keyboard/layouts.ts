import { TapestryError } from '../errors.ts';

/** Layouts of keyboards whose keys are known here, by xkb's names (xkeyboard-config, symbols/; their AltGr is that of Linux). */
export const keyboardLayouts = ['us', 'gb', 'de', 'fr'] as const;
export type KeyboardLayout = (typeof keyboardLayouts)[number];

/** One press: a key by Linux' name without `KEY_`, and what is held meanwhile. */
export interface Stroke {
  readonly key: string;
  readonly shift?: true;
  /** AltGr: the right Alt. */
  readonly altGr?: true;
}

/** Keys in the order of their rows, as on a PC keyboard with 105 keys; the number row begins with the key left of 1. */
const rows = [
  'GRAVE 1 2 3 4 5 6 7 8 9 0 MINUS EQUAL'.split(' '),
  'Q W E R T Y U I O P LEFTBRACE RIGHTBRACE'.split(' '),
  'A S D F G H J K L SEMICOLON APOSTROPHE BACKSLASH'.split(' '),
  '102ND Z X C V B N M COMMA DOT SLASH'.split(' '),
] as const;

/** What the keys of a row give: plain, with Shift, with AltGr. A blank stands for nothing, or for what is no character by itself. */
type Rows = readonly (readonly [plain: string, shift: string, altGr?: string])[];

/* prettier-ignore */
const layouts: Readonly<Record<KeyboardLayout, Rows>> = {
  us: [
    ['`1234567890-=', '~!@#$%^&*()_+'],
    ['qwertyuiop[]', 'QWERTYUIOP{}'],
    ["asdfghjkl;'\\", 'ASDFGHJKL:"|'],
    [' zxcvbnm,./', ' ZXCVBNM<>?'],
  ],
  gb: [
    ['`1234567890-=', '¬!"£$%^&*()_+', '|   €        '],
    ['qwertyuiop[]', 'QWERTYUIOP{}'],
    ["asdfghjkl;'#", 'ASDFGHJKL:@~'],
    ['\\zxcvbnm,./', '|ZXCVBNM<>?'],
  ],
  de: [
    [' 1234567890ß ', '°!"§$%&/()=? ', '  ²³   {[]}\\ '],
    ['qwertzuiopü+', 'QWERTZUIOPÜ*', '@ €        ~'],
    ['asdfghjklöä#', "ASDFGHJKLÖÄ'"],
    ['<yxcvbnm,.-', '>YXCVBNM;:_', '|      µ   '],
  ],
  fr: [
    ['²&é"\'(-è_çà)=', ' 1234567890°+', '  ~#{[|`\\^@]}'],
    ['azertyuiop $', 'AZERTYUIOP £', '  €        ¤'],
    ['qsdfghjklmù*', 'QSDFGHJKLM%µ', ' ß          '],
    ['<wxcvbn,;:!', '>WXCVBN?./§'],
  ],
};

/** Accents that are a key before the letter; with a space they are themselves, where no key gives them directly. */
const dead: Readonly<Record<KeyboardLayout, Readonly<Record<string, Stroke>>>> = {
  us: {},
  gb: {},
  de: { '^': { key: 'GRAVE' }, '´': { key: 'EQUAL' }, '`': { key: 'EQUAL', shift: true } },
  // AltGr with 2 and 7 gives ~ and ` themselves to Linux; they are dead to Windows.
  fr: { '^': { key: 'LEFTBRACE' }, '¨': { key: 'LEFTBRACE', shift: true } },
};

/** Letters with an accent that a dead key gives: the accent as a combining character, and as the key's own. */
const accents: Readonly<Record<string, string>> = { '\u0302': '^', '\u0301': '´', '\u0300': '`', '\u0308': '¨', '\u0303': '~' };

const common: Readonly<Record<string, Stroke>> = { ' ': { key: 'SPACE' }, '\n': { key: 'ENTER' }, '\t': { key: 'TAB' } };

const strokesOf = (layout: KeyboardLayout): ReadonlyMap<string, Stroke> => {
  const strokes = new Map<string, Stroke>(Object.entries(common));
  const holds = [{}, { shift: true }, { altGr: true }] as const;
  for (const [row, kinds] of layouts[layout].entries())
    for (const [kind, characters = ''] of kinds.entries())
      for (const [place, character] of Array.from(characters).entries()) {
        const key = rows[row]?.[place];
        if (key !== undefined && character !== ' ' && !strokes.has(character)) strokes.set(character, { key, ...holds[kind] });
      }
  return strokes;
};

const tables = new Map<KeyboardLayout, ReadonlyMap<string, Stroke>>();
const tableOf = (layout: KeyboardLayout): ReadonlyMap<string, Stroke> => {
  const known = tables.get(layout) ?? strokesOf(layout);
  tables.set(layout, known);
  return known;
};

/** How one character is typed; undefined where the layout has no keys for it. */
const typed = (character: string, layout: KeyboardLayout): readonly Stroke[] | undefined => {
  const table = tableOf(layout);
  const direct = table.get(character);
  if (direct !== undefined) return [direct];
  const accent = dead[layout][character];
  if (accent !== undefined) return [accent, { key: 'SPACE' }];
  const [letter = '', mark = '', more] = character.normalize('NFD');
  const before = more === undefined ? dead[layout][accents[mark] ?? ''] : undefined;
  const base = table.get(letter);
  return before === undefined || base === undefined ? undefined : [before, base];
};

/**
 * The strokes that type a text on a keyboard of this layout, character by character; line ends of any kind are Enter.
 * @throws TapestryError `invalid` where the layout has no keys for some of it: each place is an issue, its path counted in code points from 0
 *   (of the text in NFC, with one character for each line end)
 */
export function strokesFor(text: string, layout: KeyboardLayout): readonly Stroke[] {
  const characters = Array.from(text.replaceAll(/\r\n?/g, '\n').normalize('NFC'));
  const ways = characters.map((character) => typed(character, layout));
  const issues = ways.flatMap((way, place) =>
    way === undefined ? [{ path: String(place), message: `“${characters[place]}” is on no key of the layout ${layout}.` }] : [],
  );
  if (issues.length === 0) return ways.flatMap((way) => way ?? []);
  const missing = new Set(issues.map(({ path }) => characters[Number(path)]));
  throw new TapestryError('invalid', `A keyboard of the layout ${layout} has no keys for ${[...missing].slice(0, 20).join(' ')}.`, {
    path: 'text',
    issues,
    next: 'Choose the layout that the guest has, or leave those characters out.',
  });
}
