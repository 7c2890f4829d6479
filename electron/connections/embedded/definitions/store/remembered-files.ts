import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { jsonOrUndefined } from '../../../../../shared/json.ts';
import { fileError } from '../../../../files/file-errors.ts';
import { readIfThere } from '../../../../files/if-there.ts';
import { patiently } from '../../../../files/patiently.ts';
import { writeFileAtomically } from '../../../../files/atomic-file.ts';

/** The version that is written; it grows when what is there means something else than before. */
const writtenVersion = 1;

/** On disk. Read leniently: a later version may say more. */
const schema = z.looseObject({ files: z.record(z.string(), z.string()), texts: z.record(z.string(), z.string()).optional() });
const versioned = z.looseObject({ version: z.number() });

/** What is remembered of the definitions. */
export interface Remembered {
  /** UUID by file name. */
  readonly files: ReadonlyMap<string, string>;
  /** Hashes of the texts of which there is a copy, by UUID. */
  readonly texts: ReadonlyMap<string, string>;
}

const nothing: Remembered = { files: new Map(), texts: new Map() };

/**
 * Which file held which machine when the store was last open, so that a file that was copied while no app ran isn't taken for the one it was
 * copied from. A memory only: without it, age decides.
 */
export class RememberedFiles {
  readonly #path: string;
  readonly #failed: (error: unknown) => void;
  #noted = '';
  /** What is on disk could not be read, or is a later version's: it is not written over. */
  #kept = false;
  #work: Promise<void> = Promise.resolve();

  /** @param path of its file @param failed told when it can't be written */
  constructor(path: string, failed: (error: unknown) => void) {
    this.#path = path;
    this.#failed = failed;
  }

  /** What is remembered; nothing where there is nothing, or not in a way that we understand: then age decides. */
  async read(): Promise<Remembered> {
    let text: string | undefined;
    try {
      text = await patiently(() => readIfThere(this.#path));
    } catch (error) {
      this.#kept = true;
      this.#failed(fileError(this.#path, 'read', error));
      return nothing;
    }
    if (text === undefined) return nothing;
    this.#noted = text;
    const json = jsonOrUndefined(text);
    this.#kept = (versioned.safeParse(json).data?.version ?? 0) > writtenVersion;
    const { files, texts } = schema.safeParse(json).data ?? { files: {} };
    return { files: new Map(Object.entries(files)), texts: new Map(Object.entries(texts ?? {})) };
  }

  /** Notes what is held now, in the background, unless what is there has to stay. @param remembered asked when it is written */
  note(remembered: () => Promise<Remembered>): void {
    if (this.#kept) return;
    this.#work = this.#work
      .then(async () => {
        const { files, texts } = await remembered();
        const text = JSON.stringify({ version: writtenVersion, files: Object.fromEntries(files), texts: Object.fromEntries(texts) });
        if (text === this.#noted) return;
        this.#noted = text;
        await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
        await writeFileAtomically(this.#path, text, 0o600, false);
      })
      .catch(this.#failed);
  }

  /** Resolves when everything is written. */
  settled(): Promise<void> {
    return this.#work;
  }
}
