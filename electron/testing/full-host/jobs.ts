import type { Job, JobBeginner, JobEvent, JobRef } from '../../../shared/contract/jobs.ts';
import { TapestryError } from '../../../shared/errors.ts';
import type { Jobs } from '../../connections/connection.ts';
import { RunningJob, type JobWork } from '../../connections/jobs/running-job.ts';
import { EventHub } from '../../../shared/event-hub.ts';

/** Jobs in memory: what they do is up to whoever begins them, and nothing is noted. */
export class FakeJobs implements Jobs {
  readonly #events = new EventHub<JobEvent>();
  readonly #jobs = new Map<number, RunningJob>();
  #next = 1;
  readonly #connection: string;

  constructor(connection: string) {
    this.#connection = connection;
  }

  list(): Promise<Job[]> {
    return Promise.resolve([...this.#jobs.values()].map(({ job }) => job));
  }

  watch(signal: AbortSignal): AsyncIterable<JobEvent> {
    return this.#events.subscribe(signal, () => [
      { kind: 'snapshot', connection: this.#connection, jobs: [...this.#jobs.values()].map(({ job }) => job) },
    ]);
  }

  /** Begins a job whose work only tells; one that is cancelled ends at its next step. */
  begin(
    { begunBy, ...job }: Pick<Job, 'kind' | 'subject' | 'cancel'> & { readonly begunBy: JobBeginner },
    work: (work: JobWork) => Promise<void>,
  ): Promise<Job> {
    const begun: Job = {
      connection: this.#connection,
      id: this.#next++,
      ...job,
      machine: null,
      state: 'running',
      progress: null,
      amount: null,
      step: null,
      steps: [],
      begunAt: Date.now(),
      endedAt: null,
      begunBy,
      cancelledBy: null,
      result: null,
      error: null,
      leftovers: [],
    };
    const running = new RunningJob(
      begun,
      () => this.#events.publish({ kind: 'changed', job: running.job }),
      () => Promise.resolve(),
    );
    this.#jobs.set(begun.id, running);
    this.#events.publish({ kind: 'changed', job: begun });
    running.ended = work(running.work).then(
      () => running.end({ state: 'done' }, Date.now()),
      (error: unknown) => {
        if (running.cancelled) return running.end({ state: 'cancelled' }, Date.now());
        if (!(error instanceof TapestryError)) throw error;
        return running.end({ state: 'failed', error: error.data }, Date.now());
      },
    );
    return Promise.resolve(begun);
  }

  async cancel({ id }: JobRef): Promise<Job> {
    const running = this.#jobs.get(id);
    if (running === undefined) throw new TapestryError('not-found', `There is no job ${id}.`);
    if (!running.cancel('user')) throw new TapestryError('wrong-state', `The job ${id} has ended.`);
    await running.ended;
    return running.job;
  }

  forget({ connection, ids }: Parameters<Jobs['forget']>[0]): Promise<void> {
    for (const [id, { job }] of this.#jobs) {
      if (job.state === 'running' || ids?.includes(id) === false) continue;
      this.#jobs.delete(id);
      this.#events.publish({ kind: 'removed', connection, id });
    }
    return Promise.resolve();
  }

  async idle(): Promise<void> {
    await Promise.all([...this.#jobs.values()].map(({ ended }) => ended));
  }
}
