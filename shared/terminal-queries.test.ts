import { describe, expect, it } from 'vitest';
import { TerminalQueries } from './terminal-queries.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (pieces: readonly Uint8Array[]) => new TextDecoder().decode(Uint8Array.from(pieces.flatMap((piece) => [...piece])));
/** What is left of a text that comes in chunks of `size` bytes. */
const muted = (what: string, size = Infinity) => {
  const queries = new TerminalQueries();
  const all = bytes(what);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < all.length; at += size) pieces.push(queries.pass(all.subarray(at, Math.min(at + size, all.length)), true));
  return text(pieces);
};

const queries: readonly (readonly [name: string, sequence: string])[] = [
  ['primary attributes', '\x1b[c'],
  ['primary attributes with a parameter', '\x1b[0c'],
  ['secondary attributes', '\x1b[>c'],
  ['tertiary attributes', '\x1b[=0c'],
  ['DECID', '\x1bZ'],
  ['status', '\x1b[5n'],
  ['cursor position', '\x1b[6n'],
  ['extended cursor position', '\x1b[?6n'],
  ['colour scheme', '\x1b[?996n'],
  ['a mode', '\x1b[4$p'],
  ['a private mode', '\x1b[?2026$p'],
  ['version', '\x1b[>0q'],
  ['keyboard', '\x1b[?u'],
  ['parameters', '\x1b[x'],
  ['presentation', '\x1b[2$w'],
  ['checksum', '\x1b[1;1;1;1;1;1*y'],
  ['size in letters', '\x1b[18t'],
  ['size in pixels', '\x1b[14;2t'],
  ['title', '\x1b[21t'],
  ['focus', '\x1b[?1000;1004h'],
  ['foreground, BEL', '\x1b]10;?\x07'],
  ['background, ST', '\x1b]11;?\x1b\\'],
  ['background, C1', '\x1b]11;?\u009c'],
  ['palette', '\x1b]4;1;rgb:00/00/00;2;?;3;?\x07'],
  ['clipboard', '\x1b]52;c;?\x07'],
  ['clipboard that is set', '\x1b]52;c;AAAA\x07'],
  ['setting', '\x1bP$qm\x1b\\'],
  ['capability', '\x1bP+q544e\x1b\\'],
  ['graphics', '\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\'],
  ['answerback', '\x05'],
  ['a C1 introducer', '\u009b6n'],
  ['one in the middle of another', '\x1b[3\x1b[6n'],
  ['one with a control in it', '\x1b[\r6n'],
];

describe('TerminalQueries', () => {
  it.each(queries)('takes out %s, wherever it is cut, and keeps every offset', (_name, sequence) => {
    const whole = `before${sequence}after`;
    const left = muted(whole);
    expect(left).not.toBe(whole);
    expect(bytes(left)).toHaveLength(bytes(whole).length);
    for (const size of [1, 2, 3, 5]) expect(muted(whole, size)).toBe(left);
    expect(left.startsWith('before')).toBe(true);
    expect(left.endsWith('after')).toBe(true);
    // Nothing is asked any more.
    expect(muted(left)).toBe(left);
  });

  it.each(queries)('lets %s pass, untouched and uncopied, where it is to be answered', (_name, sequence) => {
    const chunk = bytes(`before${sequence}after`);
    expect(new TerminalQueries().pass(chunk, false)).toBe(chunk);
  });

  it('breaks a query off where it becomes one, and pads the rest', () => {
    expect(muted('\x1b[6nx')).toBe('\x1b[6\x18x');
    expect(muted('\x1b]10;?\x07x')).toBe('\x1b]10;\x18\0x');
    expect(muted('\x1b]10;?\x1b\\x')).toBe('\x1b]10;\x18\x1b\\x');
    expect(muted('\x1bP$qm\x1b\\x')).toBe('\x1bP$\x18\0\x1b\\x');
  });

  it.each([
    ['colours and moves', '\x1b[1;31mred\x1b[0m\x1b[2J\x1b[H\x1b[10;20H'],
    ['modes', '\x1b[?1049h\x1b[?2004h\x1b[?1004l\x1b[?25l'],
    ['window operations that are no reports', '\x1b[8;24;80t\x1b[22;0t'],
    ['key modifiers', '\x1b[>4;2m\x1b[>4n\x1b[=1u\x1b[>1u'],
    ['the shape of the cursor', '\x1b[2 q\x1b[?6c'],
    ['titles', '\x1b]0;?what; 52;?\x07\x1b]2;a [6n title\x1b\\'],
    ['colours that are set', '\x1b]4;1;#ff0000\x07\x1b]10;#ffffff\x1b\\'],
    ['character sets', '\x1b(Z\x1b(B\x1b)0'],
    ['pictures', '\x1bPq#0;2;0;0;0~-\x1b\\'],
    ['other strings', '\x1b^[6n\x1b\\\x1b_X[6n\x1b\\\x1bX[c\x1b\\'],
    ['letters of other scripts', 'Grüße, Ω ½ … ↵ \u00a06n'],
    ['what looks like one', '[6n ]10;? 5n Z c'],
    ['a sequence that was given up', '\x1b[6\x18n\x1b[6\x1an'],
  ])('leaves %s', (_name, sequence) => {
    expect(muted(sequence)).toBe(sequence);
    expect(muted(sequence, 1)).toBe(sequence);
  });

  it('counts a query as answered where it ends', () => {
    const machine = new TerminalQueries();
    expect(text([machine.pass(bytes('\x1b['), true), machine.pass(bytes('6n'), false)])).toBe('\x1b[6n');
    expect(text([machine.pass(bytes('\x1b['), false), machine.pass(bytes('6n'), true)])).toBe('\x1b[6\x18');
    // What was broken off stays so.
    expect(text([machine.pass(bytes('\x1b]11;?'), true), machine.pass(bytes('\x07'), false)])).toBe('\x1b]11;\x18\0');
    expect(text([machine.pass(bytes('\x1b]11;?'), false), machine.pass(bytes('\x07'), true)])).toBe('\x1b]11;?\x07');
  });
});
