import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bareEnvironment } from '../testing/bare-environment.ts';
import { fullHost } from '../testing/full-host/full-host.ts';
import { resolvePaths } from '../computer/paths.ts';
import { openRuntime } from '../runtime/runtime.ts';
import { runProgram } from './program.ts';

let home: string;
let environment: NodeJS.ProcessEnv;
let owner: ChildProcess;
const patience = { timeout: 60_000, interval: 20 };

const gone = (child: ChildProcess): Promise<unknown> =>
  child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((resolve) => child.once('exit', resolve));

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'tap-con-'));
  environment = { ...bareEnvironment(home), TERM: 'xterm' };
  owner = spawn(process.execPath, [path.join(import.meta.dirname, '../runtime/testing/contender.ts')], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (owner.stdout === null) throw new Error('no stdout');
  const lines = createInterface({ input: owner.stdout });
  await new Promise<void>((resolve) => lines.on('line', (line) => line.includes('"ready"') && resolve()));
});
afterEach(async () => {
  owner.kill('SIGKILL');
  await gone(owner);
  // A command that lost its terminal may be keeping its compiled code yet.
  await rm(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

describe('the console on a terminal', () => {
  it('is raw: Ctrl+C goes to the guest, Ctrl+] leaves, and the terminal is as it was', async () => {
    // script(1) of util-linux runs it on a pseudo-terminal; the shell's stty shows the state before and after.
    const node = `${process.execPath} ${path.join(import.meta.dirname, 'main.ts')}`;
    const terminal = spawn(
      'script',
      [
        '-qec',
        `stty -a | grep -c -- '-icanon'; ${node} -c test console web-1; echo status $?; stty -a | grep -c -- '-icanon'; exit 0`,
        '/dev/null',
      ],
      {
        env: { ...environment, SHELL: '/bin/sh' },
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    let seen = '';
    terminal.stdout.on('data', (data: Buffer) => (seen += data.toString()));
    try {
      await vi.waitFor(() => expect(seen).toContain('web-1 login: '), patience);
      terminal.stdin.write('root\r');
      await vi.waitFor(() => expect(seen).toContain('Password: '), patience);
      terminal.stdin.write('x\r');
      await vi.waitFor(() => expect(seen).toContain('Last login'), patience);
      terminal.stdin.write('half a command\x03');
      await vi.waitFor(() => expect(seen).toContain('half a command^C'), patience);
      terminal.stdin.write('\x1d');
      await vi.waitFor(() => expect(seen).toContain('status 0'), patience);
      await gone(terminal);
      expect(seen.match(/^[01]\r?$/gm)?.map(Number)).toEqual([0, 0]);
      // Whatever the guest had turned on in it: its screen, mouse reports, bracketed paste.
      for (const mode of [47, 1000, 1004, 2004]) expect(seen).toContain(`\x1b[?${String(mode)}l`);
    } finally {
      terminal.kill('SIGKILL');
    }
  });

  it('asks nothing of a terminal whose answers it would not read: the shell would get them', async () => {
    const node = `${process.execPath} ${path.join(import.meta.dirname, 'main.ts')}`;
    // Echoed as it was typed.
    const terminal = spawn('script', ['-qec', `printf '\\033[6n'1 | ${node} -c test console web-1`, '/dev/null'], {
      env: { ...environment, SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let seen = '';
    terminal.stdout.on('data', (data: Buffer) => (seen += data.toString()));
    try {
      await vi.waitFor(() => expect(seen).toMatch(/login: [^]*1/), patience);
      expect(seen).toContain('\x1b[6\x181');
    } finally {
      terminal.kill('SIGKILL');
    }
  });
});

describe('the terminal of a console', () => {
  it.for(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('shows the guest’s bytes unaltered, and is given back after %s', async (signal) => {
    const node = `${process.execPath} ${path.join(import.meta.dirname, 'main.ts')}`;
    // A shell gives a job in the background no terminal to read from, unless it is told to.
    const script = `tty; exec 3<&0; ${node} -c test console web-1 <&3 & echo child $!; wait; echo over; exec sleep 1000`;
    const terminal = spawn('script', ['-qec', script, '/dev/null'], {
      env: { ...environment, SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let seen = '';
    terminal.stdout.on('data', (data: Buffer) => (seen += data.toString('latin1')));
    const settings = (): string[] => {
      const { stdout } = spawnSync('stty', ['-F', /\/dev\/pts\/\d+/.exec(seen)?.[0] ?? '', '-a'], { encoding: 'utf8' });
      return stdout.split(/[\s;]+/).filter((word) => ['icanon', 'opost', 'isig', 'echo', 'icrnl'].includes(word.replace('-', '')));
    };
    try {
      await vi.waitFor(() => expect(seen).toContain('web-1 login: '), patience);
      expect(settings().toSorted()).toEqual(['-echo', '-icanon', '-icrnl', '-isig', '-opost']);
      process.kill(Number(/child (\d+)/.exec(seen)?.[1]), signal);
      await vi.waitFor(() => expect(settings().toSorted()).toEqual(['echo', 'icanon', 'icrnl', 'isig', 'opost']), patience);
      await vi.waitFor(() => expect(seen).toContain('\u001b[?2004l'), patience);
    } finally {
      terminal.kill('SIGKILL');
    }
  });
});

describe('the console of a host whose owner dies', () => {
  it('goes on at the next owner', async () => {
    const runtime = await openRuntime({
      host: 'cli',
      paths: resolvePaths({ env: environment, uid: process.getuid?.() ?? 0, home, exists: () => false }),
      connections: fullHost(),
      log: (error) => expect(error).toBeUndefined(),
    });
    try {
      expect(runtime.role).toBe('attached');
      let seen = '';
      const sink = (): NodeJS.WriteStream =>
        new Writable({
          write(chunk: Buffer, _encoding, done) {
            seen += chunk.toString();
            done();
          },
        }) as unknown as NodeJS.WriteStream;
      const keys = new PassThrough();
      const context = {
        stdin: keys as unknown as NodeJS.ReadStream,
        stdout: sink(),
        stderr: sink(),
        runtime: () => Promise.resolve(runtime),
        api: () => Promise.resolve(runtime.api),
        connection: () => Promise.resolve('test'),
        exit: { status: 0 as const },
      };
      const running = runProgram({ context, version: '0', log: (error) => expect(error).toBeUndefined() }, ['console', 'web-1']);
      await vi.waitFor(() => expect(seen).toContain('web-1 login: '), patience);
      owner.kill('SIGKILL');
      await vi.waitFor(() => expect(runtime.role).toBe('owner'), patience);
      // Keys are typed until one is answered: those of the moment in between are lost, as on a serial line.
      await vi.waitFor(() => {
        keys.write('root\n');
        expect(seen).toContain('Password: ');
      }, patience);
      keys.write('\x1d');
      expect(await running).toBe(0);
    } finally {
      await runtime.close();
    }
  });
});
