import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

// Imports nothing of ours: what is imported before the cache is on isn't kept.

/**
 * The directory of code that V8 compiled for an earlier command, for `enableCompileCache`; undefined where none can be trusted. What
 * lies there is executed by whoever runs the next command, so it must be this user's and closed to others, and so must the directory
 * above it. One that others could write to is emptied before it is closed.
 *
 * @param env the environment that names the cache (XDG base directory specification)
 */
export function compileCacheDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  const { XDG_CACHE_HOME: cache = '' } = env;
  const above = path.join(path.isAbsolute(cache) ? cache : path.join(homedir(), '.cache'), 'tapestry');
  const directory = path.join(above, 'compiled');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // Open to others: the host refuses it with its own words as soon as a command needs one.
    if (!isOurs(lstatSync(above)) || isOpen(lstatSync(above))) return undefined;
    const found = lstatSync(directory);
    if (!isOurs(found)) return undefined;
    if (isOpen(found) || holdsForeign(directory)) {
      chmodSync(directory, 0o700);
      rmSync(directory, { recursive: true });
      mkdirSync(directory, { mode: 0o700 });
    } else if ((found.mode & 0o077) !== 0) chmodSync(directory, 0o700);
    return directory;
  } catch (error) {
    // It only saves time: a full disk, a file in its place, a home that can't be written are told by who needs them.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

const isOurs = (found: Stats): boolean => found.isDirectory() && found.uid === process.getuid?.();

const isOpen = (found: Stats): boolean => (found.mode & 0o022) !== 0;

/** Node keeps one directory for each of its versions in it. */
const holdsForeign = (directory: string): boolean =>
  readdirSync(directory).some((name) => {
    const found = lstatSync(path.join(directory, name));
    return !isOurs(found) || isOpen(found);
  });
