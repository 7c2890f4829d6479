import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import { errorDataOf, TapestryError } from '../../../shared/errors.ts';
import type { NetworkHelper } from '../helper/helper.ts';
import type { NicRecord } from './nic-record.ts';
import { runUpScript } from './scripts.ts';
import { now } from '../helper/clock.ts';
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
  if (nic.source.type === 'ethernet' && tap.created) {
    for (const ip of nic.source.ips) {
      const prefix = ip.prefix ?? (ip.family === 'ipv4' ? 24 : 64);
      const { at, pid } = await helper.run('address', { name: tap.device, ip: `${ip.address}/${prefix}`, peer: ip.peer }, { about });
      steps.push({ at, kind: 'host-address', address: ip.address, prefix, by: byHelper(pid) });
    }
    for (const route of nic.source.routes) {
      const prefix = route.prefix ?? prefixOf(route.netmask) ?? (route.family === 'ipv4' ? 32 : 128);
      const { at, pid } = await helper.run(
        'route',
        { name: tap.device, ip: `${route.address}/${prefix}`, via: route.gateway, metric: route.metric },
        { about },
      );
      steps.push({ at, kind: 'host-route', address: route.address, prefix, gateway: route.gateway, by: byHelper(pid) });
    }
  }
  if (nic.type === 'ethernet' && nic.script !== undefined) {
    await runUpScript(nic.script, tap.device, nic.path, deadline);
    steps.push({ at: now(), kind: 'script', script: nic.script, device: tap.device });
  }
  return steps;
}

/** Length of a dotted netmask; undefined when absent. */
const prefixOf = (netmask: string | undefined): number | undefined =>
  netmask === undefined
    ? undefined
    : netmask
        .split('.')
        .map((part) => Number(part).toString(2).replaceAll('0', '').length)
        .reduce((sum, bits) => sum + bits, 0);

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

/**
 * A macvtap comes up when QEMU has it: never before, or the host would answer for a guest that isn't there. (libvirt waits for the processors,
 * and takes it down when they pause: `followRunState` does that from then on.) A failure is a step: QEMU runs already.
 */
export async function bringUpMacvtap(record: NicRecord, helper: NetworkHelper): Promise<NicRecord> {
  if (record.type !== 'direct' || !record.created || record.device === null) return record;
  const step = await helper.run('link', { name: record.device, state: 'up' }, { about: { name: record.device } }).then(
    ({ pid, at }): NicStep => ({ at, kind: 'up', by: byHelper(pid) }),
    (error: unknown): NicStep => ({ at: now(), kind: 'failed', attempt: { deed: 'bring-up' }, error: errorDataOf(error) }),
  );
  return { ...record, timeline: [...record.timeline, step] };
}
