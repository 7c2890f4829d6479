import { open, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { jsonOrUndefined } from '../../shared/json.ts';
import { readIfThere } from '../files/if-there.ts';
import { identifyProcess, isProcessAlive, processIdentity } from '../processes/process-identity.ts';

/** How often a lock held by another process is tried, ms: the kernel tells nobody when a file's owner dies. */
const pause = 200;

/**
 * Runs `work` while no other process does under the same lock file. The lock of a process that has died is taken over.
 * @throws what `work` throws; the abort's reason while waiting
 */
export async function withBuildLock<T>(file: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const own = await identifyProcess(process.pid);
  for (;;) {
    signal.throwIfAborted();
    try {
      const handle = await open(file, 'wx', 0o600);
      await handle.writeFile(JSON.stringify(own));
      await handle.close();
      break;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      if (await isAbandoned(file)) await rm(file, { force: true });
      else await delay(pause, undefined, { signal });
    }
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

const isAbandoned = async (file: string): Promise<boolean> => {
  const text = await readIfThere(file);
  // Gone meanwhile, or its owner is about to write its name.
  if (text === undefined || text === '') return false;
  const owner = processIdentity.safeParse(jsonOrUndefined(text));
  return !owner.success || !(await isProcessAlive(owner.data));
};
