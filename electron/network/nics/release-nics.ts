import { open } from 'node:fs/promises';
import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import { errorDataOf, TapestryError } from '../../../shared/errors.ts';
import { NetworkHelper } from '../helper/helper.ts';
import type { NicRecord } from './nic-record.ts';
import { runDownScript } from './scripts.ts';
import { now } from '../helper/clock.ts';

/** Ends a backend process that is still the one we started: pids are used again. */
const endBackend = async (pid: number): Promise<NicStep | null> => {
  try {
    const file = await open(`/proc/${pid}/comm`, 'r');
    const name = await file.readFile('utf8');
    await file.close();
    if (!name.startsWith('passt')) return null;
    process.kill(pid, 'SIGTERM');
    return { at: now(), kind: 'passt-ended', pid };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    return {
      at: now(),
      kind: 'failed',
      attempt: { deed: 'end-passt', pid },
      error: { code: 'io', message: String(code), detail: String(error) },
    };
  }
};

/**
 * Cleans up after a machine's QEMU is gone (also when an earlier host started it), or after a NIC was detached: deletes macvtaps, ends
 * backend processes, runs down scripts. TAPs are gone by themselves. Returns what was done; failures are entries, never exceptions.
 */
export async function releaseNics(
  records: readonly NicRecord[],
  helper = new NetworkHelper(),
  deadline?: number,
): Promise<readonly NicStep[]> {
  const steps: NicStep[] = [];
  for (const record of records) {
    if (record.type === 'direct' && record.created && record.device !== null) {
      const name = record.device;
      await helper.run('delete', { name }).then(
        () => steps.push({ at: now(), kind: 'gone', type: 'macvtap', device: name, stays: false }),
        (error: unknown) => {
          if (!(error instanceof TapestryError && error.code === 'interface-missing'))
            steps.push({ at: now(), kind: 'failed', attempt: { deed: 'delete', device: name }, error: errorDataOf(error) });
        },
      );
    } else if (record.device !== null) {
      steps.push({ at: now(), kind: 'gone', type: 'tap', device: record.device, stays: !record.created });
    }
    if (record.processId !== null) {
      const ended = await endBackend(record.processId);
      if (ended !== null) steps.push(ended);
    }
    if (record.downscript !== null && record.device !== null) {
      const wrong = await runDownScript(record.downscript, record.device, deadline);
      const error = wrong === null ? {} : { error: { code: 'script-failed', message: wrong } as const };
      steps.push({ at: now(), kind: 'script', script: record.downscript, device: record.device, ...error });
    }
  }
  return steps;
}
