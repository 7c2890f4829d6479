import { z } from 'zod';
import { errorData } from '../errors.ts';

/** Who did a step: a program of ours, by its name and process. */
export const stepAuthor = z.object({ program: z.string(), pid: z.number().int() });
export type StepAuthor = z.infer<typeof stepAuthor>;

const step = <Kind extends string, Shape extends z.core.$ZodLooseShape>(kind: Kind, shape: Shape) =>
  z.object({
    /** ms since the epoch, with fraction. */
    at: z.number(),
    by: stepAuthor.optional(),
    kind: z.literal(kind),
    ...shape,
  });

/** What was made for a NIC. */
const made = z.discriminatedUnion('type', [
  z.object({ type: z.literal('tap'), device: z.string(), flags: z.array(z.string()), queues: z.number().int() }),
  z.object({ type: z.literal('macvtap'), device: z.string(), lower: z.string(), mode: z.string(), mac: z.string() }),
  z.object({ type: z.literal('passt'), pid: z.number().int() }),
]);

/** How the host's end of a running NIC was lost, by nobody's word here. */
export const nicLoss = z.discriminatedUnion('how', [
  z.object({ how: z.literal('passt-ended'), pid: z.number().int() }),
  z.object({ how: z.literal('device-deleted'), device: z.string() }),
  z.object({ how: z.literal('bridge-gone'), bridge: z.string() }),
  z.object({ how: z.literal('taken-off'), bridge: z.string() }),
  /** Another program put it on another bridge. */
  z.object({ how: z.literal('put-elsewhere'), bridge: z.string(), to: z.string() }),
]);
export type NicLoss = z.infer<typeof nicLoss>;

/** What could not be done to a NIC's host end, which goes on without it. */
const attempted = z.discriminatedUnion('deed', [
  z.object({ deed: z.literal('bring-up') }),
  z.object({ deed: z.literal('put-back'), bridge: z.string() }),
  z.object({ deed: z.literal('delete'), device: z.string() }),
  z.object({ deed: z.literal('end-passt'), pid: z.number().int() }),
  z.object({ deed: z.literal('start-passt') }),
  /** QEMU should have sent a frame, so that passt learns the guest's MAC. */
  z.object({ deed: z.literal('announce') }),
]);

const average = z.object({ /** KiB/s */ average: z.number() });

/** What is done to a NIC, and what happens to it. */
export const nicDeed = z.discriminatedUnion('kind', [
  step('created', { made }),
  /** A TAP that was made beforehand, and is left as it is. `owner`: uid, -1 for any user. */
  step('opened', {
    device: z.string(),
    mac: z.string(),
    mtu: z.number().int(),
    up: z.boolean(),
    owner: z.number().int(),
    persistent: z.boolean(),
    inUse: z.boolean(),
    ours: z.boolean(),
    bridge: z.string().nullable(),
  }),
  /** The character device of a macvtap. */
  step('node-opened', { node: z.string(), device: z.string() }),
  step('owner', { uid: z.number().int() }),
  /** Of the host's end. */
  step('mac', { mac: z.string() }),
  /** `bridge`: that of the bridge. */
  step('mtu', { mtu: z.number().int(), bridge: z.string().optional() }),
  step('enslaved', { bridge: z.string(), isolated: z.boolean() }),
  step('up', {}),
  /** An address or a route of this host's on the TAP. */
  step('host-address', { address: z.string(), prefix: z.number().int() }),
  step('host-route', { address: z.string(), prefix: z.number().int(), gateway: z.string() }),
  /** QEMU (this process) inherited these descriptors. */
  step('handed', { qemu: z.number().int().optional(), descriptors: z.array(z.number().int()) }),
  /** The running QEMU got descriptors by these names. */
  step('attached', { names: z.array(z.string()) }),
  step('replugged', {}),
  /** To this bridge, or off its bridge; `outside`: by another program, back to where its definition wants it. */
  step('moved', {
    device: z.string(),
    bridge: z.string().nullable(),
    mtu: z.number().int().optional(),
    outside: z.literal(true).optional(),
  }),
  step('link', { link: z.enum(['up', 'down', 'flapped']) }),
  step('bandwidth', { inbound: average.optional(), outbound: average.optional() }),
  step('isolation', { isolated: z.boolean() }),
  step('coalesce', { frames: z.number().int() }),
  /** `error`: why it didn't end well. */
  step('script', { script: z.string(), device: z.string(), error: errorData.optional() }),
  /** Another passt serves it: with other port forwards, in the place of one that ended, or with the forwards as they were. */
  step('passt-replaced', { previous: z.number().int(), pid: z.number().int(), why: z.enum(['forwards', 'ended', 'as-before']) }),
  step('passt-ended', { pid: z.number().int() }),
  step('refused', { error: errorData }),
  step('lost', { loss: nicLoss }),
  step('failed', { attempt: attempted, error: errorData }),
  /** Its device: deleted, gone with QEMU, or the user's own, which stays. */
  step('gone', { type: z.enum(['tap', 'macvtap']), device: z.string(), stays: z.boolean() }),
]);
export type NicDeed = z.infer<typeof nicDeed>;

/** The words of kinds that earlier versions wrote. */
export const toldKinds = [
  'created',
  'owner',
  'mac',
  'mtu',
  'enslaved',
  'up',
  'handed',
  'moved',
  'link',
  'bandwidth',
  'script',
  'refused',
  'gone',
  'attached',
  'detached',
  'lost',
  'other',
] as const;

/** A step of a machine that an earlier (or a later) version started: all that is known of it is how that version told it. */
export const toldStep = z.object({ at: z.number(), kind: z.enum(toldKinds), text: z.string(), by: z.string().optional() });
export type ToldStep = z.infer<typeof toldStep>;

/** One step in the life of a machine's NIC. Words are made of it by shared/words/nic-step-words.ts, and only there. */
export const nicStep = z.union([toldStep, nicDeed]);
export type NicStep = z.infer<typeof nicStep>;
