import { z } from 'zod';
import { errorData } from '../errors.ts';
import { hostCheck } from './host-check.ts';
import { call, events } from './kinds.ts';
import type { Operation } from './operations.ts';
import { connectionId } from './references.ts';

/** Names one job for good: numbers are never given twice in one connection. */
export const jobRef = z.object({ connection: connectionId, id: z.number().int().positive() });
/** See {@link jobRef}. */
export type JobRef = Readonly<z.infer<typeof jobRef>>;

/** What a job makes or does. */
export const jobKinds = ['demo-machine', 'image', 'doctor'] as const;
/** One of {@link jobKinds}. */
export type JobKind = (typeof jobKinds)[number];

/** Where a job is: `running` is the only one that changes. */
export const jobStates = ['running', 'done', 'failed', 'cancelled'] as const;
/** One of {@link jobStates}. */
export type JobState = (typeof jobStates)[number];

/** What a job does at a time; the words for it are made where they are shown (shared/words/job-words.ts). */
export const jobStepCodes = [
  'fetch-lists', // the distribution's lists of packages
  'download', // kernel and busybox, from `source`
  'unpack',
  'build-initramfs',
  'store-guest',
  'try-kvm',
  'copy-kernel',
  'create-disk',
  'define',
  'allocate', // the image's file
  'check', // of the doctor: `check` names it
] as const;

/** See {@link jobStepCodes}. */
export const jobStep = z.object({
  code: z.enum(jobStepCodes),
  /** The host that is fetched from. */
  source: z.string().optional(),
  /** The title of the doctor's check. */
  check: z.string().optional(),
});
/** See {@link jobStep}. */
export type JobStep = Readonly<z.infer<typeof jobStep>>;

/** How much is done, and of how much where that is known. `perSecond`: the pace of the last seconds, where there is one. */
export const jobAmount = z.object({
  done: z.number().nonnegative(),
  total: z.number().positive().nullable(),
  unit: z.enum(['bytes', 'steps']),
  perSecond: z.number().nonnegative().nullable(),
});
/** See {@link jobAmount}. */
export type JobAmount = Readonly<z.infer<typeof jobAmount>>;

/** Who begins a job: the host that was asked, and for the command line the command. */
export const jobBeginner = z.object({ host: z.enum(['desktop', 'browser', 'cli']), command: z.string().min(1).max(100).optional() });
/** See {@link jobBeginner}. */
export type JobBeginner = Readonly<z.infer<typeof jobBeginner>>;

/** What came of a job; of the doctor also what came so far. */
export const jobResult = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('demo-machine'), uuid: z.string() }),
  z.object({ kind: z.literal('image'), path: z.string() }),
  z.object({ kind: z.literal('doctor'), checks: z.array(hostCheck) }),
]);
/** See {@link jobResult}. */
export type JobResult = Readonly<z.infer<typeof jobResult>>;

/** A piece of work that outlives the call that began it. Times are ms since the epoch. */
export const job = z.object({
  ...jobRef.shape,
  kind: z.enum(jobKinds),
  /** What it is about, in the user's words: a machine's name, an image's path; empty where the kind says it all. */
  subject: z.string(),
  /** The machine that it makes or works on; while a machine is being made, nothing else knows it yet. */
  machine: z.object({ connection: connectionId, uuid: z.string(), name: z.string() }).nullable(),
  state: z.enum(jobStates),
  /** 0 to 1; null where nobody can tell. */
  progress: z.number().min(0).max(1).nullable(),
  amount: jobAmount.nullable(),
  /** What it does now, or did last. */
  step: jobStep.nullable(),
  /** Every step so far, in order; the last one of a job that goes on has no end. */
  steps: z.array(z.object({ step: jobStep, begunAt: z.number(), endedAt: z.number().nullable() })),
  begunAt: z.number(),
  endedAt: z.number().nullable(),
  begunBy: jobBeginner,
  /** What cancelling it takes away; null where it can't be cancelled (any more). */
  cancel: z.object({ loses: z.enum(['nothing', 'image', 'machine']) }).nullable(),
  /** Of a cancelled one: by whom. `closing`: the Tapestry that did it was told to end. */
  cancelledBy: z.enum(['user', 'closing']).nullable(),
  result: jobResult.nullable(),
  /** Why it failed. */
  error: errorData.nullable(),
  /** Of one that made nothing in the end: what it had begun on disk. `why` something is left. */
  leftovers: z.array(z.object({ path: z.string(), state: z.enum(['removed', 'left']), why: z.string().optional() })),
});
/** See {@link job}. */
export type Job = Readonly<z.infer<typeof job>>;

/** What `jobs.watch` tells. */
export const jobEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('snapshot'), connection: connectionId, jobs: z.array(job) }),
  z.object({ kind: z.literal('changed'), job }),
  z.object({ kind: z.literal('removed'), ...jobRef.shape }),
]);
/** See {@link jobEvent}. */
export type JobEvent = z.infer<typeof jobEvent>;

/** A call that begins a job and answers it as it begins. `begunBy` is the host's word where the caller says nothing. */
export function beginsJob<Shape extends z.ZodRawShape>(input: Shape, needs: readonly Operation[] = []) {
  return call(z.object({ ...input, begunBy: jobBeginner.optional() }), job, { needs });
}

export const jobs = {
  /** Those that go on, and the last that ended; by number. */
  'jobs.list': call(z.object({}), z.array(job), { repeatable: true }),
  /** A snapshot of each connection that has jobs, then what changes: beginnings, ends and steps at once, amounts a few times a second. */
  'jobs.watch': events(z.object({}), jobEvent, { resumable: true }),
  /** Answers when the job has ended and what it had begun is gone: `cancelled`, or what it came to before. @throws `wrong-state` of one that has ended */
  'jobs.cancel': call(jobRef, job),
  /** Forgets jobs that have ended; without `ids` all of them. One that goes on stays. */
  'jobs.forget': call(z.object({ connection: connectionId, ids: z.array(z.number().int().positive()).optional() }), z.object({})),
};
