import { open } from 'node:fs/promises';
import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import { now } from '../helper/clock.ts';
import type { NicDriver } from './nic-driver.ts';
import { startPasst } from './passt.ts';

/** Ends a passt that is still the one we started: pids are used again. */
const endPasst = async (pid: number): Promise<readonly NicStep[]> => {
  try {
    const file = await open(`/proc/${pid}/comm`, 'r');
    const name = await file.readFile('utf8');
    await file.close();
    if (!name.startsWith('passt')) return [];
    process.kill(pid, 'SIGTERM');
    return [{ at: now(), kind: 'passt-ended', pid }];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return [];
    const told = { code: 'io', message: String(code), detail: String(error) } as const;
    return [{ at: now(), kind: 'failed', attempt: { deed: 'end-passt', pid }, error: told }];
  }
};

/** A user network that passt makes, over a stream to QEMU (formatdomain, "Userspace connection using passt"). */
export const passtNic: NicDriver<'passt'> = {
  device: null,
  network: 'passt',
  source: () => null,
  openStream: (nic, log) => startPasst(nic, log),
  release: async ({ processId }) => (processId === null ? [] : endPasst(processId)),
};
