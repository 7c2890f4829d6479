import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import type { NetworkHelper } from '../helper/helper.ts';
import type { NicRecord } from './nic-record.ts';
import { driverOfRecord } from './nic-drivers.ts';
import { releaseTap } from './release-tap.ts';
import { runDownScript } from './scripts.ts';
import { now } from '../helper/clock.ts';

/**
 * Cleans up after a machine's QEMU is gone (also when an earlier host started it), or after a NIC was detached: deletes macvtaps, ends
 * backend processes, runs down scripts. TAPs are gone by themselves. Returns what was done; failures are entries, never exceptions.
 */
export async function releaseNics(records: readonly NicRecord[], helper: NetworkHelper, deadline?: number): Promise<readonly NicStep[]> {
  const steps: NicStep[] = [];
  for (const record of records) {
    const released = driverOfRecord(record)?.release?.(record, helper) ?? releaseTap(record);
    steps.push(...(await released));
    if (record.downscript !== null && record.device !== null) {
      const wrong = await runDownScript(record.downscript, record.device, deadline);
      const error = wrong === null ? {} : { error: { code: 'script-failed', message: wrong } as const };
      steps.push({ at: now(), kind: 'script', script: record.downscript, device: record.device, ...error });
    }
  }
  return steps;
}
