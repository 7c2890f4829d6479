import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { readIfThere } from '../../../files/if-there.ts';
import { writeFileAtomically } from '../../../files/atomic-file.ts';

/** On disk. Read leniently: a later version may say more. */
const schema = z.looseObject({ files: z.record(z.string(), z.string()), texts: z.record(z.string(), z.string()).optional() });

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
  #work: Promise<void> = Promise.resolve();

  /** @param path of its file @param failed told when it can't be written */
  constructor(path: string, failed: (error: unknown) => void) {
    this.#path = path;
    this.#failed = failed;
  }

  /** What is remembered; nothing where there is nothing, or not in a way that we understand. */
  async read(): Promise<Remembered> {
    try {
      const text = await readIfThere(this.#path);
      if (text === undefined) return nothing;
      this.#noted = text;
      const parsed = schema.safeParse(JSON.parse(text));
      if (!parsed.success) return nothing;
      return { files: new Map(Object.entries(parsed.data.files)), texts: new Map(Object.entries(parsed.data.texts ?? {})) };
    } catch {
      return nothing; // damaged, or not readable now: age decides
    }
  }

  /** Notes what is held now, in the background. @param remembered asked when it is written */
  note(remembered: () => Promise<Remembered>): void {
    this.#work = this.#work
      .then(async () => {
        const { files, texts } = await remembered();
        const text = JSON.stringify({ version: 1, files: Object.fromEntries(files), texts: Object.fromEntries(texts) });
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
