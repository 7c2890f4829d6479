import type { KeyCodeset } from '../../shared/contract/screens.ts';
import { TapestryError } from '../../shared/errors.ts';
import { keyTable, sideless } from './key-table.ts';

/** A key that QEMU can press. */
interface Key {
  /** QEMU's own number: AT set 1, with 0x80 for an extended key. */
  readonly qnum: number;
  readonly codes: Readonly<Record<KeyCodeset, number | undefined>>;
  readonly names: Readonly<Partial<Record<KeyCodeset, string>>>;
}

const number = (text: string | undefined): number | undefined => (text === undefined || text === '-' ? undefined : Number(text));

/** `ESCAPE:27`: a name and a number. */
const named = (text = '-'): readonly [name: string | undefined, code: number | undefined] => {
  const colon = text.lastIndexOf(':');
  return colon < 0 ? [undefined, undefined] : [text.slice(0, colon), Number(text.slice(colon + 1))];
};

const keyOf = (line: string): Key => {
  const [name = '', linux, set1, set2, set3, usb, windows, mac] = line.split(' ');
  const atset1 = Number(set1);
  const isExtended = atset1 > 0xff;
  const qnum = isExtended ? 0x80 | (atset1 & 0x7f) : atset1;
  const [win32Name, win32] = named(windows);
  const [osxName, osx] = named(mac);
  return {
    qnum,
    codes: {
      linux: number(linux),
      // As libvirt has it: the PC's set under both names.
      xt: atset1,
      atset1,
      atset2: number(set2),
      atset3: number(set3),
      xt_kbd: isExtended ? 0x100 | (atset1 & 0x7f) : atset1,
      usb: number(usb),
      win32,
      os_x: osx,
      qnum,
      rfb: qnum,
    },
    names: {
      linux: `KEY_${name}`,
      ...(win32Name === undefined ? {} : { win32: `VK_${win32Name}` }),
      ...(osxName === undefined ? {} : { os_x: osxName }),
    },
  };
};

let made: readonly Key[] | undefined;
const keys = (): readonly Key[] => (made ??= keyTable.trim().split('\n').map(keyOf));

/**
 * QEMU's number of a key (qapi/ui.json, KeyValue `number`).
 * @param key its number in the codeset, or its name where the codeset has names
 * @throws TapestryError `invalid` where the codeset has no such key, or QEMU can't press it
 */
export function qnumOf(key: string | number, codeset: KeyCodeset): number {
  const side = Object.entries(sideless).find(([name]) => codeset === 'win32' && key === `VK_${name}`)?.[1];
  const name = side === undefined ? key : `VK_${side}`;
  const found = keys().find(({ codes, names }) => (typeof name === 'number' ? codes[codeset] === name : names[codeset] === name));
  if (found !== undefined) return found.qnum;
  throw new TapestryError('invalid', `“${key}” is no key of the codeset ${codeset}.`, {
    path: 'keys',
    next:
      codeset === 'linux' || codeset === 'win32' || codeset === 'os_x'
        ? `Use a number or a name, as ${codeset === 'linux' ? 'KEY_LEFTCTRL' : codeset === 'win32' ? 'VK_LCONTROL' : 'ANSI_A'}.`
        : 'Use a number: this codeset has no names.',
  });
}
