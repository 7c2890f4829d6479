import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TapestryError } from '../../../../../shared/errors.ts';
import { errnoOf } from '../../../../files/if-there.ts';
import { moveWithoutReplacing, syncDirectory } from '../../../../files/atomic-file.ts';
import { fileError } from '../../../../files/file-errors.ts';
import { markAutostart, markedFiles } from './autostart-markers.ts';
import { isFresh, isThere, passes, readDefinitionFile, type DefinitionFile } from './definition-file.ts';
import { definitionFileName, isDefinitionFileName, isNamedAfterItsMachine } from './definition-name.ts';
import { brokenDefinition, ignored, keptAsideFrom, type BrokenDefinition } from './kept-aside.ts';
import type { IdentifyDefinition } from './stored-definition.ts';
import { whoDefines, type Before, type HeldDefinition } from './who-defines.ts';

/** How many files are read at once: descriptors are not without end. */
const atOnce = 16;

/** What is in the directory of definitions. */
export interface DefinitionScan {
  /** By UUID. */
  readonly found: ReadonlyMap<string, HeldDefinition>;
  /** Names of the files that are marked for autostart. */
  readonly marked: ReadonlySet<string>;
  readonly broken: readonly BrokenDefinition[];
  /** What was read, by file name, so that the next look reads what changed only. */
  readonly files: ReadonlyMap<string, DefinitionFile>;
  /** Names of files that may be being written: nothing is told of them yet. */
  readonly fresh: readonly string[];
  /** Something couldn't be read for a reason that passes by itself: it is worth another look. */
  readonly again: boolean;
}

/** What a look at the directory needs. */
export interface ScanRequest extends Before {
  readonly directory: string;
  readonly identify: IdentifyDefinition;
  /** What the last look read. */
  readonly files: ReadonlyMap<string, DefinitionFile>;
  /** Whether there is another look after this one, so that files that may be being written aren't told of yet. */
  readonly patient: boolean;
}

/**
 * Reads all definitions. No file is replaced, and none that can't be understood is moved: somebody may be writing it. A file whose name isn't
 * its machine's (a rename that was cut short, or a file that a person copied) gets its machine's name where that is free, and is used under
 * the name that it has where it isn't. A file that was kept aside and can be read again is taken back.
 *
 * @throws TapestryError `io` when the directory can't be read
 */
export async function scanDefinitions(request: ScanRequest): Promise<DefinitionScan> {
  const { directory } = request;
  let everything: ReadonlySet<string>;
  let marked: Set<string>;
  try {
    everything = new Set(await readdir(directory));
    marked = new Set(await markedFiles(directory));
  } catch (error) {
    throw fileError(directory, 'read', error);
  }
  const names = [...everything].filter((file) => isDefinitionFileName(file) || keptAsideFrom(file) !== undefined);
  const read = await readAll(request, names);
  const own = [...read.values()].filter(({ file }) => isDefinitionFileName(file));
  const once = await withoutSecondNames(directory, own, marked);
  const { found: decided, ignored: aside } = whoDefines(once, request);
  const found = new Map<string, HeldDefinition>();
  for (const held of decided.values()) found.set(held.definition.uuid, await giveItsName(directory, held, everything, marked));
  const now = Date.now();
  const fresh = once.filter((file) => isFresh(file, now)).map(({ file }) => file);
  const broken: BrokenDefinition[] = aside.map(({ file, error }) => ignored(directory, file, error));
  for (const { file, trouble } of once) {
    if (trouble === undefined || (request.patient && fresh.includes(file))) continue;
    const path = join(directory, file);
    broken.push(
      trouble.kind === 'unreadable' || !(trouble.error instanceof TapestryError)
        ? brokenDefinition(path, path, trouble.error)
        : ignored(directory, file, trouble.error),
    );
  }
  for (const file of read.values()) {
    const original = keptAsideFrom(file.file);
    if (original === undefined) continue;
    const taken = await takeBack(request, file, original, found);
    if (taken === undefined) broken.push(brokenDefinition(join(directory, original), join(directory, file.file), whyAside(file)));
    else found.set(taken.definition.uuid, taken);
  }
  const again = [...read.values()].some(({ trouble }) => trouble?.kind === 'passing' && passes(trouble.error));
  return { found, marked, files: read, fresh, again, broken: broken.toSorted((a, b) => a.file.localeCompare(b.file)) };
}

const readAll = async (request: ScanRequest, names: readonly string[]): Promise<Map<string, DefinitionFile>> => {
  const read = new Map<string, DefinitionFile>();
  const queue = names.values();
  const reader = async () => {
    for (const name of queue) {
      const file = await readDefinitionFile(request.directory, name, request.identify, request.files.get(name));
      if (file !== undefined) read.set(name, file);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, reader));
  return new Map([...read].toSorted(([a], [b]) => a.localeCompare(b)));
};

/** A rename that was cut short leaves one file with two names: the one that is its machine's stays. */
const withoutSecondNames = async (
  directory: string,
  files: readonly DefinitionFile[],
  marked: Set<string>,
): Promise<readonly DefinitionFile[]> => {
  const byIdentity = new Map<string, DefinitionFile>();
  for (const file of files)
    if (file.definition !== undefined && isNamedAfterItsMachine(file.file, file.definition.name)) byIdentity.set(identityOf(file), file);
  const stay: DefinitionFile[] = [];
  for (const file of files) {
    const proper = byIdentity.get(identityOf(file));
    if (file.definition === undefined || proper === undefined || proper === file) {
      stay.push(file);
      continue;
    }
    try {
      if (marked.has(file.file)) {
        await markAutostart(directory, proper.file, true);
        marked.add(proper.file);
      }
      await rm(join(directory, file.file));
      await markAutostart(directory, file.file, false);
    } catch {
      stay.push(file); // a directory that can't be written: it is told of as a second file of that UUID
    }
  }
  return stay;
};

const identityOf = ({ stats, file }: DefinitionFile): string => (stats === undefined ? file : `${stats.dev}:${stats.ino}`);

const giveItsName = async (
  directory: string,
  held: HeldDefinition,
  everything: ReadonlySet<string>,
  marked: Set<string>,
): Promise<HeldDefinition> => {
  const { file, definition } = held;
  let name: string;
  try {
    name = definitionFileName(definition.name);
  } catch {
    return held; // no file can have that name; it is used as it is
  }
  if (name === file || everything.has(name)) return held;
  const moved = await moveDefinition(directory, file, name, marked.has(file)).catch((error: unknown) => {
    if (error instanceof TapestryError) return false; // a directory that can't be written: it is used under the name that it has
    throw error;
  });
  if (!moved) return held;
  if (marked.delete(file)) marked.add(name);
  return { file: name, definition };
};

/**
 * Gives a definition's file another name, and its mark for autostart with it, so that a kill at any moment loses neither.
 *
 * @returns false where something has that name
 * @throws TapestryError `io`, `storage-full`
 */
export async function moveDefinition(directory: string, from: string, to: string, marked: boolean): Promise<boolean> {
  try {
    if (await isThere(join(directory, to))) return false;
    await moveWithoutReplacing(join(directory, from), join(directory, to), async () => {
      if (marked) await markAutostart(directory, to, true);
    });
    await syncDirectory(directory);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw fileError(join(directory, from), 'renamed', error);
  }
  if (marked) await markAutostart(directory, from, false);
  return true;
}

/** A file that was kept aside, and that somebody mended. */
const takeBack = async (
  { directory, running }: ScanRequest,
  { file, definition }: DefinitionFile,
  original: string,
  found: ReadonlyMap<string, HeldDefinition>,
): Promise<HeldDefinition | undefined> => {
  if (definition === undefined || found.has(definition.uuid)) return undefined;
  const names = [...[...found.values()].map((held) => held.definition.name), ...running.values()];
  if (names.includes(definition.name)) return undefined;
  try {
    return (await moveDefinition(directory, file, original, false)) ? { file: original, definition } : undefined;
  } catch (error) {
    if (error instanceof TapestryError) return undefined; // a directory that can't be written
    throw error;
  }
};

const whyAside = ({ definition, trouble }: DefinitionFile): unknown =>
  definition === undefined
    ? trouble?.error
    : new TapestryError('definition-corrupt', 'it can be read now, but its place, its UUID or its name is taken.');
