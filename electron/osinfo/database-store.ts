import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { TapestryError } from '../../shared/errors.ts';
import { writeFileAtomically } from '../files/atomic-file.ts';
import { errnoOf } from '../files/if-there.ts';
import { openSealedJson, sealedJson } from '../files/sealed-json.ts';
import { databaseFiles, type EntityFiles } from './database-folders.ts';
import type { OsDatabase } from './os-entry.types.ts';
import { readInThread } from './read-in-thread.ts';

/** Raised whenever something else is kept of a database: what an earlier or a later version kept is read anew then. */
const format = 1;

const kept = z.object({
  format: z.literal(format),
  fingerprint: z.string(),
  // Sealed by its digest: it is what this version wrote.
  database: z.custom<OsDatabase>((value) => typeof value === 'object' && value !== null && 'systems' in value && 'faults' in value),
});

/** How long the folders aren't looked at again, ms: somebody goes through a folder of media, and each is looked up. */
const lookAgainAfter = 3000;

/** A database as it is at the moment. */
export interface CurrentDatabase {
  /** undefined: there is none on this computer. */
  readonly database: OsDatabase | undefined;
  /** Changes whenever a file of it does. */
  readonly fingerprint: string;
}

export interface DatabaseStoreOptions {
  /** Later ones before earlier ones. */
  readonly folders: readonly string[];
  /** Where what was read is kept. */
  readonly file: string;
  readonly read?: (entities: readonly EntityFiles[]) => Promise<OsDatabase>;
  readonly now?: () => number;
}

/** osinfo-db as it is on this computer: read once, and again when a file of it is another one. */
export class DatabaseStore {
  readonly #options: DatabaseStoreOptions;
  #known: CurrentDatabase | undefined;
  #looked = Number.NEGATIVE_INFINITY;
  #looking: Promise<CurrentDatabase> | undefined;

  constructor(options: DatabaseStoreOptions) {
    this.#options = options;
  }

  /** The database; who asks meanwhile shares the look. @throws the system's error for a folder that can't be read; Error when the reading ended */
  async current(): Promise<CurrentDatabase> {
    const now = (this.#options.now ?? (() => performance.now()))();
    if (this.#known !== undefined && this.#looking === undefined && now - this.#looked < lookAgainAfter) return this.#known;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    this.#looked = now;
    return await this.#looking;
  }

  async #look(): Promise<CurrentDatabase> {
    const { folders, read = readInThread } = this.#options;
    const { found, entities, fingerprint } = await databaseFiles(folders);
    if (this.#known?.fingerprint === fingerprint) return this.#known;
    let database: OsDatabase | undefined;
    if (found) {
      database = await this.#readKept(fingerprint);
      if (database === undefined) {
        database = await read(entities);
        await this.#keep(sealedJson({ format, fingerprint, database }));
      }
    }
    this.#known = { database, fingerprint };
    return this.#known;
  }

  /** What was kept of these very files; undefined where there is nothing, or it is damaged or of another version. */
  async #readKept(fingerprint: string): Promise<OsDatabase | undefined> {
    const text = await readFile(this.#options.file, 'utf8').catch(() => undefined);
    const read = text === undefined ? undefined : kept.safeParse(openSealedJson(text));
    return read?.success === true && read.data.fingerprint === fingerprint ? read.data.database : undefined;
  }

  /** What can't be kept costs the time of a reading and nothing else. */
  async #keep(text: string): Promise<void> {
    try {
      await mkdir(dirname(this.#options.file), { recursive: true, mode: 0o700 });
      await writeFileAtomically(this.#options.file, text, 0o600, false);
    } catch (error) {
      if (!(error instanceof TapestryError) && errnoOf(error) === undefined) throw error;
    }
  }
}
