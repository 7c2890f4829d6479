import type { Activity } from '../../../../shared/contract/host.ts';
import type { NicStep } from '../../../../shared/contract/networks.ts';
import type { NicRecord } from '../../../network/nics/nic-record.ts';

/** A line of the activity without its time. */
export type ActivityLine = Pick<Activity, 'text'> & Partial<Pick<Activity, 'severity' | 'interface'>>;

/** Steps after the making of a device that are deeds of ours on this host; the others belong to the NIC's own timeline. */
const told: ReadonlySet<NicStep['kind']> = new Set(['moved', 'bandwidth', 'link', 'script', 'refused', 'other', 'lost']);

const helperOf = (by: string | undefined): string | undefined => /^tapestry-net-helper, pid (\d+)$/.exec(by ?? '')?.[1];

const deviceOf = ({ type }: NicRecord): string => (type === 'direct' ? 'macvtap' : 'TAP');

/** One line for a device that was made (or opened) for a NIC; undefined where the NIC has none on this host. Pure. */
const arrival = (nic: NicRecord, machine: string): ActivityLine | undefined => {
  const { device } = nic;
  if (device === null) return undefined;
  if (!nic.created) return { text: `Opened ${device}, which was made beforehand, for “${machine}”`, interface: device };
  const pid = nic.createdBy?.pid ?? null;
  const port = nic.timeline.find(({ kind }) => kind === 'enslaved')?.text.replace(/^port of /, '');
  return {
    text: `Helper ${pid === null ? '' : `${pid} `}made ${deviceOf(nic)} ${device} for “${machine}”${port === undefined ? '' : ` and put it on ${port}`}`,
    interface: device,
  };
};

const later = (nic: NicRecord, step: NicStep, machine: string): ActivityLine => {
  const pid = helperOf(step.by);
  return {
    text: `${pid === undefined ? '' : `Helper ${pid}: `}${step.text} (${nic.alias} of “${machine}”)`,
    ...(step.kind === 'refused' || step.kind === 'lost' || step.text.startsWith('could not') ? { severity: 'warning' as const } : {}),
    ...(nic.device === null ? {} : { interface: nic.device }),
  };
};

/**
 * What was done to this host between two looks at the NICs of a machine: devices made, moved and changed, devices gone. Pure.
 *
 * @param before NICs at the last look; none when the machine was off
 * @param after NICs now
 */
export function nicActivity(before: readonly NicRecord[], after: readonly NicRecord[], machine: string): ActivityLine[] {
  const lines: ActivityLine[] = [];
  for (const nic of before) {
    if (nic.device === null || after.some(({ alias, ifindex }) => alias === nic.alias && ifindex === nic.ifindex)) continue;
    const text = nic.created
      ? `${deviceOf(nic)} ${nic.device} of “${machine}” is gone`
      : `“${machine}” let go of ${nic.device}, which stays`;
    lines.push({ text, interface: nic.device });
  }
  for (const nic of after) {
    const known = before.find(({ alias, ifindex }) => alias === nic.alias && ifindex === nic.ifindex);
    if (known === undefined) {
      const line = arrival(nic, machine);
      if (line !== undefined) lines.push(line);
      continue;
    }
    lines.push(
      ...nic.timeline
        .slice(known.timeline.length)
        .filter(({ kind }) => told.has(kind))
        .map((step) => later(nic, step, machine)),
    );
  }
  return lines;
}
