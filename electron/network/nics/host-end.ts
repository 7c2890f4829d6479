import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import { TapestryError } from '../../../shared/errors.ts';
import type { NetworkHelper } from '../helper/helper.ts';
import { driverOf } from './nic-drivers.ts';
import type { OpenTap } from './open-tap.ts';
import { byHelper } from './step-authors.ts';

/** What must be on the host’s end before QEMU starts: bandwidth, host addresses, up script. Returns the steps. */
export async function prepareHostEnd(
  nic: Interface,
  tap: OpenTap,
  helper: NetworkHelper,
  deadline: number | undefined,
): Promise<NicStep[]> {
  const steps: NicStep[] = [];
  const about = { name: tap.device, path: nic.path };
  const { inbound, outbound } = nic.bandwidth ?? {};
  if ((inbound?.average ?? 0) > 0 || (outbound?.average ?? 0) > 0) {
    if (!tap.created) {
      throw new TapestryError('unsupported-operation', `“${tap.device}” is your own TAP, so Tapestry doesn’t limit its bandwidth.`, {
        next: 'Limit it with tc, or let Tapestry make the TAP.',
        path: `${nic.path}/bandwidth`,
      });
    }
    const { at, pid } = await helper.run('bandwidth', { name: tap.device, ...bandwidthValues(nic.bandwidth) }, { about });
    steps.push({ at, kind: 'bandwidth', ...bandwidthLimits(nic.bandwidth), by: byHelper(pid) });
  }
  steps.push(...((await driverOf(nic).prepare?.(nic, tap, helper, deadline)) ?? []));
  return steps;
}

/** Helper values of a bandwidth. libvirt: an outbound average of 0 or none at all is no limit; `floor` is for networks only. Pure. */
export function bandwidthValues(bandwidth: Interface['bandwidth']): Readonly<Record<string, number>> {
  const positive = (entries: readonly (readonly [string, number | undefined])[]) =>
    entries.filter((entry): entry is readonly [string, number] => (entry[1] ?? 0) > 0);
  const { inbound, outbound } = bandwidth ?? {};
  const limits = [
    ...((inbound?.average ?? 0) > 0
      ? positive([
          ['in-average', inbound?.average],
          ['in-peak', inbound?.peak],
          ['in-burst', inbound?.burst],
        ])
      : []),
    ...((outbound?.average ?? 0) > 0
      ? positive([
          ['out-average', outbound?.average],
          ['out-burst', outbound?.burst],
        ])
      : []),
  ];
  return Object.fromEntries(limits);
}

/** The limits of a bandwidth that are limits, KiB/s. Pure. */
export function bandwidthLimits(bandwidth: Interface['bandwidth']): {
  readonly inbound?: { readonly average: number };
  readonly outbound?: { readonly average: number };
} {
  const { inbound, outbound } = bandwidth ?? {};
  const limit = (average: number | undefined) => (average !== undefined && average > 0 ? { average } : undefined);
  const [into, out] = [limit(inbound?.average), limit(outbound?.average)];
  return { ...(into === undefined ? {} : { inbound: into }), ...(out === undefined ? {} : { outbound: out }) };
}
