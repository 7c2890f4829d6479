import { TapestryError } from '../../shared/errors.ts';
import type { NicStep } from '../../shared/contract/networks.ts';
import type { DescriptorRequest } from '../qemu/launch-plan.types.ts';
import type { NicSpec } from './nic-spec.ts';

/** What a running machine must remember of a NIC, so that its device can be watched, changed and cleaned up later. JSON. */
export interface NicRecord {
  readonly alias: string;
  readonly type: string;
  /** Host device (TAP or macvtap) and its ifindex; null where QEMU needs none. */
  readonly device: string | null;
  readonly ifindex: number | null;
  readonly queues: number;
  /** We made the device; false for `managed='no'`. Only devices that we made are ever deleted. */
  readonly created: boolean;
  /** Runs after QEMU is gone, with the device's name as its one argument. */
  readonly downscript: string | null;
  /** A backend process (passt) that must be gone when the machine is. */
  readonly processId: number | null;
  readonly createdBy: { readonly who: string; readonly pid: number | null; readonly at: number } | null;
  /** Numbers of the descriptors in QEMU. */
  readonly descriptors: readonly number[];
  readonly timeline: readonly NicStep[];
}

/** Who asks, and what the network layer needs besides the NICs. */
export interface DescriptorContext {
  readonly machine: { readonly uuid: string; readonly name: string };
  /** Directory for sockets and pid files of backend processes; the path must leave room for a unix socket's 107 bytes. */
  readonly runtimeDirectory: string;
  readonly signal?: AbortSignal;
  /** Opens the kinds that aren't the network's (`file`, `recorder`). Without it they are refused. */
  readonly other?: (request: DescriptorRequest) => Promise<{ readonly fd: number; release(): Promise<void> }>;
}

/** Descriptors in hand. Exactly one of `handedOver` and `release` must be called. */
export interface AcquiredDescriptors {
  /** In the order of the requests: give them to the child as stdio 3, 4, 5… */
  readonly fds: readonly number[];
  readonly nics: readonly NicRecord[];
  /** QEMU has them: closes our copies, so that the TAPs live exactly as long as QEMU. Never throws. */
  handedOver(): Promise<void>;
  /** The start failed: closes everything, deletes what this start made, runs down scripts of devices that came to be. Never throws. */
  release(): Promise<void>;
}

/**
 * Makes and opens everything that a launch plan needs as an inherited descriptor, in order; all or nothing.
 * @param requests the plan's `descriptors`
 * @param nics the domain's interfaces, in domain order: `interfaceIndex` counts them
 * @throws TapestryError helper-*, interface-exists, interface-missing, bridge-missing, not-a-bridge, script-failed, host-missing, unsupported-operation;
 *   nothing of ours is left then
 */
export const acquireDescriptors = async (
  requests: readonly DescriptorRequest[],
  nics: readonly NicSpec[],
  context: DescriptorContext,
): Promise<AcquiredDescriptors> => {
  const fds: number[] = [];
  const releases: (() => Promise<void>)[] = [];
  for (const request of requests) {
    if ((request.kind === 'file' || request.kind === 'recorder') && context.other) {
      const other = await context.other(request);
      fds.push(other.fd);
      releases.unshift(() => other.release());
      continue;
    }
    const nic = 'interfaceIndex' in request ? nics[request.interfaceIndex] : undefined;
    for (const release of releases) await release();
    throw new TapestryError(
      'unsupported-operation',
      `Descriptors of kind “${request.kind}” can't be made yet.`,
      nic ? { path: nic.path } : {},
    );
  }
  const finish = async () => {
    for (const release of releases) await release();
  };
  return { fds, nics: [], handedOver: finish, release: finish };
};

/**
 * Cleans up after a machine's QEMU is gone (also when an earlier host started it): deletes macvtaps, ends backend processes, runs down
 * scripts. TAPs are gone by themselves. Returns what was done, for the timeline; failures are entries, never exceptions.
 */
export const releaseNics = async (records: readonly NicRecord[]): Promise<readonly NicStep[]> => {
  void records;
  return [];
};
