import type { NicLoss } from '../../../shared/contract/nic-steps.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import type { SeenInterface } from './nic-driver.ts';
import { driverOf } from './nic-drivers.ts';
import type { NicFault } from './nic-fault.types.ts';
import type { NicRecord } from './nic-record.ts';
import { livingPasst } from './passt.ts';

/** A loss as a word for the record: two looks see the same one when the words are equal. */
export function lossWord(loss: NicLoss): string {
  return Object.values(loss).join(' ');
}

/** Had this NIC a passt that has ended? */
export async function passtEnded({ processId }: Pick<NicRecord, 'processId'>): Promise<boolean> {
  return processId !== null && (await livingPasst(processId)) === undefined;
}

/**
 * Is a running NIC where its XML says, and does what carries its traffic live? Whatever else has CAP_NET_ADMIN may delete the bridge under a
 * TAP, or put it on another one. Pure.
 * @param nic as it runs
 * @param interfaces of this host
 * @param backendEnded its passt has ended
 */
export function nicFault(
  nic: Interface,
  record: Pick<NicRecord, 'device' | 'created' | 'processId'>,
  interfaces: readonly SeenInterface[],
  backendEnded: boolean,
): NicFault | undefined {
  if (backendEnded)
    return {
      loss: { how: 'passt-ended', pid: record.processId ?? 0 },
      error: {
        code: 'wrong-state',
        message: 'passt, which carried the traffic of this NIC, has ended: the guest has no network.',
        next: 'Start it again, or detach the NIC and attach it anew.',
        fixes: [{ kind: 'put-back', label: 'Start passt again' }],
      },
    };
  return driverOf(nic).fault?.(nic, record, interfaces);
}
