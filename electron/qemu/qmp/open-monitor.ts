import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { TapestryError } from '../../../shared/errors.ts';
import { errnoOf } from '../../files/if-there.ts';
import { QmpClient, type QmpOptions } from './qmp-client.ts';

/** Between bind(2), which makes the file appear, and listen(2) a connect is refused: the pause before the next try, ms. */
const refusedPause = 2;

const notThereYet = (error: unknown): 'missing' | 'refused' | undefined => {
  const code = errnoOf(error);
  if (code === 'ENOENT') return 'missing';
  return code === 'ECONNREFUSED' ? 'refused' : undefined;
};

/**
 * Connects to a monitor socket that QEMU is about to make: waits for the file by inotify, then negotiates.
 * Call it before or right after the spawn; the directory must exist.
 *
 * @param options `deadline` (ms) bounds the wait for the socket and the negotiation together; `signal` ends it early
 *   (abort it when the process exits: QEMU may die at any point of this)
 * @throws TapestryError as {@link QmpClient.connect}; `deadline` when the socket doesn't appear
 */
export async function openMonitor(path: string, options: QmpOptions & { readonly deadline: number }): Promise<QmpClient> {
  const until = Date.now() + options.deadline;
  const name = basename(path);
  let appeared = Promise.withResolvers<void>();
  const watcher = watch(dirname(path), (_type, file) => {
    if (file === name) appeared.resolve();
  });
  watcher.on('error', () => appeared.resolve()); // the directory is gone: the next connect says ENOENT until the deadline
  const wake = () => appeared.resolve();
  options.signal?.addEventListener('abort', wake, { once: true });
  const timer = setTimeout(wake, options.deadline);
  try {
    for (;;) {
      if (options.signal?.aborted === true) throw new TapestryError('cancelled', 'Connecting to QEMU was cancelled.');
      const left = until - Date.now();
      if (left <= 0) {
        throw new TapestryError('deadline', "QEMU's monitor socket did not appear in time.", {
          detail: path,
          next: "Look at the machine's log.",
        });
      }
      appeared = Promise.withResolvers<void>();
      try {
        return await QmpClient.connect(path, { ...options, deadline: left });
      } catch (error) {
        const why = notThereYet(error);
        if (why === undefined) throw error;
        if (why === 'missing') await Promise.race([appeared.promise, pause(250)]);
        else await pause(refusedPause);
      }
    }
  } finally {
    watcher.close();
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', wake);
  }
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
