import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { parsedDefinition, readingOf } from './parsed-definition.ts';
import { Remembered } from './remembered.ts';

test('makes a thing of each input once, and forgets the one that was not used for the longest time', () => {
  const made: string[] = [];
  const known = new Remembered<{ readonly key: string }>(2);
  const of = (key: string) =>
    known.of(key, () => {
      made.push(key);
      return { key };
    });
  const first = of('a');
  of('b');
  expect(of('a')).toBe(first);
  of('c'); // in the place of b
  expect(of('a')).toBe(first);
  expect(of('b').key).toBe('b');
  expect(made).toEqual(['a', 'b', 'c', 'b']);
});

test('remembers no failure', () => {
  const known = new Remembered<string>(2);
  expect(() =>
    known.of('a', () => {
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(known.of('a', () => 'yes')).toBe('yes');
});

test('reads a definition once, an edited one again, and keeps huge ones only until their memory is wanted', async () => {
  const xml = "<domain type='qemu'><name>a</name><memory unit='MiB'>32</memory></domain>";
  expect(readingOf(xml)).toBe(readingOf(xml));
  expect(readingOf(xml).domain.memory.size).toBe(32 * 1024);
  expect(readingOf(xml.replace('32', '64')).domain.memory.size).toBe(64 * 1024);
  const huge = xml.replace('<memory', `<description>${'x'.repeat(200_000)}</description><memory`);
  // A mark, since the object itself must not be held here.
  Object.assign(parsedDefinition(huge), { mark: true });
  expect(parsedDefinition(huge)).toHaveProperty('mark');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  await pause(0); // what a turn has looked at stays until its end
  collect();
  expect(parsedDefinition(huge)).not.toHaveProperty('mark');
});
