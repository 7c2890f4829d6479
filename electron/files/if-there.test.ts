import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { errnoOf, isMissing, readIfThere, statIfThere } from './if-there.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'tapestry-files-'))));
afterEach(async () => rm(folder, { recursive: true }));

test('a file that is there is read', async () => {
  const file = path.join(folder, 'a');
  await writeFile(file, 'words');
  expect(await readIfThere(file)).toBe('words');
  expect((await statIfThere(file))?.size).toBe(5);
});

test('a file that is not there is an answer', async () => {
  expect(await readIfThere(path.join(folder, 'none'))).toBeUndefined();
  expect(await statIfThere(path.join(folder, 'none'))).toBeUndefined();
});

test('any other failure stays an error', async () => {
  await writeFile(path.join(folder, 'a'), '');
  await expect(readIfThere(folder)).rejects.toMatchObject({ code: 'EISDIR' });
  await expect(statIfThere(path.join(folder, 'a', 'b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test('only errors of the system have a code', () => {
  expect(errnoOf(Object.assign(new Error('no'), { code: 'EACCES' }))).toBe('EACCES');
  expect(errnoOf(Object.assign(new Error('no'), { code: 7 }))).toBeUndefined();
  expect(errnoOf({ code: 'ENOENT' })).toBeUndefined();
  expect(isMissing(Object.assign(new Error('no'), { code: 'ENOENT' }))).toBe(true);
});
