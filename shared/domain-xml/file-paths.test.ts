import { describe, expect, it } from 'vitest';
import { filesNamedIn } from './file-paths.ts';
import { parseXml } from './xml/parse.ts';

const named = (inside: string) => filesNamedIn(parseXml(`<domain>${inside}</domain>`)).map(({ at, file }) => `${at}: ${file}`);

describe('the files that a definition names', () => {
  it('stand in the order of the text, those of backing stores at any depth', () => {
    const below = (depth: number): string =>
      depth === 0 ? '<backingStore/>' : `<backingStore type='file'><source file='/below${depth}'/>${below(depth - 1)}</backingStore>`;
    expect(named(`<os><kernel>/k</kernel></os><devices><disk type='file'><source file='/top'/>${below(3)}</disk></devices>`)).toEqual([
      '/domain/os/kernel: /k',
      '/domain/devices/disk/source/@file: /top',
      '/domain/devices/disk/backingStore/source/@file: /below3',
      '/domain/devices/disk/backingStore/backingStore/source/@file: /below2',
      '/domain/devices/disk/backingStore/backingStore/backingStore/source/@file: /below1',
    ]);
  });

  it('are none in other programs’ notes, nor in elements that are called as something of JavaScript’s', () => {
    expect(
      named(
        "<metadata><os><kernel>/k</kernel></os></metadata><constructor/><toString a='b'><valueOf/></toString><devices><__proto__/></devices>",
      ),
    ).toEqual([]);
  });
});
