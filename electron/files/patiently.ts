import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf } from './if-there.ts';

/** Errors that say something lasting of the name asked for; every other one may be over in a moment (EMFILE, ENFILE, EIO, ENOMEM, EACCES…). */
const lasting = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EISDIR', 'ESRCH']);

/** Pauses before the second and each later try, ms. */
const pauses = [10, 30, 80, 200, 400];

/** Did the system refuse for a reason that tells nothing of what was asked for (errno(3): no descriptors, no memory, an I/O error)? */
export function mayPass(error: unknown): boolean {
  const code = errnoOf(error);
  return code !== undefined && code.startsWith('E') && !code.startsWith('ERR_') && !lasting.has(code);
}

/**
 * Asks the system again where it refused for a moment: what can't be read now says nothing of what is there.
 *
 * @param ask may be called several times, over at most 0.8 s
 * @throws what the last try threw; at once where the error is one that stays, such as ENOENT
 */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (const pause of pauses) {
    try {
      return await ask();
    } catch (error) {
      if (!mayPass(error)) throw error;
      await delay(pause);
    }
  }
  return ask();
}
