import { rm } from 'node:fs/promises';
import { statIfThere } from '../../../files/if-there.ts';

/**
 * Remembers which files of memory that machines share (`<shmem>`) are not there before a start. QEMU makes them, and never takes them
 * away: they outlive the machine on purpose, since others may have joined it and may find its content later.
 *
 * @returns takes away those that were missing, for a start that failed
 */
export async function rememberSharedMemory(files: readonly string[]): Promise<() => Promise<void>> {
  const missing: string[] = [];
  for (const file of files) if ((await statIfThere(file)) === undefined) missing.push(file);
  return async () => {
    for (const file of missing) await rm(file, { force: true });
  };
}
