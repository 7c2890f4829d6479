import { setTimeout as delay } from 'node:timers/promises';
import type { KeyCodeset } from '../../shared/contract/screens.ts';
import { strokesFor, type KeyboardLayout, type Stroke } from '../../shared/keyboard/layouts.ts';
import { TapestryError } from '../../shared/errors.ts';
import { qnumOf } from './key-codes.ts';
import type { ScreenMachine, ScreenSource } from './screen-source.types.ts';

/** How long QEMU holds keys that no time is said for, ms (ui/input.c). */
const usualHold = 10;

/** Presses keys together, and lets go of them. @throws TapestryError `invalid`, `wrong-state`, `qmp`, `cancelled` */
export async function sendKeys(
  source: ScreenSource,
  machine: ScreenMachine,
  { codeset, keys, holdMs }: { readonly codeset: KeyCodeset; readonly keys: readonly (string | number)[]; readonly holdMs: number },
  signal: AbortSignal,
): Promise<void> {
  await press(
    source,
    machine,
    keys.map((key) => qnumOf(key, codeset)),
    holdMs,
    signal,
  );
}

/**
 * Types a text key by key, each once QEMU has let go of the one before: a guest's keyboard holds few strokes.
 * @throws TapestryError `invalid` before anything is typed; `wrong-state`, `qmp`, `cancelled`
 */
export async function typeText(
  source: ScreenSource,
  machine: ScreenMachine,
  { text, layout }: { readonly text: string; readonly layout: KeyboardLayout },
  signal: AbortSignal,
): Promise<void> {
  const chords = strokesFor(text, layout).map(chordOf);
  for (const chord of chords) {
    await press(source, machine, chord, 0, signal);
    // Each key of it goes down, and each comes up, one after the other.
    await delay(2 * chord.length * usualHold, undefined, { signal }).catch(() => undefined); // told below
    if (signal.aborted) throw new TapestryError('cancelled', 'Typing was cancelled.');
  }
}

const chordOf = ({ key, shift, altGr }: Stroke): readonly number[] =>
  [...(shift === true ? ['LEFTSHIFT'] : []), ...(altGr === true ? ['RIGHTALT'] : []), key].map((name) => qnumOf(`KEY_${name}`, 'linux'));

const press = (source: ScreenSource, machine: ScreenMachine, keys: readonly number[], holdMs: number, signal: AbortSignal) =>
  source.ask(
    machine.uuid,
    'typed at',
    'send-key',
    { keys: keys.map((data) => ({ type: 'number', data })), ...(holdMs === 0 ? {} : { 'hold-time': holdMs }) },
    signal,
  );
