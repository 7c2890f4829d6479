import type { Activity } from '../../../../shared/contract/computer.ts';
import type { NicStep } from '../../../../shared/contract/nic-steps.ts';
import { nicStepWords } from '../../../../shared/words/nic-step-words.ts';
import { driverOfRecord } from '../../../network/nics/nic-drivers.ts';
import type { NicRecord } from '../../../network/nics/nic-record.ts';
import { helperProgramName } from '../../../network/nics/step-authors.ts';

/** A line of the activity without its time. */
export type ActivityLine = Pick<Activity, 'text'> & Partial<Pick<Activity, 'severity' | 'interface'>>;

/** Steps that belong to the NIC's own timeline; the others, after the making of a device, are deeds on this host. */
const untold: ReadonlySet<NicStep['kind']> = new Set([
  'created',
  'owner',
  'mac',
  'mtu',
  'enslaved',
  'up',
  'handed',
  'attached',
  'gone',
  'detached',
]);

const isWarning = ({ kind }: NicStep): boolean => kind === 'refused' || kind === 'lost' || kind === 'failed';

/** The run of the helper that did a step. */
const helperOf = ({ by }: NicStep): number | undefined => (typeof by === 'object' && by.program === helperProgramName ? by.pid : undefined);

const deviceOf = (nic: NicRecord): string => (driverOfRecord(nic)?.device === 'macvtap' ? 'macvtap' : 'TAP');

/** One line for a device that was made (or opened) for a NIC; undefined where the NIC has none on this host. Pure. */
const arrival = (nic: NicRecord, machine: string): ActivityLine | undefined => {
  const { device } = nic;
  if (device === null) return undefined;
  if (!nic.created) return { text: `Opened ${device}, which was made beforehand, for “${machine}”`, interface: device };
  const pid = nic.createdBy?.pid ?? null;
  const port = nic.timeline.find((step) => step.kind === 'enslaved' && 'bridge' in step);
  return {
    text: `Helper ${pid === null ? '' : `${pid} `}made ${deviceOf(nic)} ${device} for “${machine}”${port === undefined ? '' : ` and put it on ${port.bridge}${port.isolated ? ', isolated' : ''}`}`,
    interface: device,
  };
};

const later = (nic: NicRecord, step: NicStep, machine: string): ActivityLine => {
  const pid = helperOf(step);
  return {
    text: `${pid === undefined ? '' : `Helper ${pid}: `}${nicStepWords(step)} (${nic.alias} of “${machine}”)`,
    ...(isWarning(step) ? { severity: 'warning' as const } : {}),
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
        .filter(({ kind }) => !untold.has(kind))
        .map((step) => later(nic, step, machine)),
    );
  }
  return lines;
}
