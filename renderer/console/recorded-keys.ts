import { z } from 'zod';
import { create } from 'zustand';

/** Keys that a browser calls otherwise than Linux does (UI Events KeyboardEvent code values; linux/input-event-codes.h), without `KEY_`. */
const named: Readonly<Record<string, string>> = {
  AltLeft: 'LEFTALT',
  AltRight: 'RIGHTALT',
  ArrowDown: 'DOWN',
  ArrowLeft: 'LEFT',
  ArrowRight: 'RIGHT',
  ArrowUp: 'UP',
  Backquote: 'GRAVE',
  BracketLeft: 'LEFTBRACE',
  BracketRight: 'RIGHTBRACE',
  ContextMenu: 'COMPOSE',
  ControlLeft: 'LEFTCTRL',
  ControlRight: 'RIGHTCTRL',
  Escape: 'ESC',
  IntlBackslash: '102ND',
  MetaLeft: 'LEFTMETA',
  MetaRight: 'RIGHTMETA',
  NumpadAdd: 'KPPLUS',
  NumpadDecimal: 'KPDOT',
  NumpadDivide: 'KPSLASH',
  NumpadEnter: 'KPENTER',
  NumpadMultiply: 'KPASTERISK',
  NumpadSubtract: 'KPMINUS',
  Period: 'DOT',
  PrintScreen: 'SYSRQ',
  Quote: 'APOSTROPHE',
  ShiftLeft: 'LEFTSHIFT',
  ShiftRight: 'RIGHTSHIFT',
};

/** Those that are called the same. */
const same =
  'Backslash Backspace CapsLock Comma Delete End Enter Equal Home Insert Minus NumLock PageDown PageUp Pause ScrollLock Semicolon';
const plain: ReadonlySet<string> = new Set([...same.split(' '), 'Slash', 'Space', 'Tab']);

/** Linux' name of a key, by a browser's; undefined for one that it hasn't here. Pure. */
export function linuxKey(code: string): string | undefined {
  const other =
    named[code] ??
    /^(?:Key([A-Z])|Digit(\d)|(F\d{1,2}))$/
      .exec(code)
      ?.slice(1)
      .find((part) => part !== undefined);
  if (other !== undefined) return `KEY_${other}`;
  const pad = /^Numpad(\d)$/.exec(code)?.[1];
  if (pad !== undefined) return `KEY_KP${pad}`;
  return plain.has(code) ? `KEY_${code.toUpperCase()}` : undefined;
}

const words: Readonly<Record<string, string>> = {
  KEY_LEFTCTRL: 'Ctrl',
  KEY_RIGHTCTRL: 'Right Ctrl',
  KEY_LEFTALT: 'Alt',
  KEY_RIGHTALT: 'AltGr',
  KEY_LEFTSHIFT: 'Shift',
  KEY_RIGHTSHIFT: 'Right Shift',
  KEY_LEFTMETA: 'Super',
  KEY_RIGHTMETA: 'Right Super',
  KEY_SYSRQ: 'Print',
  KEY_ESC: 'Esc',
  KEY_COMPOSE: 'Menu',
};

/** A combination as people write it: `Ctrl+Alt+F3`. Pure. */
export function combinationLabel(keys: readonly string[]): string {
  return keys.map((key) => words[key] ?? capital(key.slice('KEY_'.length))).join('+');
}

const capital = (name: string): string => name.slice(0, 1) + name.slice(1).toLowerCase();

const stored = 'tapestry.key-combinations';
const kept = z.array(z.array(z.string().startsWith('KEY_').max(64)).min(1).max(16));

/** What can't be read is as if nothing had been recorded. */
const readKept = (): readonly (readonly string[])[] => {
  try {
    return kept.parse(JSON.parse(localStorage.getItem(stored) ?? '[]'));
  } catch {
    return [];
  }
};

interface RecordedKeys {
  readonly combinations: readonly (readonly string[])[];
  readonly add: (keys: readonly string[]) => void;
  readonly remove: (keys: readonly string[]) => void;
}

/** One's own combinations, for every machine; remembered by this browser. */
export const useRecordedKeys = create<RecordedKeys>()((set, get) => {
  const keep = (combinations: readonly (readonly string[])[]) => {
    localStorage.setItem(stored, JSON.stringify(combinations));
    set({ combinations });
  };
  const others = (keys: readonly string[]) => get().combinations.filter((one) => one.join() !== keys.join());
  return {
    combinations: readKept(),
    add: (keys) => keep([...others(keys), keys]),
    remove: (keys) => keep(others(keys)),
  };
});
