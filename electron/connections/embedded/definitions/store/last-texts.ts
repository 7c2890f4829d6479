import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere } from '../../../../files/if-there.ts';
import { patiently } from '../../../../files/patiently.ts';
import { writeFileAtomically } from '../../../../files/atomic-file.ts';
import { definitionHash, type IdentifyDefinition, type StoredDefinition } from './stored-definition.ts';
import type { DefinitionText } from './definition-file.ts';

const suffix = '.xml';

/** What a UUID looks like as the name of a copy; nothing else in the directory is ours. */
const copyName = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.xml$/;

/**
 * The text that each definition had when it was last understood, a file each beside the state. A shell empties a file before the command that
 * writes it has begun (`dumpxml vm >vm.xml`): an app that opens just then finds nothing in it, and would have no machine of that name. A copy
 * only: it is used for a file that is there and can't be understood, never for one that is gone.
 */
export class LastTexts {
  readonly #directory: string;
  readonly #failed: (error: unknown) => void;
  /** Hashes of what is copied, by UUID. */
  readonly #copied = new Map<string, string>();
  #work: Promise<void> = Promise.resolve();

  /** @param directory of the copies, made when there is something to copy @param failed told when they can't be written */
  constructor(directory: string, failed: (error: unknown) => void) {
    this.#directory = directory;
    this.#failed = failed;
  }

  /** The last text of this machine that was understood; undefined where there is none. */
  async read(uuid: string, identify: IdentifyDefinition): Promise<DefinitionText | undefined> {
    try {
      const xml = await patiently(() => readIfThere(this.#pathOf(uuid)));
      if (xml === undefined) return undefined;
      const known = identify(xml);
      return known.uuid === uuid ? { ...known, xml, hash: definitionHash(xml) } : undefined;
    } catch {
      return undefined; // damaged, or not readable now: the file itself is told of
    }
  }

  /** Takes what an earlier run copied for copied, so that nothing is written twice. @param hashes by UUID */
  alreadyCopied(hashes: ReadonlyMap<string, string>): void {
    for (const [uuid, hash] of hashes) this.#copied.set(uuid, hash);
  }

  /** Hashes of what is copied, by UUID. */
  get copied(): ReadonlyMap<string, string> {
    return this.#copied;
  }

  /** Copies what is new and forgets what is gone, in the background. @param definitions asked when it is written */
  note(definitions: () => Iterable<StoredDefinition>): void {
    this.#work = this.#work.then(() => this.#write(new Map([...definitions()].map((one) => [one.uuid, one])))).catch(this.#failed);
  }

  /** Resolves when everything is written. */
  settled(): Promise<void> {
    return this.#work;
  }

  async #write(definitions: ReadonlyMap<string, StoredDefinition>): Promise<void> {
    const fresh = [...definitions.values()].filter(({ uuid, hash }) => this.#copied.get(uuid) !== hash);
    const gone = [...this.#copied.keys()].filter((uuid) => !definitions.has(uuid));
    if (fresh.length === 0 && gone.length === 0) return;
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    for (const { uuid, xml, hash } of fresh) {
      await writeFileAtomically(this.#pathOf(uuid), xml, 0o600, false);
      this.#copied.set(uuid, hash);
    }
    if (gone.length === 0) return;
    for (const uuid of gone) this.#copied.delete(uuid);
    // Also what a run that was killed left behind.
    for (const file of await readdir(this.#directory))
      if (copyName.test(file) && !definitions.has(file.slice(0, -suffix.length))) await rm(join(this.#directory, file), { force: true });
  }

  #pathOf(uuid: string): string {
    return join(this.#directory, `${uuid}${suffix}`);
  }
}
