import type { TapestryError } from '../../../../../shared/errors.ts';
import type { DefinitionFile, DefinitionText } from './definition-file.ts';
import { leftAlone } from './definition-errors.ts';
import { isNamedAfterItsMachine } from './definition-name.ts';

/** A definition and the file that holds it. */
export interface HeldDefinition {
  readonly file: string;
  readonly definition: DefinitionText;
}

/** What was there before a look at the directory. */
export interface Before {
  /** By UUID: what the store holds. */
  readonly held: ReadonlyMap<string, HeldDefinition>;
  /** UUID by file name: what an earlier run held; for an opening, where nothing is held yet. */
  readonly remembered: ReadonlyMap<string, string>;
  /** Names of the machines that run, by UUID. */
  readonly running: ReadonlyMap<string, string>;
}

/** Who defines what. */
export interface Decision {
  /** By UUID. */
  readonly found: ReadonlyMap<string, HeldDefinition>;
  readonly ignored: readonly { readonly file: string; readonly error: TapestryError }[];
}

/**
 * Decides which file defines which machine. Who was there stays: the file that the store holds for a UUID, or that an earlier run held, then one
 * that is named after its machine, then the older one; never the order of the alphabet before these. A file that can't be understood
 * now leaves the definition in force that was read from it. While a machine runs, no other file takes its definition over under another name.
 */
export function whoDefines(files: readonly DefinitionFile[], before: Before): Decision {
  const found = new Map<string, HeldDefinition>();
  const names = new Map<string, string>();
  const ignored: { file: string; error: TapestryError }[] = [];
  const take = (file: string, definition: DefinitionText) => {
    found.set(definition.uuid, { file, definition });
    names.set(definition.name, definition.uuid);
  };
  for (const file of files) {
    if (file.definition !== undefined || file.trouble?.kind === 'no-file') continue;
    // What it held last, under whatever UUID.
    for (const held of before.held.values()) if (held.file === file.file) take(held.file, held.definition);
  }
  const order = files
    .flatMap((file) =>
      file.definition === undefined ? [] : [{ file, definition: file.definition, ranks: ranksOf(file, file.definition, before) }],
    )
    .toSorted((a, b) => compare(a.ranks, b.ranks) || a.file.file.localeCompare(b.file.file));
  for (const { file, definition } of order) {
    const holder = found.get(definition.uuid);
    const sameName = names.get(definition.name);
    const runningAs = before.running.get(definition.uuid);
    const isNew = before.held.get(definition.uuid)?.file !== file.file;
    if (holder !== undefined) {
      ignored.push({ file: file.file, error: leftAlone.sameUuid(file.file, definition.uuid, holder.definition.name, holder.file) });
    } else if (sameName !== undefined) {
      ignored.push({ file: file.file, error: leftAlone.sameName(file.file, definition.name, found.get(sameName)?.file ?? '') });
    } else if (isNew && before.held.size > 0 && runningAs !== undefined && runningAs !== definition.name) {
      ignored.push({ file: file.file, error: leftAlone.runningUuid(file.file, definition.uuid, runningAs) });
    } else if (isNew && nameRuns(before.running, definition)) {
      ignored.push({ file: file.file, error: leftAlone.runningName(file.file, definition.name) });
    } else take(file.file, definition);
  }
  return { found, ignored };
}

const nameRuns = (running: ReadonlyMap<string, string>, { uuid, name }: DefinitionText): boolean => {
  for (const [other, taken] of running) if (taken === name && other !== uuid) return true;
  return false;
};

/** Lower goes first. */
const ranksOf = (file: DefinitionFile, definition: DefinitionText, before: Before): readonly number[] => {
  const held = before.held.get(definition.uuid)?.file === file.file;
  const remembered = before.remembered.get(file.file) === definition.uuid;
  const { stats } = file;
  // A file system that doesn't know when a file was made says 0.
  const born = stats === undefined ? 0 : stats.birthtimeMs > 0 ? Math.min(stats.birthtimeMs, stats.mtimeMs) : stats.mtimeMs;
  return [held ? 0 : 1, remembered ? 0 : 1, isNamedAfterItsMachine(file.file, definition.name) ? 0 : 1, born];
};

const compare = (a: readonly number[], b: readonly number[]): number => {
  for (const [place, value] of a.entries()) {
    const difference = value - (b[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};
