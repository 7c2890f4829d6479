import { readdir, readFile, stat } from 'node:fs/promises';
import { endProcess } from '../../qemu/process/end-process.ts';
import { identifyProcess } from '../../qemu/process/process-identity.ts';

/**
 * Ends QEMUs of a start that was cut short, whose pid nobody wrote down, and their guards: processes of this user with `path` in an argument
 * and stopped vCPUs; not whoever else looks at that path.
 *
 * @param path of the monitor, as it stands in the record of that start
 */
export const endStrays = async (path: string): Promise<void> => {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const argv = await readQuietly(`/proc/${entry}/cmdline`);
    // Every QEMU is spawned with stopped vCPUs, and its guard has the same arguments.
    if (!argv.includes(path) || !argv.split('\0').includes('-S') || (await ownerOf(entry)) !== process.getuid?.()) continue;
    const identity = await identifyProcess(Number(entry));
    if (identity !== undefined) await endProcess(identity, 0);
  }
};

const ownerOf = async (entry: string): Promise<number | undefined> => {
  try {
    return (await stat(`/proc/${entry}`)).uid;
  } catch {
    return undefined; // it ended while we looked
  }
};

const readQuietly = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return ''; // it ended while we looked, or isn't ours to read
  }
};
