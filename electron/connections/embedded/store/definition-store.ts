import { watch, type FSWatcher } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TapestryError } from '../../../../shared/errors.ts';
import { fileError, isTemporaryName, syncDirectory, writeFileAtomically } from './atomic-file.ts';
import { conflict, duplicateName, duplicateUuid } from './definition-errors.ts';
import { definitionPath, markAutostart, markerPath } from './definition-files.ts';
import { isDefinitionFileName } from './definition-name.ts';
import type { BrokenDefinition } from './kept-aside.ts';
import { scanDefinitions } from './scan-definitions.ts';
import { SerialQueue } from './serial-queue.ts';
import { definitionHash, type IdentifyDefinition, type StoredDefinition } from './stored-definition.ts';

/** What differs after a look at the directory. */
export interface DefinitionChanges {
  readonly changed: readonly StoredDefinition[];
  /** UUIDs. */
  readonly removed: readonly string[];
  readonly broken: readonly BrokenDefinition[];
}

/** Several files change together when a person copies a backup in: wait this long for the rest, ms. */
const settleTime = 150;

/**
 * The definitions as files a person can read, back up and edit: `<directory>/<name>.xml`, and a link in
 * `<directory>/autostart/` for machines that start with the app (libvirt's layout). Every change is atomic and on disk
 * when its promise resolves. A file that can't be understood is renamed to `*.corrupt-<time>` and reported; the others load.
 */
export class DefinitionStore {
  readonly #directory: string;
  readonly #identify: IdentifyDefinition;
  readonly #queue = new SerialQueue();
  readonly #byUuid = new Map<string, StoredDefinition>();
  #broken: BrokenDefinition[] = [];
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(directory: string, identify: IdentifyDefinition) {
    this.#directory = directory;
    this.#identify = identify;
  }

  /**
   * Opens the directory (made when missing), removes half-written files of an earlier run, and loads.
   *
   * @throws TapestryError `io`, `storage-full` when the directory itself can't be used
   */
  static async open(directory: string, identify: IdentifyDefinition): Promise<DefinitionStore> {
    const store = new DefinitionStore(directory, identify);
    try {
      await mkdir(join(directory, 'autostart'), { recursive: true, mode: 0o700 });
      for (const file of await readdir(directory)) if (isTemporaryName(file)) await rm(join(directory, file), { force: true });
    } catch (error) {
      throw fileError(directory, 'used', error);
    }
    await store.rescan();
    return store;
  }

  /** All definitions, in no particular order. */
  all(): readonly StoredDefinition[] {
    return [...this.#byUuid.values()];
  }

  /** The definition with this UUID. */
  get(uuid: string): StoredDefinition | undefined {
    return this.#byUuid.get(uuid);
  }

  /** Files that could not be read, newest last. */
  broken(): readonly BrokenDefinition[] {
    return this.#broken;
  }

  /**
   * Stores a definition: a new one, or another text for the machine that has its UUID and name.
   *
   * @param expect hash that the stored text must have for this to be allowed
   * @param createOnly refuse when the UUID is there already
   * @throws TapestryError `conflict`, `duplicate-name`, `duplicate-uuid`, `storage-full`, `io`
   */
  save(
    xml: string,
    options: { readonly expect?: string | undefined; readonly createOnly?: boolean | undefined } = {},
  ): Promise<StoredDefinition & { readonly created: boolean }> {
    return this.#queue.run(async () => {
      const { uuid, name } = this.#identify(xml);
      const before = this.#byUuid.get(uuid);
      const sameName = this.#byName(name);
      if (sameName !== undefined && sameName.uuid !== uuid) throw duplicateName(name, sameName.uuid);
      if (before !== undefined && options.createOnly === true) throw duplicateUuid(uuid, before.name);
      // libvirt's rule: a redefinition must agree in both; a new name is a rename.
      if (before !== undefined && before.name !== name) throw duplicateUuid(uuid, before.name);
      if (options.expect !== undefined && before?.hash !== options.expect) throw conflict(name, before === undefined);
      const definition = { uuid, name, xml, hash: definitionHash(xml), autostart: before?.autostart ?? false };
      if (before?.xml !== xml) await writeFileAtomically(definitionPath(this.#directory, name), xml);
      this.#byUuid.set(uuid, definition);
      return { ...definition, created: before === undefined };
    });
  }

  /**
   * Stores a definition under another name.
   *
   * @param xml the text that already has the new name
   * @throws TapestryError `not-found`, `duplicate-name`, `storage-full`, `io`
   */
  rename(uuid: string, xml: string): Promise<StoredDefinition> {
    return this.#queue.run(async () => {
      const before = this.#require(uuid);
      const { name } = this.#identify(xml);
      const sameName = this.#byName(name);
      if (sameName !== undefined && sameName.uuid !== uuid) throw duplicateName(name, sameName.uuid);
      const target = definitionPath(this.#directory, name);
      // New content under the old name first: at no moment is there no file, or are there two; the load mends the name.
      await writeFileAtomically(definitionPath(this.#directory, before.name), xml);
      try {
        await rename(definitionPath(this.#directory, before.name), target);
        await syncDirectory(this.#directory);
      } catch (error) {
        throw fileError(target, 'written', error);
      }
      if (before.autostart) {
        await rm(markerPath(this.#directory, before.name), { force: true });
        await markAutostart(this.#directory, name, true);
      }
      const definition = { ...before, name, xml, hash: definitionHash(xml) };
      this.#byUuid.set(uuid, definition);
      return definition;
    });
  }

  /** Removes a definition and its autostart link. @throws TapestryError `not-found`, `io` */
  remove(uuid: string): Promise<void> {
    return this.#queue.run(async () => {
      const { name } = this.#require(uuid);
      try {
        await rm(markerPath(this.#directory, name), { force: true });
        await rm(definitionPath(this.#directory, name), { force: true });
        await syncDirectory(this.#directory);
      } catch (error) {
        throw fileError(definitionPath(this.#directory, name), 'removed', error);
      }
      this.#byUuid.delete(uuid);
    });
  }

  /** Sets or clears the flag that starts the machine with the app. @throws TapestryError `not-found`, `io`, `storage-full` */
  setAutostart(uuid: string, autostart: boolean): Promise<StoredDefinition> {
    return this.#queue.run(async () => {
      const before = this.#require(uuid);
      await markAutostart(this.#directory, before.name, autostart);
      const definition = { ...before, autostart };
      this.#byUuid.set(uuid, definition);
      return definition;
    });
  }

  /**
   * Reads the directory again. Changes made by other programs become known; our own make no difference.
   *
   * @throws TapestryError `io` when the directory can't be read
   */
  rescan(): Promise<DefinitionChanges> {
    return this.#queue.run(() => this.#scan());
  }

  /**
   * Watches the directory and calls `listener` with what other programs changed. Ends with {@link close}.
   *
   * @param failed told when the directory can't be read any more, and what `listener` throws; watching goes on
   */
  watch(listener: (changes: DefinitionChanges) => void, failed: (error: unknown) => void): void {
    this.#watcher = watch(this.#directory, (_type, file) => {
      if (file !== null && !isDefinitionFileName(file)) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.rescan()
          .then((changes) => {
            if (changes.changed.length + changes.removed.length + changes.broken.length > 0) listener(changes);
          })
          .catch(failed);
      }, settleTime);
    });
    this.#watcher.on('error', failed);
  }

  /** Stops watching and waits for what is being written. */
  async close(): Promise<void> {
    this.#watcher?.close();
    clearTimeout(this.#timer);
    await this.#queue.idle();
  }

  async #scan(): Promise<DefinitionChanges> {
    const { everything, found, broken } = await scanDefinitions(this.#directory, this.#identify, this.#broken);
    const changed = [...found.values()].filter((definition) => {
      const before = this.#byUuid.get(definition.uuid);
      return before?.xml !== definition.xml || before.autostart !== definition.autostart;
    });
    const removed = [...this.#byUuid.keys()].filter((uuid) => !found.has(uuid));
    this.#byUuid.clear();
    for (const definition of found.values()) this.#byUuid.set(definition.uuid, definition);
    const news = broken.filter(
      (entry) => !this.#broken.some((known) => known.keptAs === entry.keptAs && known.error.message === entry.error.message),
    );
    const there = new Set(everything.map((file) => join(this.#directory, file)));
    const still = this.#broken.filter((known) =>
      known.keptAs === known.file ? broken.some((entry) => entry.keptAs === known.keptAs) : there.has(known.keptAs),
    );
    this.#broken = [...still, ...news];
    return { changed, removed, broken: news };
  }

  #byName(name: string): StoredDefinition | undefined {
    for (const definition of this.#byUuid.values()) if (definition.name === name) return definition;
    return undefined;
  }

  #require(uuid: string): StoredDefinition {
    const definition = this.#byUuid.get(uuid);
    if (definition === undefined) throw new TapestryError('not-found', `There is no stored machine with the UUID ${uuid}.`);
    return definition;
  }
}
