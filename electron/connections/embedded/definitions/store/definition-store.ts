import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TapestryError } from '../../../../../shared/errors.ts';
import { SerialQueue } from '../../../../../shared/serial-queue.ts';
import {
  createFileAtomically,
  isTemporaryName,
  moveWithoutReplacing,
  syncDirectory,
  writeFileAtomically,
} from '../../../../files/atomic-file.ts';
import { fileError } from '../../../../files/file-errors.ts';
import { markAutostart, markersDirectory, removeDanglingMarkers } from './autostart-markers.ts';
import { beingWritten, conflict, duplicateName, duplicateUuid, nameOccupied } from './definition-errors.ts';
import { isFresh, isThere, readDefinitionFile, writtenDefinition, type DefinitionFile } from './definition-file.ts';
import { definitionFileName } from './definition-name.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { asideName, type BrokenDefinition } from './kept-aside.ts';
import { moveDefinition, scanDefinitions } from './scan-definitions.ts';
import { StoreMemory, type MemoryOptions } from './store-memory.ts';
import { definitionHash, type IdentifyDefinition, type StoredDefinition } from './stored-definition.ts';

/** What differs after a look at the directory. */
export interface DefinitionChanges {
  readonly changed: readonly StoredDefinition[];
  /** UUIDs. */
  readonly removed: readonly string[];
  /** Files that aren't machines, told of for the first time. */
  readonly broken: readonly BrokenDefinition[];
  /** Files that were told of and no longer are: mended or removed. */
  readonly mended: readonly BrokenDefinition[];
}

/** What a store may know beside its directory. */
export interface StoreOptions extends MemoryOptions {
  /** Names of the machines that run, by UUID, also of those that nobody defines. */
  readonly running?: () => ReadonlyMap<string, string>;
}

/**
 * The definitions as files a person can read, back up and edit: `<directory>/<name>.xml`, and a link in
 * `<directory>/autostart/` for machines that start with the app (libvirt's layout). Every change is atomic and on disk
 * when its promise resolves. The directory is the user's: a file that isn't the one that is meant is never replaced, moved or removed; one
 * that can't be understood stays as it is, is told of, and is read again when it changes.
 */
export class DefinitionStore {
  readonly #directory: string;
  readonly #identify: IdentifyDefinition;
  readonly #running: () => ReadonlyMap<string, string>;
  readonly #memory: StoreMemory;
  readonly #queue = new SerialQueue();
  readonly #byUuid = new Map<string, StoredDefinition>();
  /** Name of the file of each definition, by UUID. */
  readonly #fileOf = new Map<string, string>();
  #files: ReadonlyMap<string, DefinitionFile> = new Map();
  #remembered: ReadonlyMap<string, string> = new Map();
  #broken: readonly BrokenDefinition[] = [];
  #watch: DirectoryWatch | undefined;
  #listener: ((changes: DefinitionChanges) => void) | undefined;

  private constructor(directory: string, identify: IdentifyDefinition, options: StoreOptions) {
    this.#directory = directory;
    this.#identify = identify;
    this.#running = options.running ?? (() => new Map());
    this.#memory = new StoreMemory(options, identify, () => ({ definitions: this.#byUuid.values(), files: this.#fileOf }));
  }

  /**
   * Opens the directory (made when missing), removes half-written files of an earlier run and marks for autostart that lead nowhere, and loads.
   *
   * @throws TapestryError `io`, `storage-full` when the directory itself can't be used
   */
  static async open(directory: string, identify: IdentifyDefinition, options: StoreOptions = {}): Promise<DefinitionStore> {
    const store = new DefinitionStore(directory, identify, options);
    try {
      await mkdir(markersDirectory(directory), { recursive: true, mode: 0o700 });
      const entries = await readdir(directory);
      for (const file of entries) if (isTemporaryName(file)) await rm(join(directory, file), { force: true });
      store.#remembered = await store.#memory.read();
    } catch (error) {
      throw fileError(directory, 'used', error);
    }
    const held = store.#remembered;
    await store.rescan();
    await store.#holdLastTexts(held);
    try {
      await removeDanglingMarkers(directory, new Set(await readdir(directory)));
    } catch (error) {
      // A directory that can't be written: a new machine's mark is removed when it is defined.
      options.log?.(error, 'removing marks for autostart that lead nowhere');
    }
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

  /** Files that aren't machines, by name. */
  broken(): readonly BrokenDefinition[] {
    return this.#broken;
  }

  /**
   * Stores a definition: a new one, or another text for the machine that has its UUID and name.
   *
   * @param expect hash that the stored text must have for this to be allowed
   * @param createOnly refuse when the UUID is there already
   * @throws TapestryError `conflict` (also: the file is being written by another program), `duplicate-name` (also: a file that is none of the
   *   machines has the name), `duplicate-uuid`, `storage-full`, `io`
   */
  save(
    xml: string,
    options: { readonly expect?: string | undefined; readonly createOnly?: boolean | undefined } = {},
  ): Promise<StoredDefinition & { readonly created: boolean }> {
    return this.#queue.run(async () => {
      const { uuid, name } = this.#identify(xml);
      const free = (await this.#lookAgain(this.#fileOf.get(uuid) ?? definitionFileName(name))) === 'nothing';
      const before = this.#byUuid.get(uuid);
      this.#requireFree(uuid, name);
      if (before !== undefined && options.createOnly === true) throw duplicateUuid(uuid, before.name);
      // libvirt's rule: a redefinition must agree in both; a new name is a rename.
      const known = before?.name ?? this.#running().get(uuid);
      if (known !== undefined && known !== name) throw duplicateUuid(uuid, known);
      if (options.expect !== undefined && before?.hash !== options.expect) throw conflict(name, before === undefined);
      const definition = { uuid, name, xml, hash: definitionHash(xml), autostart: before?.autostart ?? false };
      const held = this.#fileOf.get(uuid);
      if (held === undefined) await this.#create(definitionFileName(name), definition, free);
      else if (before?.xml !== xml || this.#files.get(held)?.definition === undefined) await this.#replace(held, xml, name);
      this.#hold(definition, held ?? definitionFileName(name));
      return { ...definition, created: before === undefined };
    });
  }

  /**
   * Stores a definition under another name.
   *
   * @param xml the text that already has the new name
   * @throws TapestryError `not-found`, `duplicate-name`, `conflict`, `storage-full`, `io`
   */
  rename(uuid: string, xml: string): Promise<StoredDefinition> {
    return this.#queue.run(async () => {
      const { name } = this.#identify(xml);
      const from = this.#require(uuid).file;
      const to = definitionFileName(name);
      await this.#lookAgain(from);
      if (to !== from) await this.#lookAgain(to);
      const { definition: before, file } = this.#require(uuid);
      this.#requireFree(uuid, name);
      // A folder that doesn't tell capitals from small letters has the same file under both names.
      if (to !== file && !(await this.#isSameFile(file, to))) await this.#makeWay(to, name);
      // New content under the old name first: at no moment is there no file, or are there two; the load mends the name.
      await this.#replace(file, xml, name);
      const moved = to === file || (await moveDefinition(this.#directory, file, to, before.autostart));
      const definition = { ...before, name, xml, hash: definitionHash(xml) };
      this.#hold(definition, moved ? to : file);
      return definition;
    });
  }

  /** Removes a definition and its autostart link. @throws TapestryError `not-found`, `conflict`, `io` */
  remove(uuid: string): Promise<void> {
    return this.#queue.run(async () => {
      await this.#lookAgain(this.#require(uuid).file);
      const { file, definition } = this.#require(uuid);
      const path = join(this.#directory, file);
      if (this.#files.get(file)?.trouble !== undefined) await this.#makeWay(file, definition.name);
      try {
        // The mark last: without a definition it marks nothing.
        await rm(path, { force: true });
        await syncDirectory(this.#directory);
      } catch (error) {
        throw fileError(path, 'removed', error);
      }
      this.#byUuid.delete(uuid);
      this.#fileOf.delete(uuid);
      this.#memory.note();
      await markAutostart(this.#directory, file, false);
    });
  }

  /** Sets or clears the flag that starts the machine with the app. @throws TapestryError `not-found`, `io`, `storage-full` */
  setAutostart(uuid: string, autostart: boolean): Promise<StoredDefinition> {
    return this.#queue.run(async () => {
      const { definition: before, file } = this.#require(uuid);
      await markAutostart(this.#directory, file, autostart);
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

  /** Reads the directory again and tells the one who watches it. @throws TapestryError `io` */
  refresh(): Promise<void> {
    return this.#queue.run(async () => this.#tell(await this.#scan()));
  }

  /**
   * Watches the directory and calls `listener` with what other programs changed. Ends with {@link close}.
   *
   * @param failed told when the directory can't be read any more, and what `listener` throws; watching goes on
   */
  watch(listener: (changes: DefinitionChanges) => void, failed: (error: unknown) => void): void {
    this.#listener = listener;
    this.#watch = new DirectoryWatch(this.#directory, () => this.refresh(), failed);
    // What was being written at the opening may be whole now.
    if (this.#broken.length > 0) this.#watch.lookIn(0);
  }

  /** Stops watching and waits for what is being written. */
  async close(): Promise<void> {
    this.#watch?.close();
    await this.#queue.idle();
    await this.#memory.settled();
  }

  /** What a file said last stays in force while it can't be understood, also over the runs of the app. @param remembered UUID by file name */
  async #holdLastTexts(remembered: ReadonlyMap<string, string>): Promise<void> {
    let any = false;
    for (const { file, trouble } of this.#files.values()) {
      const uuid = remembered.get(file);
      if (trouble === undefined || trouble.kind === 'no-file' || uuid === undefined || this.#byUuid.has(uuid)) continue;
      const text = await this.#memory.lastText(uuid);
      if (text === undefined || this.all().some(({ name }) => name === text.name)) continue;
      this.#byUuid.set(uuid, { ...text, autostart: false });
      this.#fileOf.set(uuid, file);
      any = true;
    }
    if (any) await this.rescan();
  }

  #tell(changes: DefinitionChanges): void {
    const { changed, removed, broken, mended } = changes;
    if (changed.length + removed.length + broken.length + mended.length > 0) this.#listener?.(changes);
  }

  async #scan(): Promise<DefinitionChanges> {
    const held = new Map(
      [...this.#byUuid].flatMap(([uuid, definition]) => {
        const file = this.#fileOf.get(uuid);
        return file === undefined ? [] : [[uuid, { file, definition }] as const];
      }),
    );
    const { found, marked, broken, files, fresh, again } = await scanDefinitions({
      directory: this.#directory,
      identify: this.#identify,
      files: this.#files,
      held,
      remembered: this.#remembered,
      running: this.#running(),
      patient: this.#watch !== undefined,
    });
    this.#files = files;
    this.#remembered = new Map();
    const changed: StoredDefinition[] = [];
    const removed = [...this.#byUuid.keys()].filter((uuid) => !found.has(uuid));
    for (const uuid of removed) {
      this.#byUuid.delete(uuid);
      this.#fileOf.delete(uuid);
    }
    for (const [uuid, { file, definition }] of found) {
      const before = this.#byUuid.get(uuid);
      const now = { uuid, name: definition.name, xml: definition.xml, hash: definition.hash, autostart: marked.has(file) };
      this.#fileOf.set(uuid, file);
      if (before?.xml === now.xml && before.autostart === now.autostart) continue;
      this.#byUuid.set(uuid, now);
      changed.push(now);
    }
    const isSame = (a: BrokenDefinition, b: BrokenDefinition) => a.keptAs === b.keptAs && a.error.message === b.error.message;
    const news = broken.filter((entry) => !this.#broken.some((known) => isSame(known, entry)));
    const mended = this.#broken.filter((known) => !broken.some((entry) => entry.keptAs === known.keptAs));
    this.#broken = broken;
    if (fresh.length > 0) this.#watch?.lookIn('settled');
    else if (again) this.#watch?.lookIn('later');
    this.#memory.note();
    return { changed, removed, broken: news, mended };
  }

  /**
   * Looks at the whole directory where one file isn't as it was known: what is decided next must be decided by what is there.
   *
   * @returns `nothing` where nothing had that name, nor was known to have it
   */
  async #lookAgain(file: string): Promise<'nothing' | 'something'> {
    const known = this.#files.get(file);
    if (known === undefined && !(await isThere(join(this.#directory, file)))) return 'nothing';
    const now = await readDefinitionFile(this.#directory, file, this.#identify, known);
    const same = now === known || (now !== undefined && now.definition !== undefined && now.definition.xml === known?.definition?.xml);
    if (!same || (now === undefined && (await isThere(join(this.#directory, file))))) this.#tell(await this.#scan());
    return 'something';
  }

  /** Name and UUID are nobody else's, stored or running. @throws TapestryError `duplicate-name` */
  #requireFree(uuid: string, name: string): void {
    for (const other of this.#byUuid.values()) if (other.name === name && other.uuid !== uuid) throw duplicateName(name, other.uuid);
    for (const [other, taken] of this.#running()) if (taken === name && other !== uuid) throw duplicateName(name, other);
  }

  /**
   * Writes the file of a new machine. Nobody has decided that it starts by itself: a mark of that name goes first.
   *
   * @param free nothing had that name a moment ago
   */
  async #create(file: string, { xml, name }: StoredDefinition, free: boolean): Promise<void> {
    if (!free) await this.#makeWay(file, name);
    const unmark = () => markAutostart(this.#directory, file, false);
    const begun = Date.now();
    if (!(await createFileAtomically(join(this.#directory, file), xml, unmark))) {
      // It came in between.
      this.#tell(await this.#scan());
      throw nameOccupied(name, join(this.#directory, file), 'It has just been made by another program.');
    }
    await this.#know(file, xml, begun);
  }

  /** Writes another text into the file of a machine; a link stays one, and what it leads to is written. */
  async #replace(file: string, xml: string, name: string): Promise<void> {
    const path = join(this.#directory, file);
    const begun = Date.now();
    if (this.#files.get(file)?.trouble !== undefined) {
      await this.#makeWay(file, name);
      if (!(await createFileAtomically(path, xml))) throw beingWritten(path);
    } else {
      const target = await realpath(path).catch((error: unknown) => {
        throw fileError(path, 'written', error);
      });
      await writeFileAtomically(target, xml);
    }
    await this.#know(file, xml, begun);
  }

  /**
   * Sees to it that nothing has this name: a file that can't be understood, and that nobody writes, is kept aside under a name that is told.
   *
   * @throws TapestryError `duplicate-name` where something is there that stays, `conflict` where somebody may be writing it
   */
  async #makeWay(file: string, name: string): Promise<void> {
    const path = join(this.#directory, file);
    if (!(await isThere(path))) return;
    const there = this.#files.get(file);
    if (there !== undefined && isFresh(there, Date.now())) throw beingWritten(path);
    if (there?.trouble?.kind !== 'unreadable') {
      const why = this.#broken.find((entry) => entry.keptAs === path)?.error.message;
      throw nameOccupied(name, path, why ?? 'It is none of the machines.');
    }
    try {
      await moveWithoutReplacing(path, join(this.#directory, asideName(file)));
      await syncDirectory(this.#directory);
    } catch (error) {
      throw fileError(path, 'kept aside', error);
    }
    this.#watch?.lookIn(0);
  }

  async #isSameFile(a: string, b: string): Promise<boolean> {
    const [one, other] = await Promise.all(
      [a, b].map(async (file) => (await readDefinitionFile(this.#directory, file, this.#identify, this.#files.get(file)))?.stats),
    );
    const listed = await readdir(this.#directory);
    return one !== undefined && one.ino === other?.ino && one.dev === other.dev && !listed.includes(b);
  }

  #hold(definition: StoredDefinition, file: string): void {
    this.#byUuid.set(definition.uuid, definition);
    this.#fileOf.set(definition.uuid, file);
    this.#memory.note();
  }

  /** Takes our own writing, begun then (ms since the epoch), for known, so that it isn't looked at as somebody else's. */
  async #know(file: string, xml: string, begun: number): Promise<void> {
    const text = { ...this.#identify(xml), xml, hash: definitionHash(xml) };
    const now =
      (await writtenDefinition(this.#directory, file, text, begun)) ?? (await readDefinitionFile(this.#directory, file, this.#identify));
    const files = new Map(this.#files);
    if (now?.definition?.xml === xml) files.set(file, now);
    else files.delete(file); // it is looked at as anybody's
    this.#files = files;
  }

  #require(uuid: string): { readonly definition: StoredDefinition; readonly file: string } {
    const definition = this.#byUuid.get(uuid);
    const file = this.#fileOf.get(uuid);
    if (definition === undefined || file === undefined)
      throw new TapestryError('not-found', `There is no stored machine with the UUID ${uuid}.`);
    return { definition, file };
  }
}
