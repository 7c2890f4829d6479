import { chmod, readFile, rm } from 'node:fs/promises';
import { createServer, connect as connectSocket, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { TapestryError } from '../../shared/errors.ts';
import { jsonOrUndefined } from '../../shared/json.ts';
import { writeFileAtomically } from '../files/atomic-file.ts';
import { fileError } from '../files/file-errors.ts';
import { isStopped } from '../processes/proc-stat.ts';
import type { OwnerLock } from './owner-lock.ts';
import type { Paths } from '../computer/paths.ts';

/** This process owns the state directory until {@link Ownership.release} or its end, however it ends. */
export interface Ownership {
  readonly kind: 'owner';
  /** Begins to accept other hosts on the owner's socket. */
  listen(onConnection: (socket: Socket) => void): Promise<void>;
  /** Stops accepting and removes the socket. Connections that are open are not touched; newcomers wait for the lock. */
  stopListening(): Promise<void>;
  /** Lets the next one own. */
  release(): Promise<void>;
}

/** Another host owns the state directory; this is a connection to it. */
export interface Attachment {
  readonly kind: 'attached';
  readonly socket: Socket;
}

/** How {@link acquireOwnership} waits. */
export interface AcquireOptions {
  readonly signal?: AbortSignal;
  /** How long an owner that doesn't answer is waited for, ms. Default: {@link usualPatience}. */
  readonly patience?: number;
}

/** On disk; the owner may be of a later version, which says more, and has hosts of other kinds. */
const ownerNote = z.looseObject({ pid: z.int().positive(), socket: z.string(), host: z.string().max(32) });

/** How long an owner that doesn't answer is waited for where nothing else is asked, ms. A busy computer is slow. */
export const usualPatience = 15_000;

/** Pauses between attempts while an owner comes or goes, ms. */
const pauses = { first: 10, most: 200 } as const;

/**
 * Attaches to the host that owns the state directory, or owns it. An owner that listens is looked for first: most commands need no
 * more, and it is found also when somebody removed its lock. Otherwise the lock decides, see {@link takeOwnerLock}.
 * While an owner is on its way in or out there is a moment with a lock and no socket: that is waited for. Whether a process that
 * accepts a connection answers as well is for the attached to see: {@link stateOwned} has the words for one that doesn't.
 * @throws TapestryError `state-owned` when an owner holds the lock and answers to nobody; `io` when the lock can't be made
 */
export async function acquireOwnership(
  paths: Paths,
  host: 'desktop' | 'browser' | 'cli',
  { signal, patience = usualPatience }: AcquireOptions = {},
): Promise<Ownership | Attachment> {
  const until = Date.now() + patience;
  for (let pause: number = pauses.first; ; pause = Math.min(pause * 2, pauses.most)) {
    signal?.throwIfAborted();
    const attachment = await attachToOwner(paths);
    if (attachment !== undefined) return attachment;
    // Loaded when it is needed: a command that found an owner does without.
    const lock = (await import('./owner-lock.ts')).takeOwnerLock(path.join(paths.state, 'owner.lock'));
    if (lock !== undefined) return ownership(lock, paths, host);
    if (Date.now() > until) throw await stateOwned(paths);
    await delay(pause);
  }
}

const noteFile = (paths: Paths): string => path.join(paths.state, 'owner.json');

function ownership(lock: OwnerLock, paths: Paths, host: 'desktop' | 'browser' | 'cli'): Ownership {
  let server: Server | undefined;
  const stopListening = async (): Promise<void> => {
    if (server === undefined) return;
    // Its callback would wait for the connections that are open, which go on for now.
    server.close();
    server = undefined;
    await rm(paths.hostSocket, { force: true });
  };
  return {
    kind: 'owner',
    listen: async (onConnection) => {
      // Before anybody can attach: whoever does sees the note in place.
      await writeNote(paths, { pid: process.pid, socket: paths.hostSocket, host });
      // Left by an owner that was killed. Only the holder of the lock gets here.
      try {
        await rm(paths.hostSocket, { force: true });
        server = createServer(onConnection);
        const listening = server;
        await new Promise<void>((resolve, reject) => {
          listening.once('error', reject);
          listening.listen(paths.hostSocket, () => {
            listening.off('error', reject);
            resolve();
          });
        });
        await chmod(paths.hostSocket, 0o600);
      } catch (error) {
        throw fileError(paths.hostSocket, 'made', error);
      }
    },
    stopListening,
    release: async () => {
      await stopListening();
      lock.release();
    },
  };
}

/** On a full disk there is none: the machines can be used all the same, and others look for the socket where it usually is. */
async function writeNote(paths: Paths, note: z.infer<typeof ownerNote>): Promise<void> {
  const file = noteFile(paths);
  try {
    await writeFileAtomically(file, JSON.stringify(note), 0o600, false);
  } catch (error) {
    if (!(error instanceof TapestryError && error.code === 'storage-full')) throw error;
    await rm(file, { force: true });
  }
}

/** The note only says where to look, and whom to name: where it is missing, broken or can't be read the lock has the last word. */
async function readNote(paths: Paths): Promise<z.infer<typeof ownerNote> | undefined> {
  const text = await readFile(noteFile(paths), 'utf8').catch(() => undefined); // the lock has the last word
  return text === undefined ? undefined : ownerNote.safeParse(jsonOrUndefined(text)).data;
}

/** Connects to the owner's socket. @returns undefined when nobody listens there */
export async function attachToOwner(paths: Paths): Promise<Attachment | undefined> {
  for (const address of new Set([(await readNote(paths))?.socket ?? paths.hostSocket, paths.hostSocket])) {
    const socket = connectSocket(address);
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      // Refused or missing: the note is an old one, or the owner isn't listening yet.
      socket.once('error', () => resolve(false));
    });
    if (connected) return { kind: 'attached', socket };
    socket.destroy();
  }
  return undefined;
}

/** Is the owner that the note names stopped (SIGSTOP, Ctrl+Z, a debugger)? Then waiting for it is of no use. */
export async function ownerIsStopped(paths: Paths): Promise<boolean> {
  const pid = (await readNote(paths))?.pid;
  return pid !== undefined && (await seemsStopped(pid));
}

const seemsStopped = (pid: number): Promise<boolean> => isStopped(pid).catch(() => false); // not to be told now: it may be slow

/** What is said of an owner that doesn't answer: which process it is, and what can be done. */
export async function stateOwned(paths: Paths): Promise<TapestryError> {
  const note = await readNote(paths);
  if (note === undefined)
    return new TapestryError('state-owned', `${paths.state} is owned by another process that does not answer.`, {
      next: 'Wait until it is done, or end that process.',
    });
  const stopped = await seemsStopped(note.pid);
  return new TapestryError(
    'state-owned',
    `${paths.state} is owned by another Tapestry (${note.host}, process ${note.pid}) that ${stopped ? 'is stopped' : 'does not answer'}.`,
    {
      next: stopped
        ? `Let it go on: kill -CONT ${note.pid}. Or end it: kill -KILL ${note.pid}. Machines that run go on either way.`
        : `Wait until it is done, or end it: kill -KILL ${note.pid}. Machines that run go on.`,
    },
  );
}
