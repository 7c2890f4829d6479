import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { job, type Job } from '../../../shared/contract/jobs.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { jsonOrUndefined } from '../../../shared/json.ts';
import { SerialQueue } from '../../../shared/serial-queue.ts';
import { fileError } from '../../files/file-errors.ts';
import { SpareFile } from '../../files/spare-file.ts';
import { isLater } from './job-journal.ts';

/** On disk. What a job of a later version is, only that one knows: it is kept as it stands. */
const schema = z.looseObject({
  version: z.literal(1),
  /** The number of the next job. */
  next: z.number().int().positive(),
  jobs: z.array(z.looseObject({ id: z.number().int().positive() })),
});
type Stored = z.infer<typeof schema>;

/** How many jobs that ended are remembered. */
const most = 50;

/** The jobs that ended, the last of them; in a file of their own. What can't be written is remembered until the process ends. */
export class JobHistory {
  readonly #path: string;
  readonly #file: SpareFile<Stored>;
  readonly #log: (error: unknown, where: string) => void;
  readonly #writes = new SerialQueue();
  #stored: Stored = { version: 1, next: 1, jobs: [] };
  /** It was changed since it was last written. */
  #unwritten = false;

  constructor(path: string, log: (error: unknown, where: string) => void) {
    this.#path = path;
    this.#log = log;
    this.#file = new SpareFile(path, (text) => {
      const value = jsonOrUndefined(text);
      if (isLater(value))
        throw new TapestryError('io', `The list of jobs ${path} is a later version’s: it stays as it is.`, {
          next: 'What ends now is remembered until Tapestry is closed.',
        });
      return schema.safeParse(value).data;
    });
  }

  /** Reads what is remembered. What can't be read or understood is told of, and never written over. */
  async open(): Promise<void> {
    const { value, trouble } = await this.#file.read();
    if (trouble !== undefined) this.#log(trouble, 'reading the list of jobs');
    if (value !== undefined) this.#stored = value;
  }

  /** Those that this version understands, by number. */
  all(): readonly Job[] {
    return this.#stored.jobs.flatMap((stored) => job.safeParse(stored).data ?? []).toSorted((a, b) => a.id - b.id);
  }

  /** Numbers from here on. @param least the least that may be given */
  reserve(least: number): void {
    this.#stored = { ...this.#stored, next: Math.max(this.#stored.next, least) };
  }

  /** The number of a new job: it is never given again, unless nothing could be written. */
  take(): number {
    const { next } = this.#stored;
    this.#stored = { ...this.#stored, next: next + 1 };
    return next;
  }

  /** Remembers a job that ended. @returns whether that is on disk */
  add(ended: Job): Promise<boolean> {
    const jobs = [...this.#stored.jobs.filter(({ id }) => id !== ended.id), ended].slice(-most);
    return this.#keep(jobs);
  }

  /** Forgets jobs. @returns whether that is on disk */
  forget(ids: ReadonlySet<number>): Promise<boolean> {
    return this.#keep(this.#stored.jobs.filter(({ id }) => !ids.has(id)));
  }

  #keep(jobs: Stored['jobs']): Promise<boolean> {
    this.#stored = { ...this.#stored, jobs };
    this.#unwritten = true;
    return this.#writes.run(async () => {
      if (!this.#unwritten) return true; // one that came later had this one in it
      this.#unwritten = false;
      try {
        await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
          throw fileError(dirname(this.#path), 'made', error);
        });
        await this.#file.write(JSON.stringify(this.#stored));
        return true;
      } catch (error) {
        this.#unwritten = true;
        this.#log(error, 'remembering a job');
        return false;
      }
    });
  }
}
