import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { job, type Job } from '../../../shared/contract/jobs.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { jsonOrUndefined } from '../../../shared/json.ts';
import { writeFileAtomically } from '../../files/atomic-file.ts';
import { fileError } from '../../files/file-errors.ts';
import { isMissing } from '../../files/if-there.ts';
import type { Leftover } from '../../files/leftovers.ts';
import { patiently } from '../../files/patiently.ts';
import { putAside } from '../../files/put-aside.ts';

const leftover = z.object({
  path: z.string(),
  kind: z.enum(['file', 'folder']),
  identity: z.string().optional(),
  final: z.string().optional(),
});

/** On disk, one file per job that goes on. */
const schema = z.object({ version: z.literal(1), job, leftovers: z.array(leftover) });

/** A job that had not ended when its process did, and what it had begun. */
export interface NotedJob {
  readonly job: Job;
  readonly leftovers: readonly Leftover[];
}

/** What is noted, and the notes that can't be read or understood: they stay as they are, or are put aside. */
export interface JournalReading {
  readonly noted: readonly NotedJob[];
  readonly trouble: readonly TapestryError[];
  /** The highest number that any note has, whether it can be read or not. */
  readonly highest: number;
}

/** The notes of jobs that go on: whoever opens the state next knows by them what a kill cut short. */
export class JobJournal {
  readonly #directory: string;

  /** @param directory is made when something is noted */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @throws TapestryError `storage-full`, `io`: then the work must not make what can't be noted */
  async write({ job: noted, leftovers }: NotedJob): Promise<void> {
    const file = this.#fileOf(noted.id);
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw fileError(this.#directory, 'made', error);
    }
    await writeFileAtomically(file, JSON.stringify({ version: 1, job: noted, leftovers }));
  }

  /** The job has ended, and what is to be known of it stands in the history. @throws TapestryError `io` */
  async remove(id: number): Promise<void> {
    try {
      await rm(this.#fileOf(id), { force: true });
    } catch (error) {
      throw fileError(this.#fileOf(id), 'removed', error);
    }
  }

  /** Everything that is noted. Never throws for what is there. */
  async read(): Promise<JournalReading> {
    const noted: NotedJob[] = [];
    const trouble: TapestryError[] = [];
    let highest = 0;
    const names = await patiently(() => readdir(this.#directory)).catch((error: unknown) => {
      if (!isMissing(error)) trouble.push(fileError(this.#directory, 'read', error));
      return []; // none was ever begun, or it is told of
    });
    for (const name of names) {
      const id = Number(/^(\d{1,15})\.json(?:\.broken(?:-\d+)?)?$/.exec(name)?.[1] ?? 0);
      highest = Math.max(highest, id);
      if (name !== `${id}.json`) continue;
      try {
        const found = await this.#readOne(join(this.#directory, name));
        if (found !== undefined) noted.push(found);
      } catch (error) {
        trouble.push(fileError(join(this.#directory, name), 'read', error));
      }
    }
    return { noted, trouble, highest };
  }

  /** @throws TapestryError `io` for what can't be understood; it is put aside unless a later version wrote it */
  async #readOne(file: string): Promise<NotedJob | undefined> {
    const text = await patiently(() => readFile(file, 'utf8'));
    const value = jsonOrUndefined(text);
    const read = schema.safeParse(value);
    if (read.success) return read.data;
    if (isLater(value))
      throw new TapestryError('io', `The note ${file} of a job is a later version’s: it stays, and so does what the job left.`, {
        next: 'Open it with that version.',
      });
    await putAside(file);
    throw new TapestryError('io', `The note ${file} of a job that was cut short can’t be understood, so what the job left stays.`, {
      next: `It was put aside as ${file}.broken; remove it when you don’t need it.`,
    });
  }

  #fileOf(id: number): string {
    return join(this.#directory, `${id}.json`);
  }
}

/** Did a later version write this? */
export function isLater(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'version' in value && typeof value.version === 'number' && value.version > 1;
}
