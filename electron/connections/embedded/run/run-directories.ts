import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TapestryError } from '../../../../shared/errors.ts';
import { statIfThere } from '../../../files/if-there.ts';
import type { MachinePaths } from '../ports/ports.ts';

/** Makes the directories of a run: its own, empty, and that of its log. @throws TapestryError `io` */
export async function makeDirectories(paths: MachinePaths): Promise<void> {
  try {
    await Promise.all([
      emptyDirectory(paths.runtime),
      keepLogBounded(paths.log),
      mkdir(dirname(paths.log), { recursive: true, mode: 0o700 }),
    ]);
  } catch (error) {
    throw new TapestryError('io', `The machine's directories can't be made.`, { cause: error, detail: String(error) });
  }
}

/** A run's directory that is there already is a leftover: nobody else makes any, and whoever starts has looked whether this machine runs. */
const emptyDirectory = async (path: string): Promise<void> => {
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true, mode: 0o700 });
};

/** Removes the directories of a run that is over. @throws the system's error */
export async function removeRunDirectories(paths: MachinePaths): Promise<void> {
  for (const path of new Set([paths.runtime, dirname(paths.record)])) await rm(path, { recursive: true, force: true });
}

/** A log that is longer than this is put aside at a start, bytes; the one put aside before goes. */
const logBound = 2 * 1024 * 1024;

/** Puts a log aside as `<path>.old` where it has become long. @throws the system's error */
export async function keepLogBounded(path: string): Promise<void> {
  const size = (await statIfThere(path))?.size ?? 0;
  if (size > logBound) await rename(path, `${path}.old`);
}
