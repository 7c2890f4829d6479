import { useEffect, useEffectEvent } from 'react';
import { z } from 'zod';
import { create } from 'zustand';
import { jobRef, type Job, type JobRef } from '../../shared/contract/jobs.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { errorDataOf, isCancelled } from '../words/errors.ts';
import { dropDraft, keepDraft, readDraft } from './drafts.ts';
import { isJob } from './jobs-store.ts';
import { useServices, type Services } from './services.ts';
import { useJobs } from './use-jobs.ts';

/** What a place of the window is about: the job that was begun there. */
interface Place {
  readonly ref: JobRef | undefined;
  readonly busy: boolean;
  readonly error: ErrorData | null;
}

const idle: Place = { ref: undefined, busy: false, error: null };

/** Places by their names. Outside React: a job goes on when its form is closed, and what comes after it too. */
export const useJobPlaces = create<{ readonly places: Readonly<Record<string, Place>> }>()(() => ({ places: {} }));

const setPlace = (name: string, place: Place) => useJobPlaces.setState(({ places }) => ({ places: { ...places, [name]: place } }));

/** Jobs that a place of this window follows or followed: their end is told there. */
const followed = new Set<string>();
const keyOf = ({ connection, id }: JobRef) => `${connection} ${String(id)}`;

/** Does a place of this window follow the job, or did it? Then that place tells how it ends. */
export function isFollowed(job: JobRef): boolean {
  return followed.has(keyOf(job));
}

/** Over a reload: which job, and what is to be done when it is done. */
const kept = z.object({ ref: jobRef, note: z.unknown().optional() });
const keptName = (place: string) => `job.${place}`;

/** What is done with a job that is done. */
type Done = (job: Job, note: unknown) => void | Promise<void>;

/** Follows a job to its end, and does what comes after it; once. */
async function followToEnd({ jobs }: Services, name: string, ref: JobRef, note: unknown, done: Done): Promise<void> {
  followed.add(keyOf(ref));
  keepDraft(keptName(name), { ref, note });
  setPlace(name, { ref, busy: true, error: null });
  let error: ErrorData | null = null;
  try {
    const job = await jobs.ended(ref);
    if (job.state === 'done') await done(job, note);
    else error = job.error;
  } catch (thrown) {
    error = errorDataOf(thrown);
  }
  dropDraft(keptName(name));
  setPlace(name, { ref: undefined, busy: false, error });
}

/** A job that is begun at a place of the window, as that place shows it. */
export interface JobAtPlace {
  /** It goes on, or what comes after it does. */
  readonly busy: boolean;
  /** The job while it goes on. */
  readonly job: Job | undefined;
  /** Why it was not begun, failed, or could not be followed by what comes after it. */
  readonly error: ErrorData | null;
  /** @param note is given to `done`, also after a reload: JSON */
  readonly begin: (call: () => Promise<Job>, note?: unknown) => void;
  readonly cancel: () => void;
}

/**
 * Follows the job that is begun at a place, by its number: the place may be closed meanwhile, and a reload of the window finds the job again.
 * @param name of the place, of its own
 * @param done comes after a job that is done, even when the place is closed by then
 */
export function useJobAt(name: string, done: Done): JobAtPlace {
  const services = useServices();
  const place = useJobPlaces(({ places }) => places[name] ?? idle);
  const job = useJobs().jobs?.find((one) => place.ref !== undefined && isJob(one, place.ref));
  const resume = useEffectEvent(() => {
    const before = readDraft(keptName(name), kept);
    if (before === undefined || useJobPlaces.getState().places[name]?.busy === true) return;
    void followToEnd(services, name, before.ref, before.note, done);
  });
  useEffect(() => resume(), [name]);
  const begin = async (call: () => Promise<Job>, note: unknown) => {
    setPlace(name, { ref: undefined, busy: true, error: null });
    try {
      const begun = await call();
      services.jobs.learn(begun);
      await followToEnd(services, name, { connection: begun.connection, id: begun.id }, note, done);
    } catch (thrown) {
      setPlace(name, { ...idle, error: isCancelled(thrown) ? null : errorDataOf(thrown) });
    }
  };
  const cancel = () => {
    const { ref } = useJobPlaces.getState().places[name] ?? idle;
    // One that ended meanwhile tells so by itself.
    if (ref !== undefined)
      services.api['jobs.cancel'](ref).catch((thrown: unknown) => errorDataOf(thrown).code === 'wrong-state' || reportError(thrown));
  };
  return {
    busy: place.busy,
    job: job?.state === 'running' ? job : undefined,
    error: place.error,
    begin: (call, note) => void begin(call, note),
    cancel,
  };
}
