import { join } from 'node:path';
import type { Job, JobBeginner, JobEvent, JobKind, JobRef } from '../../../shared/contract/jobs.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { EventHub } from '../../../shared/event-hub.ts';
import { toErrorData } from '../../../shared/told-error.ts';
import type { Jobs } from '../connection.ts';
import { JobHistory } from './job-history.ts';
import { JobJournal } from './job-journal.ts';
import { RunningJob, type JobNews, type JobWork } from './running-job.ts';
import { sweepJob, type Completed } from './sweep-jobs.ts';

/** What a job list needs. */
export interface JobListOptions {
  /** The connection that owns the jobs. */
  readonly connection: string;
  /** A directory of lasting state; a folder is made in it. */
  readonly state: string;
  /** Whether what a job that was cut short made is in use all the same. */
  readonly completed: Completed;
  /** Gets defects of ours and what no user can be told elsewhere. */
  readonly log: (error: unknown, where: string) => void;
}

/** What a job is before it begins. */
export interface NewJob {
  readonly kind: JobKind;
  readonly subject: string;
  readonly machine?: { readonly uuid: string; readonly name: string };
  readonly loses: NonNullable<Job['cancel']>['loses'];
  readonly begunBy: JobBeginner;
}

/** How often amounts are looked at and told while somebody looks, ms. */
const lookInterval = 250;

/** The jobs of a connection: those that go on, in this process, and the last that ended. */
export class JobList implements Jobs {
  readonly #options: JobListOptions;
  readonly #journal: JobJournal;
  readonly #history: JobHistory;
  readonly #running = new Map<number, RunningJob>();
  readonly #events = new EventHub<JobEvent>();
  /** Those whose amount changed since it was told. */
  readonly #stale = new Set<RunningJob>();
  #looking: NodeJS.Timeout | undefined;
  #swept: Promise<void> | undefined;
  #closing = false;

  constructor(options: JobListOptions) {
    this.#options = options;
    const folder = join(options.state, 'jobs');
    this.#journal = new JobJournal(join(folder, 'running'));
    this.#history = new JobHistory(join(folder, 'history.json'), options.log);
  }

  /** Reads what is remembered and finishes what a kill cut short; once. */
  opened(): Promise<void> {
    return (this.#swept ??= this.#sweep());
  }

  async #sweep(): Promise<void> {
    const [{ noted, trouble, highest }] = await Promise.all([this.#journal.read(), this.#history.open()]);
    for (const error of trouble) this.#options.log(error, 'reading the notes of jobs');
    this.#history.reserve(highest + 1);
    const known = new Set(this.#history.all().map(noteOf));
    for (const each of noted) {
      try {
        // One that the history knows had ended: only its note is left.
        const kept = known.has(noteOf(each.job)) || (await this.#history.add(await sweepJob(each, this.#options.completed, Date.now())));
        if (kept) await this.#journal.remove(each.job.id);
      } catch (error) {
        this.#options.log(error, 'clearing up after a job');
      }
    }
  }

  async list(): Promise<Job[]> {
    await this.opened();
    await Promise.all([...this.#running.values()].map((running) => running.measure()));
    return this.#all();
  }

  #all(): Job[] {
    const ended = this.#history.all().filter(({ id }) => !this.#running.has(id));
    return [...ended, ...[...this.#running.values()].map(({ job }) => job)].toSorted((a, b) => a.id - b.id);
  }

  async *watch(signal: AbortSignal): AsyncGenerator<JobEvent, void> {
    await this.opened();
    const snapshot = (): JobEvent[] => [{ kind: 'snapshot', connection: this.#options.connection, jobs: this.#all() }];
    const events = this.#events.subscribe(signal, snapshot, (event) => (event.kind === 'snapshot' ? event.kind : `${refOf(event)}`));
    try {
      for (;;) {
        const next = events.next();
        this.#look();
        const item = await next;
        if (item.done === true) return;
        yield item.value;
      }
    } finally {
      await events.return();
      if (!this.#events.watched) this.#lookNoMore();
    }
  }

  /** While somebody watches: asks how far jobs are that don't tell, and tells what changed. */
  #look(): void {
    if (this.#looking !== undefined || !this.#events.watched || this.#running.size === 0) return;
    this.#looking = setInterval(() => {
      for (const running of this.#running.values()) void running.measure();
      for (const { job } of this.#stale) this.#events.publish({ kind: 'changed', job });
      this.#stale.clear();
    }, lookInterval).unref();
  }

  #lookNoMore(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  /** The jobs of a kind that go on. */
  going(kind: JobKind): readonly Job[] {
    return [...this.#running.values()].map(({ job }) => job).filter((job) => job.kind === kind);
  }

  /**
   * Begins a job, at once: what {@link going} said before in the same turn still holds. Only after {@link opened}. It is noted on disk before
   * `work` runs, if it can be: one that makes files fails when it can't note them.
   * @returns it as it begins
   * @throws TapestryError `closed` when the connection is closing
   */
  begin({ kind, subject, machine, loses, begunBy }: NewJob, work: (work: JobWork) => Promise<void>): Job {
    if (this.#closing) throw new TapestryError('closed', 'This Tapestry is ending: no job can begin.');
    const { connection } = this.#options;
    const id = this.#history.take();
    const begun: Job = {
      connection,
      id,
      kind,
      subject,
      machine: machine === undefined ? null : { connection, ...machine },
      state: 'running',
      progress: null,
      amount: null,
      step: null,
      steps: [],
      begunAt: Date.now(),
      endedAt: null,
      begunBy,
      cancel: { loses },
      cancelledBy: null,
      result: null,
      error: null,
      leftovers: [],
    };
    const running = new RunningJob(
      begun,
      (news) => this.#told(running, news),
      (one) => this.#journal.write(one),
    );
    this.#running.set(id, running);
    this.#told(running, 'fact');
    running.ended = this.#run(running, work);
    return running.job;
  }

  async #run(running: RunningJob, work: (work: JobWork) => Promise<void>): Promise<void> {
    const { id } = running.job;
    // A doctor has to work on a full disk too; whoever makes files notes them, and fails then.
    await this.#journal.write(running).catch((error: unknown) => this.#options.log(error, 'noting a job'));
    try {
      await work(running.work);
      await running.end({ state: 'done' }, Date.now());
    } catch (error) {
      if (running.cancelled) await running.end({ state: 'cancelled' }, Date.now());
      else {
        const data = toErrorData(error, (defect) => this.#options.log(defect, `job ${id}`));
        await running.end({ state: 'failed', error: data }, Date.now());
      }
    }
    const kept = await this.#history.add(running.job);
    this.#running.delete(id);
    this.#stale.delete(running);
    if (this.#running.size === 0) this.#lookNoMore();
    // Its note stays where the history can't be written: the next opening tells of it by that.
    if (kept) await this.#journal.remove(id).catch((error: unknown) => this.#options.log(error, 'forgetting the note of a job'));
  }

  #told(running: RunningJob, news: JobNews): void {
    if (!this.#events.watched) return;
    this.#look();
    if (news === 'pace') this.#stale.add(running);
    else {
      this.#stale.delete(running);
      this.#events.publish({ kind: 'changed', job: running.job });
    }
  }

  async cancel(ref: JobRef): Promise<Job> {
    await this.opened();
    const running = this.#running.get(ref.id);
    if (ref.connection !== this.#options.connection || (running === undefined && !this.#all().some(({ id }) => id === ref.id)))
      throw new TapestryError('not-found', `There is no job ${ref.id}.`, { next: 'Look at the list of jobs.' });
    if (running === undefined) throw new TapestryError('wrong-state', `The job ${ref.id} has ended.`);
    if (!running.cancel('user'))
      throw new TapestryError('wrong-state', `The job ${ref.id} can’t be cancelled any more: it is about to end.`);
    await running.ended;
    return running.job;
  }

  async forget({ connection, ids }: { readonly connection: string; readonly ids?: readonly number[] | undefined }): Promise<void> {
    await this.opened();
    const gone = this.#history.all().filter(({ id }) => ids?.includes(id) ?? true);
    await this.#history.forget(new Set(gone.map(({ id }) => id)));
    for (const { id } of gone) this.#events.publish({ kind: 'removed', connection, id });
  }

  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  /** Cancels what goes on, and waits until what it had begun is gone. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.opened();
    for (const running of this.#running.values()) running.cancel('closing');
    await this.idle();
    this.#lookNoMore();
  }
}

/** A job by its number and its beginning: where the history was lost, numbers begin anew. */
const noteOf = ({ id, begunAt }: Job): string => `${id} ${begunAt}`;

const refOf = (event: JobEvent): number => (event.kind === 'changed' ? event.job.id : event.kind === 'removed' ? event.id : 0);
