import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fingerprint, stamped } from './build.mjs';
import { at, root } from './say.mjs';

let folder: string;
const print = () => fingerprint([path.relative(root, folder)], (name) => !name.endsWith('.test.ts'));

beforeEach(() => {
  mkdirSync(at('build'), { recursive: true });
  folder = mkdtempSync(at('build/.fingerprint-'));
  mkdirSync(path.join(folder, 'inner'));
  writeFileSync(path.join(folder, 'inner/a.ts'), 'a');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('stays while nothing changes', () => {
  expect(print()).toBe(print());
});

it.each<[string, () => void]>([
  ['a file grows', () => writeFileSync(path.join(folder, 'inner/a.ts'), 'ab')],
  ['a file is touched', () => utimesSync(path.join(folder, 'inner/a.ts'), 1, 1)],
  ['a file appears', () => writeFileSync(path.join(folder, 'b.ts'), '')],
  ['a file is renamed', () => renameSync(path.join(folder, 'inner/a.ts'), path.join(folder, 'inner/c.ts'))],
  ['a file goes', () => rmSync(path.join(folder, 'inner/a.ts'))],
])('changes when %s', (_name, change) => {
  const before = print();
  change();
  expect(print()).not.toBe(before);
});

it('does not mind what is not wanted', () => {
  const before = print();
  writeFileSync(path.join(folder, 'a.test.ts'), '');
  expect(print()).toBe(before);
});

it('believes a stamp that says the same, and no other', () => {
  const stamp = path.join(folder, 'stamp');
  expect(stamped(stamp, 'x')).toBe(false);
  writeFileSync(stamp, 'x');
  expect(stamped(stamp, 'x')).toBe(true);
  expect(stamped(stamp, 'y')).toBe(false);
});
