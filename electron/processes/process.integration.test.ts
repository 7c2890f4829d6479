import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endProcess, signalProcess } from './end-process.ts';
import { identifyProcess, isProcessAlive, type ProcessIdentity } from './process-identity.ts';
import { parseProcessStat, readProcessStat } from './proc-stat.ts';
import { findProgram, readLogFrom, spawnDetached } from './spawn-detached.ts';

let directory = '';
const started: ProcessIdentity[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tap-process-'));
});

afterEach(async () => {
  for (const identity of started.splice(0)) await endProcess(identity, 0);
  await rm(directory, { recursive: true, force: true });
});

const run = async (argv: string[], more: { program?: string; fds?: number[]; environment?: Record<string, string> } = {}) => {
  const child = await spawnDetached({
    program: more.program ?? '/bin/sh',
    argv,
    fds: more.fds ?? [],
    logPath: join(directory, 'log'),
    environment: more.environment ?? {},
    workingDirectory: '/',
  });
  started.push(child.identity);
  return child;
};

describe('parseProcessStat', () => {
  it('counts fields from the last parenthesis, as a command name may hold anything', () => {
    const after = ['S', ...Array.from({ length: 49 }, (_, index) => String(index + 4))].join(' ');
    expect(parseProcessStat(`7 (evil) S 1 (x) ${after}\n`)).toEqual({ state: 'S', startTime: 22, cpuTicks: 14 + 15, residentPages: 24 });
    expect(parseProcessStat('nonsense')).toBeUndefined();
  });

  it('reads this very process', async () => {
    await expect(readProcessStat(process.pid)).resolves.toMatchObject({ state: expect.stringMatching(/[RS]/) as string });
    await expect(readProcessStat(2 ** 22 + 1)).resolves.toBeUndefined();
  });
});

describe('spawnDetached', () => {
  it('gives the process a session of its own, its log, its environment and its descriptors, and nothing else of ours', async () => {
    const fd = openSync(join(directory, 'inherited'), 'w');
    const leak = openSync(join(directory, 'leak'), 'w');
    const child = await run(['-c', 'echo "$COLOUR" >&3; echo out; echo err >&2; exec sleep 60'], {
      fds: [fd],
      environment: { COLOUR: 'blue' },
    });
    closeSync(fd);
    await expect.poll(() => readFile(join(directory, 'inherited'), 'utf8'), { timeout: 10_000 }).toBe('blue\n');
    await expect.poll(() => readLogFrom(join(directory, 'log'), child.logOffset), { timeout: 10_000 }).toBe('out\nerr');
    const session = (await readFile(`/proc/${child.identity.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[3];
    expect(session).toBe(String(child.identity.pid));
    await expect(readlink(`/proc/${child.identity.pid}/fd/0`)).resolves.toBe('/dev/null');
    // What it opens itself as it starts (a shell's words, a locale) is there for a moment; what it was given would stay.
    const fourth = () => readlink(`/proc/${child.identity.pid}/fd/4`).catch((error: NodeJS.ErrnoException) => error.code);
    await expect.poll(fourth, { timeout: 10_000 }).toBe('ENOENT');
    closeSync(leak);
    expect(await readFile(join(directory, 'log'), 'utf8')).toContain(`starting /bin/sh -c 'echo "$COLOUR"`);
  });

  it('reports how the process ended', async () => {
    await expect((await run(['-c', 'sleep 0.1; exit 3'])).exited).resolves.toEqual({ code: 3, signal: null });
    const child = await run(['-c', 'exec sleep 60']);
    await signalProcess(child.identity, 'SIGKILL');
    await expect(child.exited).resolves.toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('refuses a program that is missing, not executable or a directory', async () => {
    const script = join(directory, 'not-executable');
    await writeFile(script, '#!/bin/sh\n');
    await expect(run([], { program: '/nonexistent/qemu' })).rejects.toMatchObject({ code: 'qemu-missing' });
    await expect(run([], { program: 'no-such-qemu-anywhere' })).rejects.toMatchObject({ code: 'qemu-missing' });
    await expect(run([], { program: script })).rejects.toMatchObject({ code: 'qemu-missing' });
    await expect(run([], { program: directory })).rejects.toMatchObject({ code: 'qemu-missing' });
  });

  it('says so when the log cannot be written', async () => {
    await expect(
      spawnDetached({
        program: '/bin/sh',
        argv: [],
        fds: [],
        logPath: join(directory, 'no', 'log'),
        environment: {},
        workingDirectory: '/',
      }),
    ).rejects.toMatchObject({ code: 'io' });
    await expect(
      spawnDetached({ program: '/bin/sh', argv: [], fds: [], logPath: '/dev/full', environment: {}, workingDirectory: '/' }),
    ).rejects.toMatchObject({
      code: 'storage-full',
    });
  });

  it('finds a program by name', async () => {
    await expect(findProgram('sh')).resolves.toMatch(/\/sh$/);
  });
});

describe('endProcess', () => {
  it('asks first, then insists', async () => {
    const polite = await run(['-c', 'exec sleep 60']);
    await expect(endProcess(polite.identity, 10_000)).resolves.toBe('term');
    const stubborn = await run(['-c', 'trap "" TERM; echo ready; while :; do sleep 1; done']);
    await expect.poll(() => readLogFrom(join(directory, 'log'), stubborn.logOffset), { timeout: 10_000 }).toContain('ready');
    await expect(endProcess(stubborn.identity, 100)).resolves.toBe('kill');
    await expect(endProcess(stubborn.identity, 100)).resolves.toBe('gone');
  });

  it('lets a stopped process go on to end, and waits for none that stays stopped', async () => {
    const stopped = await run(['-c', 'trap "echo ended; exit" TERM; echo ready; while :; do sleep 1; done']);
    await expect.poll(() => readLogFrom(join(directory, 'log'), stopped.logOffset), { timeout: 10_000 }).toContain('ready');
    await signalProcess(stopped.identity, 'SIGSTOP');
    await expect.poll(async () => (await readProcessStat(stopped.identity.pid))?.state, { timeout: 10_000 }).toBe('T');
    await expect(endProcess(stopped.identity, 600_000)).resolves.toBe('term');
    expect(await readLogFrom(join(directory, 'log'), stopped.logOffset)).toContain('ended');
    // As under a debugger: what is sent stops it again.
    const held = await run(['-c', 'trap "kill -STOP $$" TERM; echo ready; while :; do sleep 1; done']);
    await expect.poll(() => readLogFrom(join(directory, 'log'), held.logOffset), { timeout: 10_000 }).toContain('ready');
    await expect(endProcess(held.identity, 600_000)).resolves.toBe('kill');
  });

  it('never touches another process that has the pid now', async () => {
    const child = await run(['-c', 'exec sleep 60']);
    const stranger = { ...child.identity, startTime: child.identity.startTime - 1 };
    await expect(isProcessAlive(stranger)).resolves.toBe(false);
    await expect(endProcess(stranger, 0)).resolves.toBe('gone');
    await expect(isProcessAlive(child.identity)).resolves.toBe(true);
  });

  it('takes a zombie for dead', async () => {
    const parent = await run(['-c', 'sleep 0 & echo $!; exec sleep 60']);
    await expect.poll(() => readLogFrom(join(directory, 'log'), parent.logOffset), { timeout: 10_000 }).toMatch(/^\d+$/);
    const zombie = Number(await readLogFrom(join(directory, 'log'), parent.logOffset));
    await expect.poll(() => identifyProcess(zombie), { timeout: 10_000 }).toBeUndefined();
    await expect(readProcessStat(zombie)).resolves.toMatchObject({ state: 'Z' });
  });
});
