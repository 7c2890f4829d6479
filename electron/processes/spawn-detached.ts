import type { StdioOptions } from 'node:child_process';
import { constants } from 'node:fs';
import { access, open, stat, type FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { delimiter, isAbsolute, join } from 'node:path';
import { TapestryError } from '../../shared/errors.ts';
import { shellQuote } from '../../shared/shell-quote.ts';
import { errnoOf } from '../files/if-there.ts';
import { identifyProcess, type ProcessIdentity } from './process-identity.ts';
import { spawnProcess } from './spawn-process.ts';

/** How a process ended: one of the two is set. */
export interface ExitFacts {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What to run, as far as its log tells. */
export interface ProcessWords {
  /** Absolute path, or a name to be found in PATH. */
  readonly program: string;
  readonly argv: readonly string[];
  /** Takes stdout and stderr, appended. Its directory exists. */
  readonly logPath: string;
}

/** What to run. */
export interface SpawnRequest extends ProcessWords {
  /** Inherited as 3, 4, 5…; the caller closes its own copies afterwards. `pipe`: a stream is made, see {@link DetachedProcess.streams}. */
  readonly fds: readonly (number | Socket | 'pipe')[];
  /** From {@link openProcessLog} for the same words, where it was called beforehand; it is closed here. */
  readonly log?: ProcessLog;
  /** Added to the environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** Path of the serial recorder, which has a `guard` mode: the process is killed when we die before {@link DetachedProcess.letGo}. */
  readonly guard?: string;
}

/** A process that outlives us. */
export interface DetachedProcess {
  readonly identity: ProcessIdentity;
  /** Where the process's own words begin in the log file, bytes. */
  readonly logOffset: number;
  /** Resolves when it ends while we run. */
  readonly exited: Promise<ExitFacts>;
  /** Our ends of the streams that were asked for, in their order. */
  readonly streams: readonly Socket[];
  /** Ends the guard: from when this resolves the process outlives us. Nothing where there is no guard. Never rejects. */
  letGo(): Promise<void>;
}

/** The process had ended before it could be looked at. */
export class EndedAtOnce extends Error {
  readonly facts: ExitFacts;
  /** What it had written. */
  readonly words: string;

  constructor(facts: ExitFacts, words: string) {
    super(`the process ended at once (${describeExit(facts)})`);
    this.name = 'EndedAtOnce';
    this.facts = facts;
    this.words = words;
  }
}

/**
 * Finds an emulator as execvp would.
 *
 * @returns the absolute path
 * @throws TapestryError `qemu-missing` when it isn't there or may not be executed
 */
export async function findProgram(program: string, path = process.env['PATH'] ?? ''): Promise<string> {
  const candidates = isAbsolute(program)
    ? [program]
    : path
        .split(delimiter)
        .filter((folder) => folder !== '')
        .map((folder) => join(folder, program));
  let why = 'there is no such file';
  for (const candidate of candidates) {
    try {
      if (!(await stat(candidate)).isFile()) {
        why = 'it is not a file';
        continue;
      }
      await access(candidate, constants.X_OK);
      return candidate;
    } catch (error) {
      if (errnoOf(error) === 'EACCES') why = 'it may not be executed by this user';
    }
  }
  throw new TapestryError('qemu-missing', `The emulator ${program} can't be run: ${why}.`, {
    next: 'Install QEMU (on Debian and Ubuntu: apt-get install qemu-system), or correct the emulator in the XML.',
    path: '/domain/devices/emulator',
  });
}

/** How the log marks a start, with a line that can be pasted into a shell; what follows is QEMU's own. */
const logHeader = (words: ProcessWords, program: string): string =>
  `\n${new Date().toISOString()}: starting ${[program, ...words.argv].map(shellQuote).join(' ')}\n`;

/** The log of a process that is about to be spawned, with the line that tells of it. */
export interface ProcessLog {
  /** Absolute path of the program. */
  readonly program: string;
  readonly file: FileHandle;
  /** Where the process's own words will begin, bytes. */
  readonly offset: number;
}

/**
 * Finds the program and begins its log: what can be done before the descriptors are there.
 *
 * @throws TapestryError `qemu-missing`, `io` (log not writable), `storage-full`
 */
export async function openProcessLog(words: ProcessWords): Promise<ProcessLog> {
  const opening = openLog(words.logPath);
  try {
    const [program, file] = await Promise.all([findProgram(words.program), opening]);
    const { size } = await file.stat();
    const { bytesWritten } = await file.write(logHeader(words, program));
    return { program, file, offset: size + bytesWritten };
  } catch (error) {
    const file = await opening.catch(() => undefined); // it is what failed: thrown below
    await file?.close();
    throw error instanceof TapestryError ? error : logError(words.logPath, error);
  }
}

/**
 * Starts a process in a session of its own, with nothing of ours but its log and the given descriptors: it lives on when
 * we end, whatever ends us, and no signal of our terminal reaches it.
 *
 * @throws TapestryError as {@link openProcessLog}; {@link EndedAtOnce}
 */
export async function spawnDetached(request: SpawnRequest): Promise<DetachedProcess> {
  const { program, file: log, offset: logOffset } = request.log ?? (await openProcessLog(request));
  try {
    const place = 3 + request.fds.length;
    const [command, argv] =
      request.guard === undefined ? [program, request.argv] : [request.guard, ['guard', String(place), program, ...request.argv]];
    const stdio: StdioOptions = ['ignore', log.fd, log.fd, ...request.fds, ...(request.guard === undefined ? [] : ['pipe' as const])];
    const { promise: exited, resolve: settleExited } = Promise.withResolvers<ExitFacts>();
    const { promise: spawned, resolve: settleSpawned, reject: failSpawned } = Promise.withResolvers<void>();
    spawned.catch(() => undefined); // awaited below; what fails before that must not leave it unhandled
    let child: ReturnType<typeof spawnProcess>;
    try {
      child = spawnProcess(command, argv, {
        cwd: request.workingDirectory,
        detached: true,
        env: { ...process.env, ...request.environment },
        stdio,
      });
    } catch (error) {
      throw spawnError(program, error);
    }
    child.once('spawn', settleSpawned);
    child.once('error', (error) => failSpawned(spawnError(program, error)));
    const control = request.guard === undefined ? undefined : (child.stdio[place] as Socket);
    control?.on('error', () => control.destroy()); // the guard ended with the process, whose end is told by `exited`
    child.once('exit', (code, signal) => {
      control?.destroy();
      settleExited({ code, signal });
    });
    await spawned;
    child.unref();
    control?.unref();
    const streams = request.fds.flatMap((fd, index) => (fd === 'pipe' ? [child.stdio[3 + index] as Socket] : []));
    // Until its exit event is handled, the kernel keeps the process as a zombie: the pid can't be anybody else's yet.
    const identity = child.pid === undefined ? undefined : await identifyProcess(child.pid);
    if (identity === undefined) {
      const facts = await exited;
      throw new EndedAtOnce(facts, await lastWords(request.logPath, logOffset));
    }
    return { identity, logOffset, exited, streams, letGo: () => endGuard(control) };
  } finally {
    await log.close();
  }
}

/** Tells the guard that the start is over. In the kernel's hands when it resolves: it arrives though we be killed at once. */
const endGuard = async (control: Socket | undefined): Promise<void> => {
  if (control === undefined || control.destroyed) return;
  await new Promise<void>((resolve) => {
    control.once('close', resolve);
    control.write('.', () => resolve());
  });
  control.destroy();
};

/** Says how a process ended, for people: "exit status 1", "killed by SIGKILL". */
export function describeExit(facts: ExitFacts): string {
  return facts.signal === null ? `exit status ${facts.code ?? 'unknown'}` : `killed by ${facts.signal}`;
}

/**
 * Reads what was logged after `offset`, at most its last 16 KiB.
 *
 * @param offset bytes
 */
export async function readLogFrom(path: string, offset: number): Promise<string> {
  const limit = 16 * 1024;
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const from = Math.max(offset, size - limit);
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(Math.max(0, size - from)), position: from });
    return buffer.toString('utf8', 0, bytesRead).trim();
  } finally {
    await file.close();
  }
}

/** {@link readLogFrom} for the words of an error; nothing where the log can't be read: what failed is told without them. */
export function lastWords(path: string, offset: number): Promise<string> {
  return readLogFrom(path, offset).catch(() => '');
}

const openLog = async (path: string) => {
  try {
    return await open(path, 'a', 0o600);
  } catch (error) {
    throw logError(path, error);
  }
};

const logError = (path: string, error: unknown): TapestryError => {
  const full = ['ENOSPC', 'EDQUOT'].includes(errnoOf(error) ?? '');
  return new TapestryError(
    full ? 'storage-full' : 'io',
    `The machine's log ${path} can't be written: ${error instanceof Error ? error.message : String(error)}.`,
    {
      next: full ? 'Free some space and start again.' : 'Check the permissions of the directory.',
      cause: error,
    },
  );
};

const spawnError = (program: string, error: unknown): TapestryError => {
  if (error instanceof TapestryError) return error;
  const code = errnoOf(error);
  const detail = error instanceof Error ? error.message : String(error);
  if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') {
    return new TapestryError('qemu-missing', `The emulator ${program} can't be run.`, {
      next: 'Correct the emulator in the XML.',
      path: '/domain/devices/emulator',
      detail,
    });
  }
  return new TapestryError('start-failed', `The emulator ${program} can't be started.`, {
    detail,
    next: 'Try again; the detail is what the system said.',
  });
};
