import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { called } from '../testing/called.ts';
import { bareEnvironment } from '../testing/bare-environment.ts';
import { acquireOwnership } from './ownership.ts';
import { preparePaths, resolvePaths, type Paths } from '../computer/paths.ts';
import { openRuntime } from './runtime.ts';

interface Line {
  said: string;
  [key: string]: unknown;
}

/** A host in a process of its own. */
class Contender {
  readonly lines: Line[] = [];
  readonly child: ChildProcess;
  stderr = '';

  constructor(environment: NodeJS.ProcessEnv, host: 'browser' | 'cli' = 'browser') {
    this.child = spawn(process.execPath, [path.join(import.meta.dirname, 'testing/contender.ts'), host], {
      env: environment,
      stdio: 'pipe',
    });
    this.child.stderr?.on('data', (data: Buffer) => (this.stderr += data.toString()));
    if (this.child.stdout !== null)
      createInterface({ input: this.child.stdout }).on('line', (line) => this.lines.push(JSON.parse(line) as Line));
  }

  tell(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  async hears(said: string, from = 0): Promise<Line> {
    return vi.waitFor(
      () => {
        const line = this.lines.slice(from).find((one) => one.said === said);
        if (line === undefined) throw new Error(`never said “${said}”: ${JSON.stringify(this.lines)} ${this.stderr}`);
        return line;
      },
      // Below the runner's own limit, so that the words say what was waited for: four at once may take a busy computer a minute to begin.
      { timeout: 150_000, interval: 20 },
    );
  }

  async role(): Promise<unknown> {
    return (await this.hears('ready'))['role'];
  }

  async ask(line: string, answer: string): Promise<Line> {
    const from = this.lines.length;
    this.tell(line);
    return this.hears(answer, from);
  }

  async gone(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    await new Promise((resolve) => this.child.once('exit', resolve));
  }
}

const byText = (a: unknown, b: unknown): number => String(a).localeCompare(String(b));

let home: string;
let paths: Paths;
let environment: NodeJS.ProcessEnv;
let contenders: Contender[];
const start = (host?: 'browser' | 'cli'): Contender => {
  const contender = new Contender(environment, host);
  contenders.push(contender);
  return contender;
};

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'tap-own-'));
  environment = bareEnvironment(home);
  paths = resolvePaths({ env: environment, uid: process.getuid?.() ?? 0, home, exists: () => false });
  contenders = [];
});
afterEach(async () => {
  for (const contender of contenders) contender.child.kill('SIGKILL');
  await Promise.all(contenders.map((contender) => contender.gone()));
  await rm(home, { recursive: true, force: true });
});

describe('the owner of the state directory', () => {
  it('is exactly one of several that start at once; the others attach and see the same state', async () => {
    const all = Array.from({ length: 4 }, () => start());
    const roles = await Promise.all(all.map((contender) => contender.role()));
    expect(roles.toSorted(byText)).toEqual(['attached', 'attached', 'attached', 'owner']);
    expect(all.flatMap(({ lines }) => lines.filter(({ said }) => said === 'opened'))).toHaveLength(1);
    const [first, second] = all;
    await first?.ask('rename gateway', 'renamed');
    expect((await second?.ask('list', 'list'))?.['names']).toContain('gateway');
    expect(all.flatMap(({ lines }) => lines.filter(({ said }) => said === 'defect'))).toEqual([]);
  });

  it('lets only its user reach the socket', async () => {
    await start().role();
    const socket = await stat(paths.hostSocket);
    expect(socket.isSocket()).toBe(true);
    expect(socket.mode & 0o777).toBe(0o600);
    expect((await stat(paths.sockets)).mode & 0o777).toBe(0o700);
  });

  it('is followed after SIGKILL by one of two that contend, and their windows stay connected', async () => {
    const owner = start();
    await owner.role();
    const heirs = [start(), start()];
    for (const heir of heirs) {
      expect(await heir.role()).toBe('attached');
      await heir.ask('watch', 'snapshot');
    }
    const before = heirs.map((heir) => heir.lines.length);
    owner.child.kill('SIGKILL');
    await owner.gone();
    await Promise.all(heirs.map((heir, n) => heir.hears('snapshot', before[n])));
    const roles = await Promise.all(heirs.map(async (heir) => (await heir.ask('list', 'list'))['role']));
    expect(roles.toSorted(byText)).toEqual(['attached', 'owner']);
    expect(heirs.flatMap(({ lines }) => lines.filter(({ said }) => said === 'opened'))).toHaveLength(1);
    expect(heirs.flatMap(({ lines }) => lines.filter(({ said }) => said === 'watch ended' || said === 'defect'))).toEqual([]);
  });

  it('can be taken over from a socket, a note and a lock that a killed owner left', async () => {
    const owner = start();
    await owner.role();
    owner.child.kill('SIGKILL');
    await owner.gone();
    expect(await readdir(paths.state)).toContain('owner.lock');
    expect((await stat(paths.hostSocket)).isSocket()).toBe(true);
    const heirs = [start(), start()];
    expect((await Promise.all(heirs.map((heir) => heir.role()))).toSorted(byText)).toEqual(['attached', 'owner']);
  });

  it('answers what was asked of it before it leaves, and hands over to a host that lives longer', async () => {
    const command = start('cli');
    await command.role();
    const window = start();
    expect(await window.role()).toBe('attached');
    window.tell('start');
    // The start takes a while; the owner is told to leave in the middle of it.
    await window.ask('list', 'list');
    command.tell('close');
    await command.hears('closed');
    await command.gone();
    await window.hears('started');
    const list = await window.ask('list', 'list');
    expect(list['role']).toBe('owner');
    expect(window.lines.filter(({ said }) => said === 'start failed' || said === 'defect')).toEqual([]);
  });

  it('survives commands that come and go at once', async () => {
    const rounds = Array.from({ length: 6 }, () => start('cli'));
    await Promise.all(
      rounds.map(async (contender) => {
        await contender.role();
        expect((await contender.ask('list', 'list'))['names']).toContain('debian-12');
        contender.tell('close');
        await contender.hears('closed');
      }),
    );
    await Promise.all(rounds.map((contender) => contender.gone()));
    expect(rounds.flatMap(({ lines }) => lines.filter(({ said }) => said === 'defect'))).toEqual([]);
  });
});

describe('a lock without an owner that answers', () => {
  it('is refused with the process that holds it, after some patience', async () => {
    await preparePaths(paths);
    const holder = await acquireOwnership(paths, 'desktop');
    if (holder.kind !== 'owner') throw new Error('not the owner');
    try {
      // The second one is a later version's.
      for (const more of [{ host: 'desktop' }, { host: 'remote', version: 2 }]) {
        await writeFile(path.join(paths.state, 'owner.json'), JSON.stringify({ pid: 4321, socket: paths.hostSocket, ...more }));
        await expect(acquireOwnership(paths, 'browser', { patience: 300 })).rejects.toMatchObject({
          code: 'state-owned',
          message: expect.stringContaining('process 4321') as string,
        });
      }
    } finally {
      await holder.release();
    }
    const next = await acquireOwnership(paths, 'browser');
    expect(next.kind).toBe('owner');
    if (next.kind === 'owner') await next.release();
  });

  it('and a socket that can’t be made is an error that names it', async () => {
    await preparePaths(paths);
    const hostSocket = path.join(home, 'none', 'host.sock');
    const owner = await acquireOwnership({ ...paths, hostSocket }, 'browser');
    if (owner.kind !== 'owner') throw new Error('not the owner');
    try {
      await expect(owner.listen(() => undefined)).rejects.toMatchObject({
        code: 'io',
        message: expect.stringContaining(hostSocket) as string,
        data: { next: expect.any(String) as string },
      });
    } finally {
      await owner.release();
    }
  });

  it('is taken on a full disk, and others find its owner', async (context) => {
    if (spawnSync('unshare', ['-m', 'true']).status !== 0)
      context.skip('this user may not make a mount namespace, which the small file system needs');
    await preparePaths(paths);
    const script = path.join(home, 'full.mts');
    await writeFile(
      script,
      `
      import { readdirSync, writeFileSync } from 'node:fs';
      import { acquireOwnership } from ${JSON.stringify(path.join(import.meta.dirname, 'ownership.ts'))};
      const paths = JSON.parse(process.argv[2]);
      try { writeFileSync(paths.state + '/filler', Buffer.alloc(1 << 20)); } catch (error) { if (error.code !== 'ENOSPC') throw error; }
      const owner = await acquireOwnership(paths, 'cli');
      const heard = new Promise((resolve) => owner.listen((socket) => resolve(socket.destroy())));
      const other = await acquireOwnership(paths, 'browser');
      await heard;
      console.log(JSON.stringify({ owner: owner.kind, other: other.kind, files: readdirSync(paths.state).sort() }));
      other.socket.destroy();
      await owner.release();
      `,
    );
    const mount = 'mount -t tmpfs -o size=128k none "$1" && shift && exec "$@"';
    const argv = ['-m', 'sh', '-c', mount, 'sh', paths.state, process.execPath, script, JSON.stringify(paths)];
    const { stdout, stderr } = spawnSync('unshare', argv, { encoding: 'utf8', timeout: 60_000 });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ owner: 'owner', other: 'attached', files: ['filler', 'owner.lock'] });
  });

  it.for([
    [
      'a text that is longer than a header',
      'this is no database, but a text that somebody wrote over it, so SQLite says no to it.'.repeat(3),
    ],
    ['a short text', 'this is not a database'],
    ['a header and rubbish behind it', `SQLite format 3\0${'\u00ff'.repeat(4096)}`],
  ] as const)('and with %s in it is emptied and taken; others still find it held', async ([, content]) => {
    await preparePaths(paths);
    const lock = path.join(paths.state, 'owner.lock');
    await writeFile(lock, content);
    const owner = await acquireOwnership(paths, 'browser');
    expect(owner.kind).toBe('owner');
    expect((await stat(lock)).size).toBe(0);
    await expect(acquireOwnership(paths, 'cli', { patience: 100 })).rejects.toMatchObject({ code: 'state-owned' });
    if (owner.kind === 'owner') await owner.release();
  });

  it('is one owner’s when several find it damaged at once', async () => {
    await preparePaths(paths);
    await writeFile(path.join(paths.state, 'owner.lock'), 'garbage, and no database');
    const all = Array.from({ length: 4 }, () => start());
    const roles = await Promise.all(all.map((contender) => contender.role()));
    expect(roles.toSorted(byText)).toEqual(['attached', 'attached', 'attached', 'owner']);
  });

  it('that was removed or written over under a living owner doesn’t make a second one', async () => {
    const owner = start();
    expect(await owner.role()).toBe('owner');
    await writeFile(path.join(paths.state, 'owner.lock'), 'garbage, and no database');
    expect(await start().role()).toBe('attached');
    await rm(path.join(paths.state, 'owner.lock'));
    expect(await start().role()).toBe('attached');
  });

  it.for([
    ['a directory', async (lock: string) => await mkdir(lock)],
    ['a link to nothing', async (lock: string) => await symlink(`${lock}.elsewhere`, lock)],
    [
      'a link to a file of the user’s',
      async (lock: string) => {
        await writeFile(path.join(home, 'thesis.txt'), 'years of work');
        await symlink(path.join(home, 'thesis.txt'), lock);
      },
    ],
  ] as const)('that is %s is an error that names it, and nothing is made or changed', async ([, make]) => {
    await preparePaths(paths);
    const lock = path.join(paths.state, 'owner.lock');
    await make(lock);
    await expect(acquireOwnership(paths, 'browser')).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining(lock) as string,
      data: { next: expect.stringContaining('Move it away') as string },
    });
    expect(await readdir(paths.state)).not.toContain('owner.lock.elsewhere');
    if ((await readdir(home)).includes('thesis.txt')) expect(await readFile(path.join(home, 'thesis.txt'), 'utf8')).toBe('years of work');
  });
});

describe('the owner’s note and socket', () => {
  it.for([
    ['a note that is garbage', async () => await writeFile(path.join(paths.state, 'owner.json'), '{"pid":')],
    ['a note that is a link to nothing', async () => await symlink('nowhere', path.join(paths.state, 'owner.json'))],
    ['a note that leads to another place', async () => await writeFile(path.join(paths.state, 'owner.json'), note('/nowhere/host.sock'))],
    ['a socket that is a file', async () => await writeFile(paths.hostSocket, 'no socket')],
    ['a socket that is a link to nothing', async () => await symlink('nowhere', paths.hostSocket)],
  ] as const)('are made anew over %s', async ([, make]) => {
    await preparePaths(paths);
    await make();
    expect(await start().role()).toBe('owner');
    expect(await start().role()).toBe('attached');
  });

  it.for([
    ['note', () => path.join(paths.state, 'owner.json')],
    ['socket', () => paths.hostSocket],
  ] as const)('that can’t be made because a directory has the name of the %s are an error that names it', async ([, fileOf]) => {
    await preparePaths(paths);
    await mkdir(fileOf());
    const host = start();
    await expect.poll(() => host.child.exitCode, { timeout: 60_000 }).toBe(1);
    expect(host.stderr).toContain(fileOf());
    expect(host.stderr).toContain('move it away');
  });
});

describe('an owner that is stopped', () => {
  it('is named with its process, and found again when it goes on', async () => {
    const owner = start();
    await owner.role();
    owner.child.kill('SIGSTOP');
    try {
      const other = start('cli');
      await expect.poll(() => other.child.exitCode, { timeout: 60_000 }).toBe(1);
      expect(other.stderr).toContain('state-owned');
      expect(other.stderr).toContain(`process ${String(owner.child.pid)}`);
      expect(other.stderr).toContain(`kill -CONT ${String(owner.child.pid)}`);
    } finally {
      owner.child.kill('SIGCONT');
    }
    expect(await start().role()).toBe('attached');
  });

  it('is named also by a host that was attached before, whose calls go on with it', async () => {
    const owner = start();
    await owner.role();
    const runtime = await openRuntime({ ...never, host: 'browser', paths, patience: 60_000 });
    expect(runtime.role).toBe('attached');
    owner.child.kill('SIGSTOP');
    const first = async (items: AsyncIterable<unknown>) => {
      for await (const item of items) return item;
      return undefined;
    };
    try {
      const named = { code: 'state-owned', data: { next: expect.stringContaining(`kill -CONT ${String(owner.child.pid)}`) as string } };
      await expect(runtime.api['machines.list']({ connection: 'test' })).rejects.toMatchObject(named);
      await Promise.all([
        expect(runtime.api['machines.act']({ machine: called('router-lab', 'test'), action: 'start' })).rejects.toMatchObject(named),
        expect(first(runtime.api['machines.watch']({}))).rejects.toMatchObject(named),
      ]);
    } finally {
      owner.child.kill('SIGCONT');
    }
    expect((await runtime.api['machines.list']({ connection: 'test' })).length).toBeGreaterThan(0);
    expect(runtime.role).toBe('attached');
    await runtime.close();
  });

  it('and one that accepts and says nothing is refused after some patience', async () => {
    await preparePaths(paths);
    const silent = createServer(() => undefined).listen(paths.hostSocket);
    await once(silent, 'listening');
    try {
      await writeFile(path.join(paths.state, 'owner.json'), note(paths.hostSocket));
      await expect(openRuntime({ ...never, host: 'browser', paths, patience: 100 })).rejects.toMatchObject({
        code: 'state-owned',
        message: expect.stringContaining(`process ${process.pid}`) as string,
      });
    } finally {
      silent.close();
    }
  });
});

const never = { connections: () => Promise.reject(new Error('not here')), log: () => undefined };

const note = (socket: string): string => JSON.stringify({ pid: process.pid, socket, host: 'desktop' });
