import { mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DefinitionStore } from './definition-store.ts';

/** Names of the file system's functions as they are called, and what another program does as soon as a file has its name. */
const seen = vi.hoisted(() => ({ calls: [] as string[], meanwhile: undefined as (() => Promise<void>) | undefined }));
vi.mock(import('node:fs/promises'), async (original) => {
  const actual = await original();
  const counted = Object.entries(actual).map(([name, value]): [string, unknown] => {
    if (typeof value !== 'function') return [name, value];
    const call = value as (...args: unknown[]) => unknown;
    return [
      name,
      async (...args: unknown[]) => {
        seen.calls.push(name);
        const answer = await call(...args);
        if (name === 'link' || (name === 'rename' && seen.meanwhile !== undefined)) {
          const { meanwhile } = seen;
          seen.meanwhile = undefined;
          await meanwhile?.();
        }
        return answer;
      },
    ];
  });
  return { ...actual, ...Object.fromEntries(counted) };
});

const uuidOf = (digit: number) => `00000000-0000-4000-8000-00000000000${digit}`;
const xmlOf = (digit: number, extra = '') => `<domain type='qemu'><name>web</name><uuid>${uuidOf(digit)}</uuid>${extra}</domain>`;
const identify = (xml: string) => ({ name: 'web', uuid: /<uuid>(.*)<\/uuid>/.exec(xml)?.[1] ?? '' });

let folder: string;
let file: string;
let store: DefinitionStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tap-store-'));
  file = join(folder, 'machines/web.xml');
  store = await DefinitionStore.open(join(folder, 'machines'), identify);
  seen.calls.length = 0;
});
afterEach(async () => {
  seen.meanwhile = undefined;
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

it('asks the file system for nothing twice, and reads nothing back, when a machine is defined', async () => {
  await store.save(xmlOf(1));
  // Is the name free; the folder; the temporary file; no mark; the name, and the other one gone; what it is now.
  expect(seen.calls.toSorted()).toEqual(['link', 'lstat', 'lstat', 'open', 'open', 'unlink', 'unlink']);
  seen.calls.length = 0;
  await store.save(xmlOf(1, '<title>again</title>'));
  expect(seen.calls.filter((name) => name === 'readFile').length).toBeLessThanOrEqual(1); // is it as it was left?
  seen.calls.length = 0;
  expect(await store.rescan()).toMatchObject({ changed: [], removed: [], broken: [] });
  expect(await readFile(file, 'utf8')).toBe(xmlOf(1, '<title>again</title>'));
});

it.each(['a file', 'a link'])('sees %s that takes the place of what it has just written, and never writes over it', async (kind) => {
  const theirs = join(folder, 'theirs.xml');
  await writeFile(theirs, xmlOf(2));
  seen.meanwhile = async () => {
    if (kind === 'a link') await symlink(theirs, join(folder, 'link'));
    await rename(kind === 'a link' ? join(folder, 'link') : theirs, file);
  };
  await store.save(xmlOf(1));
  await expect(store.save(xmlOf(1, '<title>again</title>'))).rejects.toMatchObject({ code: 'duplicate-name' });
  expect(await readFile(file, 'utf8')).toBe(xmlOf(2));
  expect(store.get(uuidOf(2))).toMatchObject({ xml: xmlOf(2) });
});

it('sees what replaces a definition right after it was written', async () => {
  await store.save(xmlOf(1));
  await store.save(xmlOf(1, '<title>ours</title>'));
  await writeFile(join(folder, 'machines/.edited'), xmlOf(1, '<title>them</title>'));
  await rename(join(folder, 'machines/.edited'), file);
  await expect(store.save(xmlOf(1), { expect: 'what we wrote' })).rejects.toMatchObject({ code: 'conflict' });
  expect(store.get(uuidOf(1))?.xml).toBe(xmlOf(1, '<title>them</title>'));
});
