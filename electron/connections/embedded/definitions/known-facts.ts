import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { machineSummary } from '../../../../shared/contract/machines.ts';
import { readIfThere } from '../../../files/if-there.ts';
import type { DefinitionFacts } from '../ports/ports.ts';
import { writeFileAtomically } from '../../../files/atomic-file.ts';
import { openSealedJson, sealedJson } from '../../../files/sealed-json.ts';

/** As {@link DefinitionFacts}. */
const facts = machineSummary
  .pick({
    uuid: true,
    name: true,
    title: true,
    description: true,
    vcpus: true,
    memoryKiB: true,
    maxMemoryKiB: true,
    type: true,
    arch: true,
    machine: true,
    os: true,
    macs: true,
    networks: true,
    consoles: true,
  })
  .extend({ lifecycle: z.object({ onPoweroff: z.string(), onReboot: z.string(), onCrash: z.string() }) });

/** On disk. `by`: the build that read the definitions; another one may read them otherwise. */
const schema = z.object({ by: z.string(), facts: z.record(z.string(), facts) });

/** Facts that were just made are written together, after this time without more, ms. */
const settleTime = 1_000;

/**
 * What was read from definitions, by the hash of their text, over the runs of the app: a thousand definitions are not parsed again at each opening,
 * which costs seconds and hundreds of MB that are garbage at once. A cache only: without it, or with one of another build, everything is read
 * anew.
 */
export class KnownFacts {
  readonly #path: string;
  readonly #failed: (error: unknown) => void;
  readonly #known = new Map<string, DefinitionFacts>();
  #by = '';
  #used: (() => Iterable<string>) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Is something known that isn't written? */
  #new = false;
  #work: Promise<void> = Promise.resolve();

  /** @param path of its file @param failed told when it can't be written */
  constructor(path: string, failed: (error: unknown) => void) {
    this.#path = path;
    this.#failed = failed;
  }

  /** Reads what an earlier run wrote. */
  async read(): Promise<void> {
    try {
      const { mtimeMs, size } = await stat(import.meta.filename);
      this.#by = `${process.version} ${mtimeMs} ${size}`;
      const text = await readIfThere(this.#path);
      if (text === undefined) return;
      const parsed = schema.safeParse(openSealedJson(text));
      if (!parsed.success || parsed.data.by !== this.#by) return;
      for (const [hash, entry] of Object.entries(parsed.data.facts)) this.#known.set(hash, entry as DefinitionFacts);
    } catch {
      this.#known.clear(); // damaged, or not readable now: everything is read anew
    }
  }

  /** What is known of the text with this hash. */
  get(hash: string): DefinitionFacts | undefined {
    return this.#known.get(hash);
  }

  /** The facts of the text with this hash; `make` where they aren't known. @throws what `make` throws: a failure isn't remembered */
  of(hash: string, make: () => DefinitionFacts): DefinitionFacts {
    const known = this.#known.get(hash);
    if (known !== undefined) return known;
    const made = make();
    this.#known.set(hash, made);
    this.#writeLater();
    return made;
  }

  /** Nothing is forgotten or written before this is called. @param used hashes of the texts that there are: others are forgotten then */
  keep(used: () => Iterable<string>): void {
    this.#used = used;
    if (this.#new) this.#writeLater();
  }

  /** Writes what is new; resolves when it is written. */
  async settled(): Promise<void> {
    if (this.#timer !== undefined) this.#write();
    await this.#work;
  }

  #writeLater(): void {
    this.#new = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#write(), settleTime);
    this.#timer.unref();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const current = this.#used;
    if (current === undefined) return;
    this.#new = false;
    this.#work = this.#work
      .then(async () => {
        const used = new Set(current());
        for (const hash of this.#known.keys()) if (!used.has(hash)) this.#known.delete(hash);
        await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
        await writeFileAtomically(this.#path, sealedJson({ by: this.#by, facts: Object.fromEntries(this.#known) }), 0o600, false);
      })
      .catch(this.#failed);
  }
}
