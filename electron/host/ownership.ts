import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, connect as connectSocket, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { TapestryError } from '../../shared/errors.ts';
import { fileError } from '../connections/embedded/store/atomic-file.ts';
import { isMissing } from '../files/if-there.ts';
import type { Paths } from './paths.ts';

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
  /** How long an owner that doesn't answer is waited for, ms. Default 15,000. */
  readonly patience?: number;
}

const ownerNote = z.object({ pid: z.int().positive(), socket: z.string(), host: z.enum(['desktop', 'browser', 'cli']) });

/** SQLITE_BUSY: another process holds the lock. */
const busy = 5;

/** Pauses between attempts while an owner comes or goes, ms, and how long to go on. */
const pauses = { first: 10, most: 200, total: 15_000 } as const;

/**
 * Owns the state directory, or attaches to the host that does. The kernel's file lock decides (taken through SQLite, which
 * Node brings: exclusive, atomic, and gone with its process even after SIGKILL), so that there is no stale lock to judge.
 * While an owner is on its way in or out there is a moment with a lock and no socket: that is waited for.
 * @throws TapestryError `state-owned` when an owner holds the lock and answers to nobody; `io` when the lock can't be made
 */
export async function acquireOwnership(
  paths: Paths,
  host: 'desktop' | 'browser' | 'cli',
  { signal, patience = pauses.total }: AcquireOptions = {},
): Promise<Ownership | Attachment> {
  const until = Date.now() + patience;
  for (let pause: number = pauses.first; ; pause = Math.min(pause * 2, pauses.most)) {
    signal?.throwIfAborted();
    const lock = tryLock(paths);
    if (lock !== undefined) return ownership(lock, paths, host);
    const attachment = await tryAttach(paths);
    if (attachment !== undefined) return attachment;
    if (Date.now() > until) throw await stateOwned(paths);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

const lockFile = (paths: Paths): string => path.join(paths.state, 'owner.lock');
const noteFile = (paths: Paths): string => path.join(paths.state, 'owner.json');

function tryLock(paths: Paths): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(lockFile(paths), { timeout: 0 });
    // With its journal in memory the lock is one empty file to which nothing is ever written: a full disk doesn't matter.
    // (Without any journal, OFF, is what Node's SQLite refuses, and then silently keeps one on the disk.)
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    if (database?.isOpen === true) database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return undefined;
    throw new TapestryError('io', `The lock ${lockFile(paths)} can’t be taken.`, {
      next: 'Check that its directory is yours and can be written to.',
      detail: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

function ownership(lock: DatabaseSync, paths: Paths, host: 'desktop' | 'browser' | 'cli'): Ownership {
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
      await writeNote(paths, { pid: process.pid, socket: paths.hostSocket, host });
    },
    stopListening,
    release: async () => {
      await stopListening();
      if (lock.isOpen) lock.close();
    },
  };
}

/** On a full disk there is none: the machines can be used all the same, and others look for the socket where it usually is. */
async function writeNote(paths: Paths, note: z.infer<typeof ownerNote>): Promise<void> {
  const file = noteFile(paths);
  try {
    await writeFile(`${file}.new`, JSON.stringify(note), { mode: 0o600 });
    await rename(`${file}.new`, file);
  } catch (error) {
    await rm(`${file}.new`, { force: true });
    const failed = fileError(file, 'written', error);
    if (failed.code !== 'storage-full') throw failed;
    await rm(file, { force: true });
  }
}

async function readNote(paths: Paths): Promise<z.infer<typeof ownerNote> | undefined> {
  try {
    return ownerNote.parse(JSON.parse(await readFile(noteFile(paths), 'utf8')));
  } catch (error) {
    // None yet, or one that its owner is about to replace: the lock has the last word.
    if (error instanceof SyntaxError || error instanceof z.ZodError || isMissing(error)) return undefined;
    throw error;
  }
}

async function tryAttach(paths: Paths): Promise<Attachment | undefined> {
  const socket = connectSocket((await readNote(paths))?.socket ?? paths.hostSocket);
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    // Refused or missing: the note is an old one, or the owner isn't listening yet.
    socket.once('error', () => resolve(false));
  });
  if (connected) return { kind: 'attached', socket };
  socket.destroy();
  return undefined;
}

async function stateOwned(paths: Paths): Promise<TapestryError> {
  const note = await readNote(paths);
  const who = note === undefined ? 'another process' : `another Tapestry (${note.host}, process ${note.pid})`;
  return new TapestryError('state-owned', `${paths.state} is owned by ${who} that does not answer.`, {
    next: 'Wait until it is done, or end that process.',
  });
}
