import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { bandwidthLimits, bandwidthValues } from './host-end.ts';
import { byHelper } from './step-authors.ts';
import { driverOfRecord } from './nic-drivers.ts';
import type { NicRecord } from './nic-record.ts';
import type { NetworkHelper } from '../helper/helper.ts';

/** What a live change works with. */
export interface LiveContext {
  readonly helper: NetworkHelper;
  /** UUID of the machine. */
  readonly machine: string;
  readonly scriptDeadline?: number;
}

/** The device of a NIC that we made. @throws TapestryError unsupported-operation for none, or one that isn't ours */
const ownDevice = (record: NicRecord, what: string, path = '/interface'): string => {
  if (record.device === null) {
    throw new TapestryError('unsupported-operation', `This NIC has no device on the host, so ${what} can’t be changed while it runs.`, {
      next: 'Change it for the next start.',
      path,
    });
  }
  if (!record.created) {
    throw new TapestryError('unsupported-operation', `“${record.device}” is your own TAP, so Tapestry doesn’t change ${what}.`, {
      next: 'Change it with ip or tc, as whoever made it.',
      path,
    });
  }
  return record.device;
};

/**
 * Moves the cable of a running NIC to another bridge; MTU of the new bridge unless the NIC has its own. The guest notices nothing (flap the
 * link if it should). When the new bridge refuses, the helper puts the cable back.
 * @throws TapestryError bridge-missing, not-a-bridge, helper-denied, helper-failed; the old bridge is kept then
 */
export async function moveNic(
  record: NicRecord,
  bridge: string | null,
  nic: Pick<Interface, 'mtu' | 'portIsolated' | 'path'>,
  context: LiveContext,
): Promise<NicStep> {
  const name = ownDevice(record, 'its bridge', nic.path);
  const isolated = bridge === null ? undefined : nic.portIsolated === true;
  const answer = await context.helper.run(
    'move',
    { name, bridge: bridge ?? 'none', mtu: nic.mtu, isolated },
    { about: { name, bridge: bridge ?? undefined, path: nic.path } },
  );
  const mtu = bridge === null || answer.mtu === undefined ? {} : { mtu: answer.mtu };
  return { at: answer.at, kind: 'moved', device: name, bridge, ...mtu, by: byHelper(answer.pid) };
}

/** Sets, changes or (undefined) removes the limits of a running NIC. On failure no limit stays. @throws TapestryError unsupported-operation when the kernel can't */
export async function setBandwidth(
  record: NicRecord,
  bandwidth: Interface['bandwidth'],
  path: string,
  context: LiveContext,
): Promise<NicStep> {
  const name = ownDevice(record, 'its bandwidth', path);
  const answer = await context.helper.run('bandwidth', { name, ...bandwidthValues(bandwidth) }, { about: { name, path } });
  return { at: answer.at, kind: 'bandwidth', ...bandwidthLimits(bandwidth), by: byHelper(answer.pid) };
}

/** Port isolation of a running NIC on a bridge. */
export async function setIsolated(record: NicRecord, isolated: boolean, path: string, context: LiveContext): Promise<NicStep> {
  const name = ownDevice(record, 'its isolation', path);
  const answer = await context.helper.run('isolate', { name, isolated }, { about: { name, path } });
  return { at: answer.at, kind: 'isolation', isolated, by: byHelper(answer.pid) };
}

/** `<coalesce>` of a running NIC, frames. */
export async function setCoalesce(record: NicRecord, frames: number, path: string, context: LiveContext): Promise<NicStep> {
  const name = ownDevice(record, 'its coalescing', path);
  const answer = await context.helper.run('coalesce', { name, frames }, { about: { name, path } });
  return { at: answer.at, kind: 'coalesce', frames, by: byHelper(answer.pid) };
}

/** Brings macvtaps up when the vCPUs run, and down when they stop (libvirt's rule for type direct); other NICs are left alone. */
export async function followRunState(records: readonly NicRecord[], running: boolean, context: Pick<LiveContext, 'helper'>): Promise<void> {
  for (const record of records) await driverOfRecord(record)?.follow?.(record, running, context.helper);
}
