import { open } from 'node:fs/promises';
import type { NicStep } from '../../../shared/contract/networks.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { NetworkHelper } from '../helper/helper.ts';
import type { NicRecord } from './nic-record.ts';
import { runDownScript } from './scripts.ts';
import { now } from '../helper/clock.ts';

/** Ends a backend process that is still the one we started: pids are used again. */
const endBackend = async (pid: number): Promise<string | null> => {
  try {
    const file = await open(`/proc/${pid}/comm`, 'r');
    const name = await file.readFile('utf8');
    await file.close();
    if (!name.startsWith('passt')) return null;
    process.kill(pid, 'SIGTERM');
    return `passt (pid ${pid}) ended`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ESRCH' ? null : `passt (pid ${pid}) could not be ended: ${code}`;
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
  const tell = (kind: NicStep['kind'], text: string) => steps.push({ at: now(), kind, text });
  for (const record of records) {
    if (record.type === 'direct' && record.created && record.device !== null) {
      const name = record.device;
      await helper.run('delete', { name }).then(
        () => tell('gone', `macvtap ${name} deleted`),
        (error: unknown) => {
          if (!(error instanceof TapestryError && error.code === 'interface-missing'))
            tell('other', `macvtap ${name} could not be deleted: ${String(error)}`);
        },
      );
    } else if (record.device !== null) {
      tell('gone', record.created ? `TAP ${record.device} is gone` : `TAP ${record.device} is yours and stays`);
    }
    if (record.processId !== null) {
      const text = await endBackend(record.processId);
      if (text !== null) tell('other', text);
    }
    if (record.downscript !== null && record.device !== null) {
      const wrong = await runDownScript(record.downscript, record.device, deadline);
      tell('script', `${record.downscript} ${record.device} ${wrong ?? 'ended well'}`);
    }
  }
  return steps;
}
