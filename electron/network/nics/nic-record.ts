import { z } from 'zod';
import { nicDeed, toldKinds, type NicStep } from '../../../shared/contract/nic-steps.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import { nicStepWords, stepAuthorWords } from '../../../shared/words/nic-step-words.ts';
import type { OpenTap } from './open-tap.ts';

/**
 * A step as it is on disk. Versions before this one wrote a sentence and its author's words, and need them: they stand there still, of no
 * use to this version, beside the step itself.
 */
const storedStep = z.looseObject({
  at: z.number(),
  kind: z.string(),
  text: z.string(),
  by: z.string().optional(),
  step: z.unknown().optional(),
});

/** A step of a version that tells it otherwise: it is shown as it was told, and goes back to the disk as it came. */
type KeptStep = NicStep & { readonly stored?: object };

const readStep = (stored: z.infer<typeof storedStep>): KeptStep => {
  const own = nicDeed.safeParse(stored.step);
  if (own.success) return own.data;
  const { at, kind, text, by } = stored;
  const known = toldKinds.find((one) => one === kind);
  const isPlain = known !== undefined && Object.keys(stored).every((key) => key in told);
  return { at, kind: known ?? 'other', text, ...(by === undefined ? {} : { by }), ...(isPlain ? {} : { stored }) };
};

/** What a told step consists of. */
const told = { at: true, kind: true, text: true, by: true };

const writeStep = ({ stored, ...step }: KeptStep): object => {
  if (stored !== undefined) return stored;
  if ('text' in step) return step;
  const { at, kind, by } = step;
  return { at, kind, text: nicStepWords(step), ...(by === undefined ? {} : { by: stepAuthorWords(by) }), step };
};

/** A cable's move as it is on disk. */
export const storedMove = z.object({ mac: z.string(), from: z.string(), to: z.string(), at: z.number(), flapped: z.boolean() });

const fields = z.object({
  alias: z.string(),
  type: z.string(),
  /** Host device (TAP or macvtap) and its ifindex; null where QEMU needs none. */
  device: z.string().nullable(),
  ifindex: z.number().int().nullable(),
  queues: z.number().int(),
  mtu: z.number().int().nullable(),
  /** We made the device; false for `managed='no'`. Only devices that we made are ever deleted or changed. */
  created: z.boolean(),
  /** Runs after QEMU is gone, with the device's name as its one argument. */
  downscript: z.string().nullable(),
  /** A backend process (passt) that must be gone when the machine is. */
  processId: z.number().int().nullable(),
  /** Where QEMU listens for that process, so that another one can take its place; null where it can't. */
  socket: z.string().nullable().default(null),
  createdBy: z.object({ who: z.string(), pid: z.number().nullable(), at: z.number() }).nullable(),
  /** Numbers of the descriptors in QEMU. */
  descriptors: z.array(z.number().int()),
  timeline: z.array(storedStep.transform(readStep)),
  /** What was last told to be wrong with it while it ran: {@link lossWord} of nic-fault.ts, a sentence of versions before it; absent when nothing is. */
  fault: z.string().optional(),
  /** Its cable was moved to another bridge, and not back (cable-move.ts). */
  moved: storedMove.optional(),
});

/**
 * What a running machine must remember of a NIC, so that its device can be watched, changed and cleaned up later, by another host too. As it is
 * on disk: a schema of its own, apart from what windows are told. Fields that this version doesn't know stay with it.
 */
export const nicRecord: z.ZodType<NicRecord> = fields.loose() as unknown as z.ZodType<NicRecord>;

/** See {@link nicRecord}. */
export type NicRecord = Readonly<z.infer<typeof fields>>;

/** The record with this move of its cable, or with none. */
export function withMove({ moved: _moved, ...nic }: NicRecord, moved: NicRecord['moved']): NicRecord {
  return moved === undefined ? nic : { ...nic, moved };
}

/** A NIC's record as it is written to disk. */
export function storedNic(nic: NicRecord): object {
  return { ...nic, timeline: nic.timeline.map(writeStep) };
}

/** A NIC’s record as it begins. */
export function recordOf(nic: Interface, alias: string, tap: OpenTap | null, more: Partial<NicRecord> = {}): NicRecord {
  return {
    alias,
    type: nic.type,
    device: tap?.device ?? null,
    ifindex: tap?.ifindex ?? null,
    queues: nic.driver.queues ?? 1,
    mtu: tap?.mtu ?? null,
    created: tap?.created ?? false,
    downscript: null,
    processId: null,
    socket: null,
    createdBy: tap?.created === true ? tap.by : null,
    descriptors: [],
    timeline: [...(tap?.steps ?? [])],
    ...more,
  };
}
