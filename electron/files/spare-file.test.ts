import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SpareFile } from './spare-file.ts';

let folder: string;
let name: string;
let file: SpareFile<string>;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tap-spare-'));
  name = path.join(folder, 'a.json');
  file = new SpareFile(name, (text) => (text.startsWith('ours ') ? text.slice(5) : undefined));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('reads what it wrote', async () => {
  expect(await file.read()).toEqual({ value: undefined });
  await file.write('ours 1');
  await file.write('ours 2');
  expect(await file.read()).toEqual({ value: '2' });
});

it('puts garbage aside, each under a name of its own, and begins anew', async () => {
  for (const garbage of ['', '\0\0\0', '{"other":1}']) {
    await writeFile(name, garbage);
    expect(await file.read()).toEqual({ value: undefined });
  }
  await writeFile(name, 'garbage that is there when it is written');
  await file.write('ours 1');
  const kept = await Promise.all((await readdir(folder)).toSorted().map((one) => readFile(path.join(folder, one), 'utf8')));
  expect(kept).toEqual(['ours 1', '', '\0\0\0', '{"other":1}', 'garbage that is there when it is written']);
});

it.each([
  ['a directory', () => mkdir(name), async () => (await lstat(name)).isDirectory()],
  ['a link to nothing', () => symlink('nowhere', name), async () => (await readlink(name)) === 'nowhere'],
  ['a link to itself', () => symlink('a.json', name), async () => (await readlink(name)) === 'a.json'],
  ['a file that names a folder', () => symlink('/etc', name), async () => (await readlink(name)) === '/etc'],
])('leaves %s as it is, and says why it is not used', async (_what, make, isThere) => {
  await make();
  expect(await file.read()).toMatchObject({ value: undefined, trouble: { code: 'io', message: expect.stringContaining(name) as string } });
  await expect(file.write('ours')).rejects.toMatchObject({ code: 'io' });
  expect(await isThere()).toBe(true);
  expect(await readdir(folder)).toEqual(['a.json']);
});
