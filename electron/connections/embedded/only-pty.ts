import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** How often a QEMU that is starting is looked at, ms; it makes its ptys some 10 ms after the spawn and greets much later. */
const lookEvery = 3;

/**
 * Finds the pty of a QEMU that makes exactly one, before its monitor answers: the kernel tells the number of a master's
 * slave in /proc/PID/fdinfo (`tty-index`). So the recorder can start beside QEMU's own start instead of after it.
 *
 * @param signal ends the search: QEMU's monitor answers now and can be asked
 * @returns the slave's path (`/dev/pts/3`); undefined when it isn't found in time, or the kernel doesn't tell
 */
export const findOnlyPty = async (pid: number, signal: AbortSignal): Promise<string | undefined> => {
  while (!signal.aborted) {
    const found = await lookFor(pid);
    if (found !== undefined) return found;
    await delay(lookEvery);
  }
  return undefined;
};

const lookFor = async (pid: number): Promise<string | undefined> => {
  // A descriptor, or the process, may go while it is looked at: then there is nothing yet.
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const fd of fds) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
    if (!target.endsWith('/ptmx')) continue;
    const index = /^tty-index:\s+(\d+)$/m.exec(await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => ''))?.[1];
    if (index !== undefined) return `/dev/pts/${index}`;
  }
  return undefined;
};
