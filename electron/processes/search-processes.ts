import { readdir, readFile, stat } from 'node:fs/promises';
import { errnoOf } from '../files/if-there.ts';
import { patiently } from '../files/patiently.ts';
import { identifyProcess, type ProcessIdentity } from './process-identity.ts';

/** A process, and what its command line says. */
export interface FoundProcess<Words> {
  readonly identity: ProcessIdentity;
  readonly words: Words;
}

/** What was found, and whether everything could be looked at. */
export interface ProcessSearch<Words> {
  readonly found: readonly FoundProcess<Words>[];
  /** False where the system refused to show some process for now: then one that wasn't found may be there all the same. */
  readonly complete: boolean;
}

/** What to do where a search was not complete. */
export const noLook = 'The computer has no descriptors or no memory left for another look at its processes: end something, and try again.';

/** Is this what the kernel says of a process that ended, or of one that isn't ours to look at? */
export function notOurs(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '');
}

/** How many processes are looked at at once: each takes a descriptor. */
const abreast = 8;

/**
 * Looks through the other processes of this user by their command lines (proc_pid_cmdline(5)). What the system refuses for a moment is asked
 * again.
 *
 * @param read what the words of a command line say, the program's name first; undefined for a process that isn't meant. Called twice for one that is
 */
export async function searchProcesses<Words>(read: (argv: readonly string[]) => Words | undefined): Promise<ProcessSearch<Words>> {
  const found: FoundProcess<Words>[] = [];
  let complete = true;
  let entries: string[];
  try {
    entries = (await patiently(() => readdir('/proc'))).filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid);
  } catch {
    return { found, complete: false };
  }
  const wordsOf = async (folder: string) => read((await readFile(`${folder}/cmdline`, 'utf8')).replace(/\0$/, '').split('\0'));
  const lookAt = async (pid: number): Promise<FoundProcess<Words> | undefined> => {
    const folder = `/proc/${pid}`;
    if ((await wordsOf(folder)) === undefined || (await stat(folder)).uid !== process.getuid?.()) return undefined;
    const identity = await identifyProcess(pid);
    // Read again under the start time: the number can't have become another's meanwhile.
    const words = identity === undefined ? undefined : await wordsOf(folder);
    return identity === undefined || words === undefined ? undefined : { identity, words };
  };
  const look = async () => {
    for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
      const pid = Number(entry);
      try {
        const one = await patiently(() => lookAt(pid).catch((error: unknown) => (notOurs(error) ? undefined : Promise.reject(error))));
        if (one !== undefined) found.push(one);
      } catch {
        complete = false; // told by the result: whoever asks must not take it for gone
      }
    }
  };
  await Promise.all(Array.from({ length: abreast }, look));
  return { found, complete };
}
