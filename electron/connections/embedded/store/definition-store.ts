import { createHash } from 'node:crypto';
import { watch, type FSWatcher } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TapestryError } from '../../../../shared/errors.ts';
import { fileError, isTemporaryName, syncDirectory, writeFileAtomically } from './atomic-file.ts';
import { conflict, duplicateName, duplicateUuid } from './definition-errors.ts';
import { definitionFileName, isDefinitionFileName } from './definition-name.ts';
import { brokenDefinition, keptAsideFrom, type BrokenDefinition } from './kept-aside.ts';
import { SerialQueue } from './serial-queue.ts';

/** What the store must know of a definition. Throws TapestryError for XML that is none. */
export type IdentifyDefinition = (xml: string) => { readonly uuid: string; readonly name: string };

/** One stored definition. */
export interface StoredDefinition {
  readonly uuid: string;
  readonly name: string;
  readonly xml: string;
  /** SHA-256 of the XML text, hexadecimal: what an edit started from. */
  readonly hash: string;
  readonly autostart: boolean;
}

/** What differs after a look at the directory. */
export interface DefinitionChanges {
  readonly changed: readonly StoredDefinition[];
  /** UUIDs. */
  readonly removed: readonly string[];
  readonly broken: readonly BrokenDefinition[];
}

/** Several files change together when a person copies a backup in: wait this long for the rest, ms. */
const settleTime = 150;

/** Hash of a definition's text, as clients give it back in `expect`. */
export const definitionHash = (xml: string): string => createHash('sha256').update(xml).digest('hex');

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
      if (before?.xml !== xml) await writeFileAtomically(this.#path(name), xml);
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
      const target = this.#path(name);
      // New content under the old name first: at no moment is there no file, or are there two; the load mends the name.
      await writeFileAtomically(this.#path(before.name), xml);
      try {
        await rename(this.#path(before.name), target);
        await syncDirectory(this.#directory);
      } catch (error) {
        throw fileError(target, 'written', error);
      }
      if (before.autostart) {
        await rm(this.#marker(before.name), { force: true });
        await this.#mark(name, true);
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
        await rm(this.#marker(name), { force: true });
        await rm(this.#path(name), { force: true });
        await syncDirectory(this.#directory);
      } catch (error) {
        throw fileError(this.#path(name), 'removed', error);
      }
      this.#byUuid.delete(uuid);
    });
  }

  /** Sets or clears the flag that starts the machine with the app. @throws TapestryError `not-found`, `io`, `storage-full` */
  setAutostart(uuid: string, autostart: boolean): Promise<StoredDefinition> {
    return this.#queue.run(async () => {
      const before = this.#require(uuid);
      await this.#mark(before.name, autostart);
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
   * @param failed told when the directory can't be read any more; watching goes on
   */
  watch(listener: (changes: DefinitionChanges) => void, failed: (error: unknown) => void): void {
    this.#watcher = watch(this.#directory, (_type, file) => {
      if (file !== null && !isDefinitionFileName(file)) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.rescan().then((changes) => {
          if (changes.changed.length + changes.removed.length + changes.broken.length > 0) listener(changes);
        }, failed);
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
    let everything: string[];
    let files: string[];
    let marked: Set<string>;
    try {
      everything = await readdir(this.#directory);
      files = everything.filter(isDefinitionFileName).toSorted((a, b) => a.localeCompare(b));
      marked = new Set(await readdir(join(this.#directory, 'autostart')));
    } catch (error) {
      throw fileError(this.#directory, 'read', error);
    }
    const found = new Map<string, StoredDefinition>();
    const broken = await this.#stillAside(everything);
    const misnamed: { file: string; definition: StoredDefinition }[] = [];
    for (const file of files) {
      const outcome = await this.#load(file, marked);
      if (outcome === undefined) continue;
      if ('error' in outcome) broken.push(outcome);
      else if (definitionFileName(outcome.name) !== file) misnamed.push({ file, definition: outcome });
      else if (found.has(outcome.uuid)) broken.push(this.#ignored(file, duplicateUuid(outcome.uuid, found.get(outcome.uuid)?.name ?? '')));
      else found.set(outcome.uuid, outcome);
    }
    // A rename that was cut short, or a file that a person renamed or copied: the properly named ones come first.
    for (const { file, definition } of misnamed) {
      const twin = found.get(definition.uuid) ?? [...found.values()].find((other) => other.name === definition.name);
      if (twin === undefined) {
        await rename(join(this.#directory, file), this.#path(definition.name));
        const autostart = marked.has(file);
        if (autostart) {
          await rm(join(this.#directory, 'autostart', file), { force: true });
          await this.#mark(definition.name, true);
        }
        found.set(definition.uuid, { ...definition, autostart: definition.autostart || autostart });
      } else
        broken.push(
          this.#ignored(file, twin.uuid === definition.uuid ? duplicateUuid(twin.uuid, twin.name) : duplicateName(twin.name, twin.uuid)),
        );
    }
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

  async #load(file: string, marked: ReadonlySet<string>): Promise<StoredDefinition | BrokenDefinition | undefined> {
    const path = join(this.#directory, file);
    let xml: string;
    try {
      xml = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ENOENT') return undefined; // removed since the directory was read
      if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return this.#keepAside(file, error);
      return this.#ignored(file, fileError(path, 'read', error));
    }
    try {
      const { uuid, name } = this.#identify(xml);
      return { uuid, name, xml, hash: definitionHash(xml), autostart: marked.has(definitionFileName(name)) };
    } catch (error) {
      return this.#keepAside(file, error);
    }
  }

  async #keepAside(file: string, error: unknown): Promise<BrokenDefinition> {
    const path = join(this.#directory, file);
    const keptAs = `${path}.corrupt-${new Date().toISOString().replaceAll(':', '')}`;
    await rename(path, keptAs);
    await syncDirectory(this.#directory);
    return brokenDefinition(path, keptAs, error);
  }

  /** Files that an earlier run kept aside: they are told of until somebody mends or removes them. */
  async #stillAside(files: readonly string[]): Promise<BrokenDefinition[]> {
    const known = new Set(this.#broken.map(({ keptAs }) => keptAs));
    const entries: BrokenDefinition[] = [];
    for (const file of files) {
      const original = keptAsideFrom(file);
      const keptAs = join(this.#directory, file);
      if (original === undefined || known.has(keptAs)) continue;
      entries.push(brokenDefinition(join(this.#directory, original), keptAs, await this.#whyBroken(keptAs)));
    }
    return entries;
  }

  async #whyBroken(path: string): Promise<unknown> {
    try {
      this.#identify(new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)));
      return new Error('It can be read now.');
    } catch (error) {
      return error;
    }
  }

  #ignored(file: string, error: TapestryError): BrokenDefinition {
    const path = join(this.#directory, file);
    return { file: path, keptAs: path, error: error.data };
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

  #path(name: string): string {
    return join(this.#directory, definitionFileName(name));
  }

  #marker(name: string): string {
    return join(this.#directory, 'autostart', definitionFileName(name));
  }

  async #mark(name: string, autostart: boolean): Promise<void> {
    const marker = this.#marker(name);
    try {
      await rm(marker, { force: true });
      if (autostart) await symlink(join('..', definitionFileName(name)), marker);
      await syncDirectory(join(this.#directory, 'autostart'));
    } catch (error) {
      throw fileError(marker, 'written', error);
    }
  }
}
