import type { NicLoss } from '../../../shared/contract/nic-steps.ts';
import type { HostInterface } from '../../../shared/contract/networks.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import type { ErrorData } from '../../../shared/errors.ts';
import type { NicRecord } from './nic-record.ts';
import { livingPasst } from './passt.ts';

/** What is wrong with a NIC that runs. */
export interface NicFault {
  /** As its timeline tells it. */
  readonly loss: NicLoss;
  /** As its status tells it, with what mends it. */
  readonly error: ErrorData;
}

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
  interfaces: readonly Pick<HostInterface, 'name' | 'kind' | 'master'>[],
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
  if (nic.source.type !== 'bridge' || !record.created || record.device === null) return undefined;
  const { bridge } = nic.source;
  const device = interfaces.find(({ name }) => name === record.device);
  if (device === undefined)
    return {
      loss: { how: 'device-deleted', device: record.device },
      error: {
        code: 'interface-missing',
        message: `The TAP “${record.device}” of this NIC is gone: another program deleted it.`,
        next: 'Detach the NIC and attach it anew, or start the machine again.',
      },
    };
  if (device.master === bridge) return undefined;
  const putBack = { kind: 'put-back', label: `Put back on ${bridge}`, value: bridge } as const;
  if (device.master !== null)
    return {
      loss: { how: 'put-elsewhere', bridge, to: device.master },
      error: {
        code: 'wrong-state',
        message: `Another program put this NIC on “${device.master}”; its definition says “${bridge}”.`,
        next: `Put it back, or move it to “${device.master}” here, so that both say the same.`,
        fixes: [putBack],
      },
    };
  if (!interfaces.some(({ name }) => name === bridge))
    return {
      loss: { how: 'bridge-gone', bridge },
      error: {
        code: 'bridge-missing',
        message: `The bridge “${bridge}” is gone, so this NIC is on none.`,
        next: 'Create the bridge anew and put the NIC back, or move it to another bridge.',
        fixes: [{ ...putBack, label: `Create ${bridge} and put back` }],
      },
    };
  return {
    loss: { how: 'taken-off', bridge },
    error: {
      code: 'wrong-state',
      message: `Another program took this NIC off the bridge “${bridge}”.`,
      next: 'Put it back, or move it to another bridge.',
      fixes: [putBack],
    },
  };
}
