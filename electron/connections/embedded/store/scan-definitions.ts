import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { maxXmlBytes } from '../../../../shared/domain-xml/index.ts';
import type { TapestryError } from '../../../../shared/errors.ts';
import { errnoOf, statIfThere } from '../../../files/if-there.ts';
import { fileError, syncDirectory } from './atomic-file.ts';
import { duplicateName, duplicateUuid } from './definition-errors.ts';
import { definitionPath, markAutostart } from './definition-files.ts';
import { definitionFileName, isDefinitionFileName } from './definition-name.ts';
import { brokenDefinition, keptAsideFrom, type BrokenDefinition } from './kept-aside.ts';
import { definitionHash, type IdentifyDefinition, type StoredDefinition } from './stored-definition.ts';

/** What is in the directory of definitions. */
export interface DefinitionScan {
  /** Names of all its entries. */
  readonly everything: readonly string[];
  /** By UUID. */
  readonly found: ReadonlyMap<string, StoredDefinition>;
  readonly broken: readonly BrokenDefinition[];
}

/**
 * Reads all definitions. A file that can't be understood is renamed to `*.corrupt-<time>` and told of; one whose name isn't its machine's
 * (a rename that was cut short, or a file that a person copied) gets its machine's name, where that is free.
 *
 * @param known what was told of before: what was kept aside then isn't read again
 * @throws TapestryError `io` when the directory can't be read; `io`, `storage-full` when a misnamed file can't be renamed
 */
export const scanDefinitions = async (
  directory: string,
  identify: IdentifyDefinition,
  known: readonly BrokenDefinition[],
): Promise<DefinitionScan> => {
  let everything: string[];
  let files: string[];
  let marked: Set<string>;
  try {
    everything = await readdir(directory);
    files = everything.filter(isDefinitionFileName).toSorted((a, b) => a.localeCompare(b));
    marked = new Set(await readdir(join(directory, 'autostart')));
  } catch (error) {
    throw fileError(directory, 'read', error);
  }
  const found = new Map<string, StoredDefinition>();
  const broken = await stillAside(directory, identify, everything, known);
  const misnamed: { file: string; definition: StoredDefinition }[] = [];
  for (const file of files) {
    const outcome = await load(directory, identify, file, marked);
    if (outcome === undefined) continue;
    if ('error' in outcome) broken.push(outcome);
    else if (definitionFileName(outcome.name) !== file) misnamed.push({ file, definition: outcome });
    else if (found.has(outcome.uuid))
      broken.push(ignored(join(directory, file), duplicateUuid(outcome.uuid, found.get(outcome.uuid)?.name ?? '')));
    else found.set(outcome.uuid, outcome);
  }
  // The properly named ones came first.
  for (const { file, definition } of misnamed) {
    const twin = found.get(definition.uuid) ?? [...found.values()].find((other) => other.name === definition.name);
    if (twin === undefined) found.set(definition.uuid, await giveItsName(directory, file, definition, marked.has(file)));
    else {
      const error = twin.uuid === definition.uuid ? duplicateUuid(twin.uuid, twin.name) : duplicateName(twin.name, twin.uuid);
      broken.push(ignored(join(directory, file), error));
    }
  }
  return { everything, found, broken };
};

const giveItsName = async (directory: string, file: string, definition: StoredDefinition, marked: boolean): Promise<StoredDefinition> => {
  try {
    await rename(join(directory, file), definitionPath(directory, definition.name));
    if (marked) await rm(join(directory, 'autostart', file), { force: true });
  } catch (error) {
    throw fileError(join(directory, file), 'renamed', error);
  }
  if (marked) await markAutostart(directory, definition.name, true);
  return { ...definition, autostart: definition.autostart || marked };
};

const load = async (
  directory: string,
  identify: IdentifyDefinition,
  file: string,
  marked: ReadonlySet<string>,
): Promise<StoredDefinition | BrokenDefinition | undefined> => {
  const path = join(directory, file);
  let bytes: Buffer;
  try {
    const facts = await statIfThere(path);
    if (facts === undefined) return undefined; // removed since the directory was read, or a link to nothing
    // A pipe would be waited for, and a directory can't be read.
    if (!facts.isFile()) throw new Error('it is no file');
    if (facts.size > maxXmlBytes) throw new Error(`it has more than ${maxXmlBytes} bytes`);
    bytes = await readFile(path);
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? undefined : ignored(path, fileError(path, 'read', error));
  }
  try {
    const xml = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const { uuid, name } = identify(xml);
    return { uuid, name, xml, hash: definitionHash(xml), autostart: marked.has(definitionFileName(name)) };
  } catch (error) {
    return keepAside(directory, path, error);
  }
};

const keepAside = async (directory: string, path: string, reason: unknown): Promise<BrokenDefinition> => {
  const keptAs = `${path}.corrupt-${new Date().toISOString().replaceAll(':', '')}`;
  try {
    await rename(path, keptAs);
    await syncDirectory(directory);
  } catch {
    // It stays where it is, in a directory that can't be written: what is wrong with it is told all the same, as it is at each look.
    return brokenDefinition(path, path, reason);
  }
  return brokenDefinition(path, keptAs, reason);
};

/** Files that an earlier run kept aside: they are told of until somebody mends or removes them. */
const stillAside = async (
  directory: string,
  identify: IdentifyDefinition,
  files: readonly string[],
  told: readonly BrokenDefinition[],
): Promise<BrokenDefinition[]> => {
  const known = new Set(told.map(({ keptAs }) => keptAs));
  const entries: BrokenDefinition[] = [];
  for (const file of files) {
    const original = keptAsideFrom(file);
    const keptAs = join(directory, file);
    if (original === undefined || known.has(keptAs)) continue;
    entries.push(brokenDefinition(join(directory, original), keptAs, await whyBroken(keptAs, identify)));
  }
  return entries;
};

const whyBroken = async (path: string, identify: IdentifyDefinition): Promise<unknown> => {
  try {
    identify(new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)));
    return new Error('It can be read now.');
  } catch (error) {
    return error;
  }
};

/** A file that is left as it is, and out of the machines. */
const ignored = (path: string, error: TapestryError): BrokenDefinition => ({ file: path, keptAs: path, error: error.data });
