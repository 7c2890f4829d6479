import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tbt-'));
});
afterEach(async () => {
  for (const { pid } of await processesOf(folder)) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Processes that were started with the folder in their environment or command line, wherever they are now. */
const processesOf = async (mark: string): Promise<{ readonly pid: number; readonly command: string }[]> => {
  const found: { pid: number; command: string }[] = [];
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const read = (file: string) => readFile(`/proc/${name}/${file}`, 'latin1').catch(() => ''); // gone meanwhile, or another user's
    const command = await read('cmdline');
    if (command.includes(mark) || (await read('environ')).includes(mark)) found.push({ pid, command: command.replaceAll('\0', ' ') });
  }
  return found;
};

const inMemory = async (): Promise<string[]> => (await readdir('/dev/shm')).filter((name) => name.startsWith('tb-'));

it.for([
  ['SIGTERM', 'start', 143],
  ['SIGINT', 'nic', 130],
  ['SIGTERM', 'console', 143],
] as const)('%s in the middle of %s leaves no process, namespace or file', async ([signal, bench, status], { skip }) => {
  if (bench === 'nic' && process.getuid?.() !== 0) skip('a namespace with a bridge needs root; run the tests as root');
  const before = await inMemory();
  const child = spawn(process.execPath, ['--no-warnings', path.join(import.meta.dirname, 'main.ts'), bench], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, TMPDIR: folder },
  });
  const exited = once(child, 'exit');
  const words: string[] = [];
  const measuring = Promise.withResolvers<void>();
  createInterface({ input: child.stderr }).on('line', (line) => {
    words.push(line);
    if (line === `measuring: ${bench}`) measuring.resolve();
  });
  await Promise.race([measuring.promise, exited.then(() => Promise.reject(new Error(words.join('\n'))))]);
  // There is no event for a process that another one starts.
  while (child.exitCode === null && !(await processesOf(folder)).some(({ command }) => command.includes('qemu-system'))) await pause(20);
  child.kill(signal);
  expect(await exited, words.join('\n')).toEqual([status, null]);
  expect(words).toEqual([`measuring: ${bench}`]);
  // The last of a namespace's processes may be ending still.
  await expect.poll(() => processesOf(folder), { timeout: 30_000 }).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
  expect((await inMemory()).filter((name) => !before.includes(name))).toEqual([]);
});

it('names the benches when it is asked for another', async () => {
  const child = spawn(process.execPath, ['--no-warnings', path.join(import.meta.dirname, 'main.ts'), 'speed'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, TMPDIR: folder },
  });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()));
  expect((await once(child, 'exit'))[0]).toBe(1);
  expect(words).toContain('no bench is called speed; there are: idle, many, page, xml, command, define, start, tap, nic, console');
  expect(await readdir(folder)).toEqual([]);
});
