import { closeSync, constants, fstatSync, ftruncateSync, lstatSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { TapestryError } from '../../shared/errors.ts';
import { isMissing } from '../files/if-there.ts';

/** The lock of the state directory's owner, held until it is released or its process ends, however that ends. */
export interface OwnerLock {
  release(): void;
}

/** Primary result codes of SQLite (https://sqlite.org/rescode.html): held by another process; the file is damaged; it is no database. */
const busy = 5;
const corrupt = 11;
const notADatabase = 26;

/**
 * Takes the lock: the kernel's file lock, through SQLite, which Node brings: exclusive, atomic, and gone with its process even after
 * SIGKILL, so that there is no stale lock to judge. The file is empty, and nothing is ever written to it; one that somebody wrote
 * something else over is emptied again.
 *
 * @returns undefined when another process holds it
 * @throws TapestryError `io`, naming the file, when it can't be taken
 */
export function takeOwnerLock(file: string): OwnerLock | undefined {
  try {
    refuseWhatIsNoFile(file);
    let outcome = tryLock(file);
    if (outcome === 'damaged') {
      emptyLock(file);
      outcome = tryLock(file);
    }
    if (outcome === 'damaged') throw new Error('it is written to by another program');
    return outcome === 'held' ? undefined : outcome;
  } catch (error) {
    if (error instanceof TapestryError) throw error;
    throw new TapestryError('io', `The lock ${file} can’t be taken.`, {
      next: `Check that it and its directory are yours and can be written to. It holds nothing: while no Tapestry runs it can be removed.`,
      detail: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

function tryLock(file: string): OwnerLock | 'held' | 'damaged' {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    // With its journal in memory the lock is one empty file to which nothing is ever written: a full disk doesn't matter.
    // (Without any journal, OFF, is what Node's SQLite refuses, and then silently keeps one on the disk.)
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    const held = database;
    return {
      release: () => {
        if (held.isOpen) held.close();
      },
    };
  } catch (error) {
    if (database?.isOpen === true) database.close();
    const code = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
    if (code === busy) return 'held';
    if (code === corrupt || code === notADatabase) return 'damaged';
    throw error;
  }
}

/** A link would take the lock somewhere else, a pipe would be waited for. */
function refuseWhatIsNoFile(file: string): void {
  try {
    if (lstatSync(file).isFile()) return;
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  throw new TapestryError('io', `The lock ${file} can’t be taken: it is no regular file.`, {
    next: `Move it away: Tapestry makes a new one. Make sure first that no other Tapestry runs.`,
  });
}

/**
 * Empties a damaged lock in its place. SQLite looks at the lock before it looks at the content, so one that is found damaged is held
 * by nobody; and since it stays the same file, two processes that empty it at once do the same thing, and one that locked it in
 * between keeps its lock.
 */
function emptyLock(file: string): void {
  const descriptor = openSync(file, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    if (fstatSync(descriptor).nlink !== 1) throw new Error('it is damaged, and a second name of another file');
    ftruncateSync(descriptor, 0);
  } finally {
    closeSync(descriptor);
  }
}
