import { lstat, mkdir, open, rm, rmdir } from 'node:fs/promises';
import { leadsNowhere } from './if-there.ts';

/** A file or folder that a piece of work is about to make, or has begun: what is to go when the work comes to nothing. */
export interface Leftover {
  readonly path: string;
  readonly kind: 'file' | 'folder';
  /** Which one it is (device and inode), once it is there. */
  readonly identity?: string | undefined;
  /** The name that it gets when it is complete. */
  readonly final?: string | undefined;
}

/**
 * Notes a leftover where the next run of the program finds it; a later note of the same path replaces the earlier, and `nothing` takes it back.
 * @throws TapestryError `storage-full`, `io`
 */
export type NoteLeftover = (leftover: Leftover | { readonly path: string; readonly kind: 'nothing' }) => Promise<void>;

/** Which file or folder has this name, links not followed; undefined where nothing has. @throws the system's error when it can't be reached */
export async function leftoverIdentity(path: string): Promise<string | undefined> {
  try {
    // As big integers: an inode's number may be larger than a double is exact.
    const { dev, ino } = await lstat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (leadsNowhere(error)) return undefined;
    throw error;
  }
}

/** Makes an empty file where nothing is, noted before it is there and by what it is as soon as it is. @throws the system's error; what `note` throws */
export async function makeNotedFile(path: string, note: NoteLeftover, final?: string): Promise<void> {
  await make({ path, kind: 'file', final }, note, async () => await (await open(path, 'wx', 0o600)).close());
}

/** As {@link makeNotedFile}, a folder that only its owner can look into. */
export async function makeNotedFolder(path: string, note: NoteLeftover): Promise<void> {
  await make({ path, kind: 'folder' }, note, async () => {
    await mkdir(path, { mode: 0o700 });
  });
}

const make = async (leftover: Leftover, note: NoteLeftover, made: () => Promise<void>): Promise<void> => {
  const { path } = leftover;
  await note(leftover);
  try {
    await made();
  } catch (error) {
    await note({ path, kind: 'nothing' }); // what has the name is somebody else's
    throw error;
  }
  await note({ ...leftover, identity: await leftoverIdentity(path) });
};

/**
 * Removes a leftover if it is still the one that was noted. One that was noted before it was made goes only while it is empty: nobody's work is
 * lost with it.
 *
 * @returns `gone`: nothing has its name; `other`: something else has, and stays
 * @throws the system's error
 */
export async function removeLeftover({ path, kind, identity }: Leftover): Promise<'removed' | 'gone' | 'other'> {
  const there = await leftoverIdentity(path);
  if (there === undefined) return 'gone';
  if (identity === undefined) return await removeEmpty(path, kind);
  if (there !== identity) return 'other';
  await rm(path, { recursive: true, force: true });
  return 'removed';
}

const removeEmpty = async (path: string, kind: Leftover['kind']): Promise<'removed' | 'other'> => {
  const found = await lstat(path);
  if (kind === 'file') {
    if (!found.isFile() || found.size > 0) return 'other';
    await rm(path, { force: true });
    return 'removed';
  }
  try {
    await rmdir(path);
    return 'removed';
  } catch {
    return 'other'; // it isn't empty, or no folder: then it isn't what was about to be made
  }
};
