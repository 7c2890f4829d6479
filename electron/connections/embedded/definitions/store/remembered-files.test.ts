import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RememberedFiles } from './remembered-files.ts';

const faults = vi.hoisted(() => ({ times: 0 }));
vi.mock(import('node:fs/promises'), async (original) => {
  const actual = await original();
  const read = ((...args: Parameters<typeof actual.readFile>) => {
    if (faults.times <= 0) return actual.readFile(...args);
    faults.times -= 1;
    return Promise.reject(Object.assign(new Error('EMFILE: as told'), { code: 'EMFILE' }));
  }) as typeof actual.readFile;
  return { ...actual, readFile: read };
});

let directory = '';
let told: unknown[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tap-files-'));
  told = [];
  faults.times = 0;
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const held = [['a.xml', '00000000-0000-4000-8000-00000000000a']] as const;
const others = [['b.xml', '00000000-0000-4000-8000-00000000000b']] as const;
const open = () => new RememberedFiles(join(directory, 'files.json'), (error) => told.push(error));
const note = async (memory: RememberedFiles, files: typeof held | typeof others) => {
  memory.note(() => Promise.resolve({ files: new Map(files), texts: new Map() }));
  await memory.settled();
};

it('remembers, through refusals that pass', async () => {
  await note(open(), held);
  faults.times = 3;
  expect([...(await open().read()).files]).toEqual(held);
  expect(told).toEqual([]);
});

it('writes over nothing that it could not read, or that a later version wrote', async () => {
  await note(open(), held);
  const file = join(directory, 'files.json');
  const text = await readFile(file, 'utf8');
  faults.times = 1000;
  const blind = open();
  expect((await blind.read()).files.size).toBe(0);
  faults.times = 0;
  expect(told).toMatchObject([{ code: 'io' }]);
  await note(blind, others);
  expect(await readFile(file, 'utf8')).toBe(text);
  for (const newer of [JSON.stringify({ version: 2, folders: {} }), text.replace('"version":1', '"version":2')]) {
    await writeFile(file, newer);
    const older = open();
    expect([...(await older.read()).files]).toEqual(newer.includes('folders') ? [] : held);
    await note(older, others);
    expect(await readFile(file, 'utf8')).toBe(newer);
  }
});

it('begins anew where its file is damaged', async () => {
  const file = join(directory, 'files.json');
  for (const damaged of ['', '{', '[]', '{"version":1,"files":{"a.xml":7}}']) {
    await writeFile(file, damaged);
    const memory = open();
    expect((await memory.read()).files.size).toBe(0);
    await note(memory, held);
    expect([...(await open().read()).files]).toEqual(held);
  }
});
