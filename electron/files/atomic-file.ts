import { randomBytes } from 'node:crypto';
import { constants, copyFile, link, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileError } from './file-errors.ts';
import { errnoOf, isMissing } from './if-there.ts';

/** Marks a file that is still being written: such a name is never read, and is removed where its writer was killed. */
const temporaryMark = '.tmp-';

/** Is this the name of a file whose writer had not finished? */
export function isTemporaryName(name: string): boolean {
  return name.startsWith('.') && /\.tmp-[0-9a-f]+$/.test(name);
}

/** How old a temporary file is before its writer is taken for dead, ms. Every write takes seconds at most. */
const abandonedAfter = 10 * 60_000;

/**
 * Replaces a file so that at every moment, power loss included, either the old or the new content is there in full: a temporary file
 * beside it, of a name that nobody shares, then fsync, rename, fsync of the directory. Whatever fails, the temporary file goes. A
 * symbolic link of that name is replaced, not followed.
 *
 * @param fill writes the content to a path where nothing is yet, and syncs it when it is to last
 * @param place gives the file its name
 * @throws the system's error
 */
const throughTemporary = async (
  path: string,
  fill: (temporary: string) => Promise<void>,
  lasting: boolean,
  place: (temporary: string, path: string) => Promise<void> = rename,
): Promise<void> => {
  const directory = dirname(path);
  const temporary = join(directory, `.${basename(path).slice(0, 100)}${temporaryMark}${randomBytes(6).toString('hex')}`);
  // Opened while the content is written: a directory that can't be synced is known before the file has its name.
  const folder = lasting ? open(directory, 'r') : undefined;
  folder?.catch(() => undefined); // thrown below, unless something failed before
  try {
    await fill(temporary);
    const opened = await folder;
    await place(temporary, path);
    await opened?.sync();
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // the first failure is what counts, and the next opening sweeps
    throw error;
  } finally {
    const opened = await folder?.catch(() => undefined); // thrown above
    await opened?.close();
  }
};

/**
 * Replaces a file whole or not at all: temporary file beside it, fsync, rename, fsync of the directory.
 *
 * @param mode permissions of the new file
 * @param lasting false for a file that means nothing after the computer went down: no fsync, and a kill of this process at any
 *   moment still leaves the old or the new content
 * @throws TapestryError `storage-full` (no space or quota left; the old content stays), `io`
 */
export async function writeFileAtomically(path: string, content: string | Uint8Array, mode = 0o600, lasting = true): Promise<void> {
  try {
    await throughTemporary(path, written(content, mode, lasting), lasting);
  } catch (error) {
    throw fileError(path, 'written', error);
  }
}

/**
 * Makes a file, whole or not at all, where nothing is: a file, link, pipe or directory that has the name stays as it is.
 *
 * @param before done by the time the file gets its name, and begun at once
 * @returns false where something has that name already
 * @throws TapestryError `storage-full`, `io`; what `before` throws
 */
export async function createFileAtomically(path: string, content: string, before?: () => Promise<void>): Promise<boolean> {
  const fill = written(content, 0o600, true);
  const done = before?.();
  done?.catch(() => undefined); // thrown below, unless the writing failed
  try {
    await throughTemporary(path, fill, true, async (temporary, name) => {
      await done;
      await moveWithoutReplacing(temporary, name);
    });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw fileError(path, 'written', error);
  }
}

const written =
  (content: string | Uint8Array, mode: number, lasting: boolean) =>
  async (temporary: string): Promise<void> => {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      if (lasting) await file.sync();
    } finally {
      await file.close();
    }
  };

/**
 * Replaces a file by a copy of another, whole or not at all.
 *
 * @param mode permissions of the copy
 * @throws TapestryError `storage-full`, `io`
 */
export async function copyFileAtomically(from: string, to: string, mode = 0o600): Promise<void> {
  const fill = async (temporary: string): Promise<void> => {
    await copyFile(from, temporary, constants.COPYFILE_EXCL);
    const file = await open(temporary, 'r');
    try {
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
  };
  try {
    await throughTemporary(to, fill, true);
  } catch (error) {
    throw fileError(to, `made from ${from}`, error);
  }
}

/** What file systems without hard links say (link(2)): FAT, some of FUSE and the network. */
const linkless = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Gives a file another name on the same file system, and never replaces what has that name: rename(2) would. Killed in between, the file has
 * both names.
 *
 * @param before done when both names are there, before the old one goes
 * @throws the system's error: EEXIST where something has that name, whatever it is
 */
export async function moveWithoutReplacing(from: string, to: string, before?: () => Promise<void>): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!linkless.has(errnoOf(error) ?? '')) throw error;
    // The name is taken by an empty file of ours, which the rename then replaces.
    const placeholder = await open(to, 'wx', 0o600);
    await placeholder.close();
    await before?.();
    await rename(from, to);
    return;
  }
  await before?.();
  await unlink(from);
}

/**
 * Removes what writers left in a directory that were killed in the middle, once it is old enough that nobody writes it any more.
 *
 * @throws the system's error when the directory can't be read
 */
export async function removeAbandoned(directory: string, now = Date.now()): Promise<void> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  for (const name of names) {
    if (!isTemporaryName(name)) continue;
    const file = join(directory, name);
    try {
      if (now - (await stat(file)).mtimeMs > abandonedAfter) await rm(file, { force: true });
    } catch (error) {
      if (!isMissing(error)) throw error; // its writer was done with it
    }
  }
}

/** Makes a rename or unlink in this directory survive a power loss. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
