import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Interface, InterfaceSource } from '../../../shared/domain/interface.ts';
import { TapestryError, type ErrorCode } from '../../../shared/errors.ts';
import { until as untilHolds } from '../../consoles/testing/until.ts';

/** Path of the helper under test. */
export const helperFile = path.join(process.env['TAPESTRY_NATIVE_DIR'] ?? '', 'tapestry-net-helper');

/** Words that run a program as the ordinary uid of a case, with nothing of root's. */
export const ordinary = ['setpriv', '--reuid', '54321', '--regid', '54321', '--clear-groups', '--inh-caps=-all'] as const;

/** Runs a program to its end; throws with its words when it fails. */
export async function sh(...command: readonly string[]): Promise<string> {
  const [program = '', ...args] = command;
  return (await promisify(execFile)(program, args)).stdout;
}

/** Runs commands in turn, as a shell reads them; throws with its words when one fails. */
export async function run(commands: readonly string[]): Promise<void> {
  await sh('sh', '-ec', commands.join('\n'));
}

/** Names of the interfaces in this namespace. */
export async function interfaces(): Promise<readonly string[]> {
  return (await readdir('/sys/class/net')).toSorted();
}

/** An interface as `ip` tells of it, details included. */
export async function ipLink(name: string): Promise<Record<string, unknown>> {
  const [link] = JSON.parse(await sh('ip', '-json', '-details', 'link', 'show', 'dev', name)) as Record<string, unknown>[];
  assert.ok(link);
  return link;
}

/** What a bare run of the helper gave. */
export interface BareReply {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly text: string;
  readonly reply: Readonly<Record<string, unknown>>;
}

/** Runs the helper without its client. `fds` become 3, 4, … `before` is a program with arguments that starts it (setpriv, unshare, …). */
export function bare(
  args: readonly string[],
  fds: readonly number[] = [],
  before: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): BareReply {
  const [program = '', ...rest] = [...before, helperFile, ...args];
  const { status, signal, stdout } = spawnSync(program, rest, {
    stdio: ['ignore', 'pipe', 'ignore', ...fds],
    encoding: 'latin1',
    env: { PATH: process.env['PATH'], ...env },
  });
  const text = stdout ?? '';
  let reply: Record<string, unknown> = {};
  // An uplink answers twice: its end counts.
  if (text.startsWith('{')) reply = JSON.parse(text.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  return { status, signal, text, reply };
}

/** As {@link bare}, without waiting: for races. */
export async function bareAsync(args: readonly string[], fds: readonly number[] = []): Promise<BareReply> {
  const child = spawn(helperFile, args, { stdio: ['ignore', 'pipe', 'ignore', ...fds], env: {} });
  let text = '';
  child.stdout?.setEncoding('latin1').on('data', (part: string) => (text += part));
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on('close', (code, name) => resolve([code, name])),
  );
  return { status, signal, text, reply: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {} };
}

/** Opens /dev/net/tun `count` times for the time of `use`. */
export async function withTuns<T>(count: number, use: (fds: number[]) => T | Promise<T>): Promise<T> {
  const fds = Array.from({ length: count }, () => openSync('/dev/net/tun', 'r+'));
  try {
    return await use(fds);
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

/** Asserts that a promise rejects with this code; returns the error. */
export async function rejectsWith(promise: Promise<unknown>, code: ErrorCode): Promise<TapestryError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof TapestryError, String(error));
    assert.equal(error.code, code, error.message);
    return error;
  }
  throw new Error(`expected ${code}, and it worked`);
}

/** Waits until `condition` holds. @throws Error where it never does */
export function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  return untilHolds(what, condition);
}

/** The processes that this one started and that are still there. */
export function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

/** Waits until no process of the helper is left in this process namespace, but those that ended and that nobody fetched. */
export function helpersGone(): Promise<void> {
  return until(async () => {
    const states = await Promise.all(
      (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')), // it ended meanwhile
    );
    return !states.some((text) => /\(tapestry-net-he\) [^Z]/.test(text));
  }, 'no process of the helper is left');
}

/** An interface of a domain. */
export function nic(source: InterfaceSource, more: Partial<Interface> = {}): Interface {
  return {
    kind: 'interface',
    path: '/domain/devices/interface[1]',
    type: source.type,
    source,
    mac: '52:54:00:e4:2e:c1',
    model: 'virtio',
    driver: {},
    ips: [],
    routes: [],
    portForwards: [],
    ...more,
  };
}

/** A folder of the case's own; it goes with TMPDIR, or is removed by the test's caller. */
export function scratch(): string {
  return mkdtempSync(path.join(process.env['TMPDIR'] ?? os.tmpdir(), 'tapestry-case-'));
}

/** Starts QEMU with these descriptors from 3 on, its processors stopped, and resolves when its monitor greets. */
export async function startQemu(
  args: readonly string[],
  stdio: readonly (number | import('node:net').Socket)[],
  socket: string,
): Promise<ChildProcess> {
  const fixed = [
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-machine',
    'q35,accel=tcg',
    '-m',
    '32',
    '-S',
    '-qmp',
    `unix:${socket},server=on,wait=off`,
  ];
  const child = spawn('qemu-system-x86_64', [...fixed, ...args], { stdio: ['ignore', 'ignore', 'pipe', ...stdio] });
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (words += text));
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`QEMU ended: ${words}`);
    return (await readdir(path.dirname(socket))).includes(path.basename(socket));
  }, 'QEMU listens');
  return child;
}
