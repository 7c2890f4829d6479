import type { QueryClient } from '@tanstack/react-query';
import type { Job, JobEvent, JobRef } from '../../shared/contract/jobs.ts';
import { TapestryError } from '../../shared/errors.ts';
import { follow, type FeedFailure, type Link } from '../link/api.ts';

/** What is known of jobs. */
export interface KnownJobs {
  /** The newest first; undefined until the first snapshot. */
  readonly jobs: readonly Job[] | undefined;
  /** Why no news of them comes; undefined while some does, or may. */
  readonly failure: FeedFailure | undefined;
}

/** The jobs of the host, as they are now. */
export interface JobsStore {
  readonly known: () => KnownJobs;
  readonly subscribe: (listener: () => void) => () => void;
  /** Learns of a job by the answer of the call that began it: it is there at once. */
  readonly learn: (job: Job) => void;
  /** Resolves to a job when it has ended; rejects `not-found` when the host doesn't know it (any more). */
  readonly ended: (ref: JobRef) => Promise<Job>;
  stop(): void;
}

/** Is it this job? */
export function isJob({ connection, id }: JobRef, other: JobRef): boolean {
  return connection === other.connection && id === other.id;
}

/** Applies one event of `jobs.watch` to what is known. Pure. */
export function applyJobEvent(jobs: readonly Job[] | undefined, event: JobEvent): readonly Job[] | undefined {
  const sorted = (all: readonly Job[]) => all.toSorted((a, b) => b.begunAt - a.begunAt || b.id - a.id);
  switch (event.kind) {
    case 'snapshot':
      return sorted([...(jobs ?? []).filter(({ connection }) => connection !== event.connection), ...event.jobs]);
    case 'changed':
      return sorted([...(jobs ?? []).filter((one) => !isJob(one, event.job)), event.job]);
    case 'removed':
      return jobs?.filter((one) => !isJob(one, event));
  }
}

/** Follows `jobs.watch` for as long as the window lives; what a job that ended has changed is asked for again. */
export function createJobsStore(link: Link, queries: QueryClient): JobsStore {
  let known: KnownJobs = { jobs: undefined, failure: undefined };
  const listeners = new Set<() => void>();
  const set = (change: Partial<KnownJobs>) => {
    const before = known.jobs;
    known = { ...known, ...change };
    for (const job of known.jobs ?? []) {
      const was = before?.find((one) => isJob(one, job));
      if (was?.state === 'running' && job.state !== 'running') refresh(queries, job);
    }
    for (const listener of listeners) listener();
  };
  const learn = (job: Job) => {
    if (known.jobs?.some((one) => isJob(one, job))) return;
    set({ jobs: applyJobEvent(known.jobs, { kind: 'changed', job }) });
  };
  const stop = follow(
    link,
    (api, signal) => api['jobs.watch']({}, { signal }),
    (event) => set({ jobs: applyJobEvent(known.jobs, event) }),
    (failure) => set({ failure }),
  );
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    known: () => known,
    subscribe,
    learn,
    ended: (ref) =>
      new Promise((resolve, reject) => {
        let unsubscribe: () => void = () => undefined;
        const look = () => {
          if (known.jobs === undefined) return;
          const job = known.jobs.find((one) => isJob(one, ref));
          if (job?.state === 'running') return;
          unsubscribe();
          if (job) resolve(job);
          else
            reject(
              new TapestryError('not-found', 'The host no longer knows this job.', { next: 'Look whether it is done, and try again.' }),
            );
        };
        unsubscribe = subscribe(look);
        look();
      }),
    stop,
  };
}

/** What the end of a job makes old. */
const refresh = (queries: QueryClient, { connection, kind, subject }: Job): void => {
  // Both try KVM.
  if (kind === 'doctor' || kind === 'demo-machine')
    for (const name of ['host-facts', 'computer-facts']) void queries.invalidateQueries({ queryKey: [name] });
  if (kind === 'image') void queries.invalidateQueries({ queryKey: ['image-info', connection, subject] });
};
