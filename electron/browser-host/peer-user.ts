import { readFile } from 'node:fs/promises';
import { getuid } from 'node:process';
import { isMissing } from '../files/if-there.ts';

/**
 * The user whose program holds the other end of a connection on this computer, as the kernel's table of TCP sockets says
 * (proc_pid_net(5), `tcp` and `tcp6`: addresses in hexadecimal, ports behind a colon, the uid in the eighth column).
 *
 * @param table the file's text
 * @param from TCP port of the other end
 * @param to TCP port of ours
 * @returns uid; undefined when the connection isn't in the table
 */
export function uidOf(table: string, from: number, to: number): number | undefined {
  const port = (number: number): string => `:${number.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const line of table.split('\n')) {
    const [, local, remote, , , , , uid] = line.trim().split(/\s+/);
    if (local?.endsWith(port(from)) === true && remote?.endsWith(port(to)) === true) return Number(uid);
  }
  return undefined;
}

/** One reading of the tables serves all who ask before it begins: many connections at once must not cost a reading each. */
let next: Promise<readonly string[]> | undefined;
let reading: Promise<unknown> = Promise.resolve();

const tables = (): Promise<readonly string[]> =>
  (next ??= reading.then(async () => {
    next = undefined;
    const read = Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(readTable));
    reading = read.catch(() => undefined); // told to those who asked; the next reading waits for its end only
    return await read;
  }));

/** Without IPv6 there is no table of it. */
const readTable = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'latin1');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
};

/**
 * Is the other end of a connection on loopback held by another user than this process and root? Not where it is gone already.
 *
 * @param from TCP port of the other end
 * @param to TCP port of ours
 * @throws the system's error when the tables can't be read
 */
export async function isForeign(from: number, to: number): Promise<boolean> {
  for (const table of await tables()) {
    const uid = uidOf(table, from, to);
    // A socket without a process (closing) belongs to root in the table.
    if (uid !== undefined) return uid !== 0 && uid !== getuid?.();
  }
  return false;
}
