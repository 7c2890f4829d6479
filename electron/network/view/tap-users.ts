import { readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';

/** A process that holds a TAP open. */
export interface TapUser {
  readonly pid: number;
  readonly command: string;
}

/** For what may vanish or be forbidden while we look at it: other users' processes, and those that end. */
const quietly = <T>(promise: Promise<T>, otherwise: T): Promise<T> => promise.catch(() => otherwise);

/** The name of a process for a sentence. Node names its threads after what they do, which says nothing: its program's name does. */
const commandOf = async (folder: string, pid: number): Promise<string> => {
  if (pid === process.pid) return 'Tapestry itself';
  const command = (await quietly(readFile(path.join(folder, 'comm'), 'utf8'), '?')).trim();
  return /^(?:node-)?MainThread$/.test(command) ? path.basename(await quietly(readlink(path.join(folder, 'exe')), 'node')) : command;
};

/**
 * The processes that have the TAP of this name open, as far as we may see (our own user's; root sees all): their descriptors' fdinfo
 * names the interface. Reads /proc, so it is for refusals and details, not for lists.
 */
export async function tapUsers(name: string, proc = '/proc'): Promise<readonly TapUser[]> {
  const pids = (await readdir(proc)).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(
    pids.map(async (pid): Promise<TapUser[]> => {
      for (const fd of await quietly(readdir(path.join(proc, pid, 'fd')), [])) {
        if (!(await quietly(readlink(path.join(proc, pid, 'fd', fd)), '')).endsWith('/net/tun')) continue;
        const info = await quietly(readFile(path.join(proc, pid, 'fdinfo', fd), 'utf8'), '');
        if (/^iff:\t(.*)$/m.exec(info)?.[1] !== name) continue;
        return [{ pid: Number(pid), command: await commandOf(path.join(proc, pid), Number(pid)) }];
      }
      return [];
    }),
  );
  return found.flat();
}
