import { spawn, type ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { endStrays } from '../connections/embedded/recover/end-strays.ts';
import { findRecorders } from '../consoles/find-recorders.ts';
import { identifyProcess } from './process-identity.ts';
import { searchProcesses } from './search-processes.ts';

/** Reads of files of this process fail. */
const faults = vi.hoisted(() => ({ of: '', times: 0 }));
vi.mock(import('node:fs/promises'), async (original) => {
  const actual = await original();
  return {
    ...actual,
    readFile: ((...args: Parameters<typeof actual.readFile>) => {
      const [file] = args;
      if (faults.times <= 0 || typeof file !== 'string' || !file.startsWith(faults.of)) return actual.readFile(...args);
      faults.times -= 1;
      return Promise.reject(Object.assign(new Error('EMFILE: as told'), { code: 'EMFILE' }));
    }) as typeof actual.readFile,
  };
});

const mark = `/tmp/search-${process.pid}/`;
let child: ChildProcess;
let ended: Promise<unknown>;
beforeEach(async () => {
  child = spawn(process.execPath, ['-e', 'console.log("ready"); setInterval(() => undefined, 1000)', '--', '-S', `path=${mark}qmp.sock`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  Object.assign(faults, { of: `/proc/${child.pid}/`, times: 0 });
});
afterEach(async () => {
  child.kill('SIGKILL');
  await ended;
});

const search = () => searchProcesses((argv) => (argv.includes(`path=${mark}qmp.sock`) ? argv.at(-1) : undefined));

it('finds a process by its words, through refusals that pass', async () => {
  const identity = await identifyProcess(child.pid ?? 0);
  faults.times = 2;
  expect(await search()).toEqual({ found: [{ identity, words: `path=${mark}qmp.sock` }], complete: true });
});

it('says that it could not look at everything', async () => {
  faults.times = Infinity;
  expect(await search()).toEqual({ found: [], complete: false });
  expect(await findRecorders('/nowhere')).toEqual([]);
});

it('ends what a start left, and tells where it can’t look for it', async () => {
  faults.times = Infinity;
  await expect(endStrays(mark)).rejects.toMatchObject({ code: 'wrong-state' });
  faults.times = 0;
  await endStrays(`${mark}another/`);
  expect(await search()).toMatchObject({ found: [{}] });
  await endStrays(mark);
  expect(await ended).toBe('SIGKILL');
});
