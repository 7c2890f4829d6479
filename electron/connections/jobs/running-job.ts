import type { Job, JobAmount, JobResult, JobStep } from '../../../shared/contract/jobs.ts';
import { TapestryError, type ErrorData } from '../../../shared/errors.ts';
import { removeLeftover, type Leftover, type NoteLeftover } from '../../files/leftovers.ts';
import { Pace } from './pace.ts';

/** How much of something is done. */
export type Amount = Omit<JobAmount, 'perSecond'>;

/** What a piece of work has of its job. */
export interface JobWork {
  /** Aborted when the job is cancelled. */
  readonly signal: AbortSignal;
  /** Another step begins; the same one with other fields goes on. */
  readonly step: (step: JobStep) => void;
  /** So much is done; null forgets the amount. `progress` (0 to 1) where it isn't the amount's part. */
  readonly amount: (amount: Amount | null, progress?: number) => void;
  /** How the amount is found out, where nothing tells: asked a few times a second, but only while somebody looks. */
  readonly measure: (look: () => Promise<Amount | undefined>) => void;
  /** What goes when the job comes to nothing, also by a kill. @throws TapestryError `storage-full`, `io`: then it must not be made */
  readonly note: NoteLeftover;
  /** What came of it, so far. */
  readonly result: (result: JobResult) => void;
  /** From now on it can't be cancelled: it is as good as done. @throws TapestryError `cancelled` when it was before */
  readonly finishing: () => void;
}

/** How a job ended. */
export type JobEnd = { readonly state: 'done' } | { readonly state: 'failed'; readonly error: ErrorData } | { readonly state: 'cancelled' };

/** What a job tells of itself: `pace` for an amount only, which can wait; `fact` for the rest. */
export type JobNews = 'pace' | 'fact';

/** One job that goes on. */
export class RunningJob {
  readonly #stop = new AbortController();
  readonly #tell: (news: JobNews) => void;
  readonly #write: (job: RunningJob) => Promise<void>;
  readonly #left = new Map<string, Leftover>();
  #pace = new Pace();
  #look: (() => Promise<Amount | undefined>) | undefined;
  #job: Job;
  /** Settles when the job has ended, what it had begun is gone and the history knows. */
  ended: Promise<void> = Promise.resolve();

  /**
   * @param tell is called after each change
   * @param write writes the note of the job as it is
   */
  constructor(job: Job, tell: (news: JobNews) => void, write: (job: RunningJob) => Promise<void>) {
    this.#job = job;
    this.#tell = tell;
    this.#write = write;
  }

  get job(): Job {
    return this.#job;
  }

  get leftovers(): readonly Leftover[] {
    return [...this.#left.values()];
  }

  /** Looks how far it is. A look that fails tells nothing: the work itself will say what is wrong. */
  async measure(): Promise<void> {
    const amount = await this.#look?.().catch(() => undefined);
    if (amount !== undefined && this.#job.state === 'running') this.#amount(amount);
  }

  /** Cancels it, once. @returns false where it can't be any more */
  cancel(by: 'user' | 'closing'): boolean {
    if (this.#job.cancel === null || this.#job.state !== 'running') return false;
    if (this.#stop.signal.aborted) return true;
    this.#change({ cancelledBy: by });
    this.#stop.abort(new TapestryError('cancelled', 'It was cancelled.'));
    return true;
  }

  get cancelled(): boolean {
    return this.#stop.signal.aborted;
  }

  /** It has ended: what it had begun is removed unless it is done. */
  async end(end: JobEnd, now: number): Promise<void> {
    const leftovers = end.state === 'done' ? [] : await removeAll(this.leftovers);
    this.#change({
      state: end.state,
      error: end.state === 'failed' ? end.error : null,
      cancelledBy: end.state === 'cancelled' ? this.#job.cancelledBy : null,
      progress: end.state === 'done' ? 1 : this.#job.progress,
      amount: this.#job.amount && { ...this.#job.amount, perSecond: null },
      steps: withLastEnded(this.#job.steps, now),
      cancel: null,
      endedAt: now,
      leftovers,
    });
  }

  /** What the work has of it. */
  get work(): JobWork {
    return {
      signal: this.#stop.signal,
      step: (step) => this.#step(step),
      amount: (amount, progress) => this.#amount(amount, progress),
      measure: (look) => {
        this.#look = look;
      },
      note: async (leftover) => {
        if (leftover.kind === 'nothing') this.#left.delete(leftover.path);
        else this.#left.set(leftover.path, leftover);
        await this.#write(this);
      },
      result: (result) => this.#change({ result }),
      finishing: () => {
        this.#stop.signal.throwIfAborted();
        this.#change({ cancel: null });
      },
    };
  }

  #step(step: JobStep): void {
    const { steps } = this.#job;
    const last = steps.at(-1);
    if (last !== undefined && last.step.code === step.code && last.step.check === step.check) {
      if (last.step.source !== step.source) this.#change({ step, steps: [...steps.slice(0, -1), { ...last, step }] });
      return;
    }
    const now = Date.now();
    this.#pace = new Pace();
    this.#look = undefined;
    this.#change({ step, steps: [...withLastEnded(steps, now), { step, begunAt: now, endedAt: null }] });
  }

  #amount(amount: Amount | null, progress?: number): void {
    const part = progress ?? (amount?.total ? Math.min(1, amount.done / amount.total) : null);
    this.#job = {
      ...this.#job,
      progress: part,
      amount: amount && { ...amount, perSecond: amount.unit === 'bytes' ? this.#pace.add(Date.now(), amount.done) : null },
    };
    this.#tell('pace');
  }

  #change(change: Partial<Job>): void {
    this.#job = { ...this.#job, ...change };
    this.#tell('fact');
  }
}

const withLastEnded = (steps: Job['steps'], now: number): Job['steps'] => {
  const last = steps.at(-1);
  return last === undefined || last.endedAt !== null ? steps : [...steps.slice(0, -1), { ...last, endedAt: now }];
};

/** Removes what a job had begun, and says what became of each. */
export async function removeAll(leftovers: readonly Leftover[]): Promise<Job['leftovers']> {
  const outcomes: Job['leftovers'] = [];
  for (const leftover of leftovers) {
    const { path } = leftover;
    try {
      const became = await removeLeftover(leftover);
      if (became === 'other') outcomes.push({ path, state: 'left', why: 'something else has its name now' });
      else outcomes.push({ path, state: 'removed' });
    } catch (error) {
      outcomes.push({ path, state: 'left', why: error instanceof Error ? error.message : String(error) });
    }
  }
  return outcomes;
}
