import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LastStates } from './last-states.ts';

/** Reads of files with this name fail. */
const faults = vi.hoisted(() => ({ code: undefined as string | undefined, times: 0, of: '' }));
vi.mock(import('node:fs/promises'), async (original) => {
  const actual = await original();
  const faulty = <T extends (...args: never[]) => unknown>(call: T): T =>
    ((...args: Parameters<T>) => {
      if (faults.times <= 0 || !String(args[0]).endsWith(faults.of)) return call(...args);
      faults.times -= 1;
      return Promise.reject(Object.assign(new Error(`${faults.code}: as told`), { code: faults.code }));
    }) as T;
  return { ...actual, readFile: faulty(actual.readFile), readdir: faulty(actual.readdir) };
});

const uuid = '00000000-0000-4000-8000-000000000001';
const crashed = { state: 'crashed', reason: 'panicked' } as const;
let directory = '';
let told: unknown[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tap-last-'));
  told = [];
  faults.times = 0;
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const open = () => new LastStates(directory, (error) => told.push(error));
const written = async () => {
  const states = open();
  states.set(uuid, crashed);
  await states.settled();
  return readFile(join(directory, 'last', uuid), 'utf8');
};

it('is read in the same boot, through refusals that pass', async () => {
  await written();
  for (const of of [uuid, 'last']) {
    Object.assign(faults, { of, code: 'EMFILE', times: 2 });
    expect((await open().read()).get(uuid)).toMatchObject(crashed);
  }
  expect(told).toEqual([]);
});

it('tells of what can’t be read now, and leaves it as it is until there is something newer', async () => {
  const text = await written();
  for (const of of [uuid, 'last']) {
    Object.assign(faults, { of, code: 'EIO', times: 1000 });
    const states = open();
    expect((await states.read()).size).toBe(0);
    faults.times = 0;
    await states.settled();
    expect(await readFile(join(directory, 'last', uuid), 'utf8')).toBe(text);
    expect(told.splice(0)).toMatchObject([{ code: 'io' }]);
  }
  Object.assign(faults, { of: uuid, code: 'EIO', times: 1000 });
  const states = open();
  await states.read();
  faults.times = 0;
  // It runs now: why it was off before is over.
  states.set(uuid, undefined);
  await states.settled();
  expect(await readdir(join(directory, 'last'))).toEqual([]);
});

it('leaves a later version’s words to it, and half a file alone', async () => {
  const text = await written();
  const json = JSON.parse(text) as object;
  const file = join(directory, 'last', uuid);
  const newer = JSON.stringify({ ...json, version: 2, state: 'saved', reason: 'to disk' });
  await mkdir(join(directory, 'last', 'a directory'));
  for (const other of [newer, text.slice(0, 20), '']) {
    await writeFile(file, other);
    const states = open();
    expect((await states.read()).size).toBe(0);
    await states.settled();
    expect(await readFile(file, 'utf8')).toBe(other);
  }
  await writeFile(file, JSON.stringify({ ...json, version: 2, more: 1 }));
  expect((await open().read()).get(uuid)).toMatchObject(crashed);
});
