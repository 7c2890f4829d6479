import { chmod, lstat, mkdir, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { TapestryError } from '../../shared/errors.ts';
import { fileError } from '../files/file-errors.ts';

/** What keeps a directory from being trusted with files that are executed or believed; see {@link judgeDirectory}. */
export type DirectoryFault = 'no directory' | 'not yours' | 'writable by others' | 'readable by others';

/**
 * Judges a directory by what lstat(2) or stat(2) says of it.
 * @param uid the user whom it must belong to
 */
export function judgeDirectory(found: Pick<Stats, 'mode' | 'uid' | 'isDirectory'>, uid: number): DirectoryFault | undefined {
  if (!found.isDirectory()) return 'no directory';
  if (found.uid !== uid) return 'not yours';
  if ((found.mode & 0o022) !== 0) return 'writable by others';
  return (found.mode & 0o055) === 0 ? undefined : 'readable by others';
}

/** Which links lead to a directory that is taken; see {@link preparePrivateDirectory}. */
export interface PrivateDirectoryOptions {
  /** Is the directory itself a symbolic link, the directory that it leads to is judged. Default: a link is refused. */
  readonly followLink?: boolean;
}

/**
 * Makes a directory for its user alone (0700, whatever the umask), or judges the one that is there. One that others may only look into
 * is closed. One that others may write to, or that is somebody else's, is refused: what lies in it may be theirs, and closing it now
 * would only hide that.
 *
 * @throws TapestryError `io`, with the command that mends it
 */
export async function preparePrivateDirectory(directory: string, { followLink = false }: PrivateDirectoryOptions = {}): Promise<void> {
  let found: Stats;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    found = await lstat(directory);
    if (followLink && found.isSymbolicLink() && isTrusted(found.uid)) found = await stat(directory);
  } catch (error) {
    throw fileError(`The directory ${directory}`, 'made', error);
  }
  const fault = judgeDirectory(found, process.getuid?.() ?? 0);
  if (fault === undefined) return;
  if (fault === 'readable by others') {
    try {
      await chmod(directory, 0o700);
    } catch (error) {
      throw fileError(`The directory ${directory}`, 'closed to others', error);
    }
    return;
  }
  throw new TapestryError('io', `The directory ${directory} must belong to you and be closed to others.`, {
    next:
      fault === 'writable by others'
        ? `Others may have changed what is in it. Look at it, then: chmod 0700 ${directory}`
        : `Move it away; Tapestry makes a new one.`,
    detail: `${fault}: mode 0${(found.mode & 0o7777).toString(8)}, uid ${found.uid}${found.isSymbolicLink() ? ', a symbolic link' : ''}`,
  });
}

/** A link is followed when this user or root made it. */
const isTrusted = (uid: number): boolean => uid === 0 || uid === process.getuid?.();
