import { randomBytes } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TapestryError } from '../../../../shared/errors.ts';
import { errnoOf } from '../../../files/if-there.ts';

/** Marks a file that is still being written: such a name is never read and is removed at the next start. */
export const temporaryMark = '.tmp-';

/** Is this the name of a file that {@link writeFileAtomically} had not finished? */
export const isTemporaryName = (name: string): boolean => name.startsWith('.') && /\.tmp-[0-9a-f]+$/.test(name);

/**
 * Replaces a file so that at every moment, power loss included, either the old or the new content is there in full:
 * temporary file beside it, fsync, rename, fsync of the directory.
 *
 * @param mode permissions of the new file
 * @param lasting false for a file that means nothing after the computer went down: no fsync, and a kill of this process at any
 *   moment still leaves the old or the new content
 * @throws TapestryError `storage-full` (no space or quota left; the old content stays), `io`
 */
export const writeFileAtomically = async (path: string, content: string, mode = 0o600, lasting = true): Promise<void> => {
  try {
    await throughTemporary(path, content, { mode, lasting }, rename);
  } catch (error) {
    throw fileError(path, 'written', error);
  }
};

/**
 * Makes a file, whole or not at all, where nothing is: a file, link, pipe or directory that has the name stays as it is.
 *
 * @param mode permissions of the new file
 * @returns false where something has that name already
 * @throws TapestryError `storage-full`, `io`
 */
export const createFileAtomically = async (path: string, content: string, mode = 0o600): Promise<boolean> => {
  try {
    await throughTemporary(path, content, { mode, lasting: true }, moveWithoutReplacing);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw fileError(path, 'written', error);
  }
};

const throughTemporary = async (
  path: string,
  content: string,
  { mode, lasting }: { readonly mode: number; readonly lasting: boolean },
  place: (temporary: string, path: string) => Promise<void>,
): Promise<void> => {
  const directory = dirname(path);
  const temporary = join(directory, `.${basename(path).slice(0, 100)}${temporaryMark}${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(content, 'utf8');
      if (lasting) await file.sync();
    } finally {
      await file.close();
    }
    await place(temporary, path);
    if (lasting) await syncDirectory(directory);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
};

/** What file systems without hard links say (link(2)): FAT, some of FUSE and the network. */
const linkless = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Gives a file another name on the same file system, and never replaces what has that name: rename(2) would. Killed in between, the file has
 * both names.
 *
 * @param before done when both names are there, before the old one goes
 * @throws the system's error: EEXIST where something has that name, whatever it is
 */
export const moveWithoutReplacing = async (from: string, to: string, before?: () => Promise<void>): Promise<void> => {
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
  await rm(from);
};

/** Makes a rename or unlink in this directory survive a power loss. */
export const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
};

/** Turns a file system error into one that a user understands: `storage-full` or `io`. @param what happened to it not ("written") */
export const fileError = (path: string, what: string, error: unknown): TapestryError => {
  if (error instanceof TapestryError) return error;
  const code = errnoOf(error);
  const detail = error instanceof Error ? error.message : String(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new TapestryError('storage-full', `There is no space left to write ${path}; what was there before is unchanged.`, {
      next: 'Free some space on that file system and try again.',
      detail,
      cause: error,
    });
  }
  return new TapestryError('io', `${path} can't be ${what}.`, {
    next: 'Check that the directory exists and is yours.',
    detail,
    cause: error,
  });
};
