import type { Interface } from '../../../shared/domain/interface.ts';
import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import { errorDataOf } from '../../../shared/errors.ts';
import { interfaceFacts } from '../view/interface-facts.ts';
import { moveNic, type LiveContext } from './live-nic.ts';
import { driverOf } from './nic-drivers.ts';
import type { NicRecord } from './nic-record.ts';
import { now } from '../helper/clock.ts';

/**
 * For a machine that went on while no app ran: a TAP of ours that lost its bridge (deleted and made anew) or was put on another one goes
 * back to the bridge of its XML, as libvirt’s daemon does when it starts. A bridge that isn’t there leaves the TAP as it is. Steps say what
 * happened; nothing is thrown, since the machine runs.
 * @param nics the running machine’s interfaces, with their aliases
 * @returns the records, with a step for each TAP that was moved or could not be; the same objects where nothing was to do
 */
export function replugNics(records: readonly NicRecord[], nics: readonly Interface[], context: LiveContext): Promise<readonly NicRecord[]> {
  return Promise.all(
    records.map(async (record) => {
      const nic = nics.find(({ alias }) => alias === record.alias);
      const bridge = nic === undefined ? undefined : driverOf(nic).bridge?.(nic);
      if (nic === undefined || bridge === undefined || !record.created || record.device === null) return record;
      const facts = await interfaceFacts(record.device);
      if (facts === undefined || facts.master === bridge) return record;
      const step = await moveNic(record, bridge, nic, context).catch((error: unknown): NicStep => ({
        at: now(),
        kind: 'failed',
        attempt: { deed: 'put-back', bridge },
        error: errorDataOf(error),
      }));
      return { ...record, timeline: [...record.timeline, step] };
    }),
  );
}
