import { TapestryError } from '../../shared/errors.ts';
import { errnoOf } from '../files/if-there.ts';
import { mayPass } from '../files/patiently.ts';
import { spawnProcess } from '../processes/spawn-process.ts';

/** How a run of qemu-img ended. */
export interface QemuImgResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** Its own words, without its name in front. */
  readonly stderr: string;
}

/**
 * Runs qemu-img. Its failure is a result, since what it means depends on what was asked.
 *
 * @throws TapestryError `host-missing` when qemu-img isn't installed, `cancelled` when `signal` aborted (it was ended), `limit` and `io` when
 *   the computer can't start a process now
 */
export async function runQemuImg(args: readonly string[], signal?: AbortSignal): Promise<QemuImgResult> {
  const { promise, resolve, reject } = Promise.withResolvers<QemuImgResult>();
  const child = spawnProcess('qemu-img', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
    ...(signal === undefined ? {} : { signal }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  // Also after an error: the process has ended then, so what it was writing is no longer written.
  child.once('close', (code) => {
    if (signal?.aborted === true) reject(new TapestryError('cancelled', 'It was cancelled.'));
    else if (failure !== undefined && mayPass(failure) && errnoOf(failure) !== 'EACCES') {
      reject(new TapestryError('io', 'qemu-img can’t be started now.', { detail: failure.message, next: 'Try again.', cause: failure }));
    } else if (failure !== undefined) {
      reject(
        new TapestryError('host-missing', 'qemu-img can’t be run.', {
          next: 'Install it (on Debian and Ubuntu: apt-get install qemu-utils).',
          fixes: [{ kind: 'copy-command', label: 'Copy command', value: 'sudo apt-get install qemu-utils' }],
          detail: failure.message,
          cause: failure,
        }),
      );
    } else resolve({ ok: code === 0, stdout, stderr: stderr.trim().replace(/^qemu-img: /, '') });
  });
  return await promise;
}
