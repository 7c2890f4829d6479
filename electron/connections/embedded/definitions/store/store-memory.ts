import type { DefinitionText } from './definition-file.ts';
import { LastTexts } from './last-texts.ts';
import { RememberedFiles } from './remembered-files.ts';
import type { IdentifyDefinition, StoredDefinition } from './stored-definition.ts';

/** How long after a change it is remembered beside the definitions, ms: a copy that is late by this costs nothing, and a define waits for no more. */
const noteDelay = 500;

/** Where a store remembers what its directory held. */
export interface MemoryOptions {
  /** File in which it remembers which file held which machine. */
  readonly memory?: string | undefined;
  /** Directory of the texts that were last understood. Needs `memory`. */
  readonly copies?: string | undefined;
  /** Told of what can't be written beside the definitions. */
  readonly log?: (error: unknown, where: string) => void;
}

/** What a store holds. */
export interface Held {
  readonly definitions: Iterable<StoredDefinition>;
  /** Names of the definitions' files, by UUID. */
  readonly files: ReadonlyMap<string, string>;
}

/** What is remembered of the definitions over the runs of the app: which file held which machine, and what each said when it was last understood. */
export class StoreMemory {
  readonly #files: RememberedFiles | undefined;
  readonly #texts: LastTexts | undefined;
  readonly #identify: IdentifyDefinition;
  readonly #held: () => Held;
  #noting: NodeJS.Timeout | undefined;

  /** @param held asked when something is written */
  constructor({ memory, copies, log }: MemoryOptions, identify: IdentifyDefinition, held: () => Held) {
    this.#identify = identify;
    this.#held = held;
    const failed = (where: string) => (error: unknown) => log?.(error, where);
    this.#files = memory === undefined ? undefined : new RememberedFiles(memory, failed('remembering which file holds which machine'));
    this.#texts = copies === undefined ? undefined : new LastTexts(copies, failed('copying what the definitions say'));
  }

  /** What an earlier run held: UUID by file name. */
  async read(): Promise<ReadonlyMap<string, string>> {
    const remembered = await this.#files?.read();
    this.#texts?.alreadyCopied(remembered?.texts ?? new Map());
    return remembered?.files ?? new Map<string, string>();
  }

  /** The last text of this machine that was understood; undefined where there is none. */
  async lastText(uuid: string): Promise<DefinitionText | undefined> {
    return await this.#texts?.read(uuid, this.#identify);
  }

  /** Remembers what is held, a moment later: several changes are written once. */
  note(): void {
    if (this.#files !== undefined) this.#noting ??= setTimeout(() => this.#write(), noteDelay).unref();
  }

  /** Writes what is to be remembered; resolves when it is written. */
  async settled(): Promise<void> {
    if (this.#noting !== undefined) this.#write();
    await this.#texts?.settled();
    await this.#files?.settled();
  }

  #write(): void {
    clearTimeout(this.#noting);
    this.#noting = undefined;
    this.#texts?.note(() => this.#held().definitions);
    this.#files?.note(async () => {
      await this.#texts?.settled();
      return {
        files: new Map([...this.#held().files].map(([uuid, file]) => [file, uuid])),
        texts: this.#texts?.copied ?? new Map(),
      };
    });
  }
}
