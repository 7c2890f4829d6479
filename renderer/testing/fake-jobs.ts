import type { Api } from '../../shared/contract/index.ts';
import type { Job, JobEvent } from '../../shared/contract/jobs.ts';
import { sampleJob } from '../../shared/contract/testing/samples.ts';
import { TapestryError } from '../../shared/errors.ts';
import { Feeds } from './fake-feed.ts';

/** Jobs of the fake host: they go on until a test ends them. */
export class FakeJobs {
  readonly events = new Feeds<JobEvent>();
  jobs: readonly Job[] = [];

  /** Begins a job, or adds one that ended. */
  add(more: Partial<Job> = {}): Job {
    const job = sampleJob({ id: this.jobs.length + 1, begunAt: Date.now(), ...more });
    this.jobs = [...this.jobs, job];
    this.events.publish({ kind: 'changed', job });
    return job;
  }

  /** Changes a job and tells the watchers. */
  change(id: number, more: Partial<Job>): Job {
    const job = { ...this.#of(id), ...more };
    this.jobs = this.jobs.map((one) => (one.id === id ? job : one));
    this.events.publish({ kind: 'changed', job });
    return job;
  }

  /** Ends a job: done, unless `more` says otherwise. */
  end(id: number, more: Partial<Job> = {}): Job {
    return this.change(id, { state: 'done', progress: 1, cancel: null, endedAt: Date.now(), ...more });
  }

  #of(id: number): Job {
    const job = this.jobs.find((one) => one.id === id);
    if (!job) throw new TapestryError('not-found', `There is no job ${String(id)}.`);
    return job;
  }

  /** The API's part that is about jobs. */
  api(): Pick<Api, Extract<keyof Api, `jobs.${string}`>> {
    return {
      'jobs.list': async () => [...this.jobs],
      'jobs.watch': (_input, options) =>
        this.events.follow([{ kind: 'snapshot', connection: 'embedded', jobs: [...this.jobs] }], options?.signal),
      'jobs.cancel': async ({ id }) => {
        if (this.#of(id).state !== 'running') throw new TapestryError('wrong-state', `The job ${String(id)} has ended.`);
        return this.end(id, { state: 'cancelled', progress: null, cancelledBy: 'user' });
      },
      'jobs.forget': async ({ connection, ids }) => {
        const gone = this.jobs.filter((job) => job.state !== 'running' && (ids?.includes(job.id) ?? true));
        this.jobs = this.jobs.filter((job) => !gone.includes(job));
        for (const { id } of gone) this.events.publish({ kind: 'removed', connection, id });
        return {};
      },
    };
  }
}
