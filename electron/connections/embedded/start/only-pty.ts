import { watch } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { errnoOf } from '../../../files/if-there.ts';

/** Where the kernel shows terminals (devpts); inotify tells of new ones. */
const terminals = '/dev/pts';

/**
 * Finds the pty of a QEMU that makes exactly one, before its monitor answers: the kernel tells the number of a master's
 * slave in /proc/PID/fdinfo (`tty-index`). So the recorder can start beside QEMU's own start instead of after it.
 *
 * @param signal ends the search: QEMU's monitor answers now and can be asked
 * @returns the slave's path (`/dev/pts/3`); undefined when it isn't found in time, or the kernel doesn't tell
 */
export async function findOnlyPty(pid: number, signal: AbortSignal): Promise<string | undefined> {
  let changed = Promise.withResolvers<void>();
  const wake = () => changed.resolve();
  let watcher: ReturnType<typeof watch>;
  try {
    watcher = watch(terminals, wake);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined; // no devpts there, or no inotify watch left: QEMU is asked when it answers
  }
  watcher.on('error', wake);
  signal.addEventListener('abort', wake, { once: true });
  try {
    while (!signal.aborted) {
      const found = await lookFor(pid);
      if (found !== undefined) return found;
      await changed.promise;
      changed = Promise.withResolvers<void>();
    }
    return undefined;
  } finally {
    watcher.close();
    signal.removeEventListener('abort', wake);
  }
}

const lookFor = async (pid: number): Promise<string | undefined> => {
  // A descriptor, or the process, may go while it is looked at: then there is nothing yet.
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const found = await Promise.all(
    fds.map(async (fd) => {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      if (!target.endsWith('/ptmx')) return undefined;
      return /^tty-index:\s+(\d+)$/m.exec(await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => ''))?.[1];
    }),
  );
  const index = found.find((one) => one !== undefined);
  return index === undefined ? undefined : `${terminals}/${index}`;
};
