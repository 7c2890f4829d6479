import type { IsoHeader } from '../storage/iso-header.ts';
import type { MediumEntry, MediumPatterns, OsEntry, TreeEntry, TreePatterns } from './os-entry.types.ts';
import { patternOf, type Pattern } from './pattern.ts';
import type { TreeInfo } from './tree-info.ts';

/** What a medium is known by. */
export type KnownBy = 'volume-id' | 'system-id' | 'publisher-id' | 'application-id' | 'volume-size' | 'treeinfo';

/** A system that a medium may be. */
export interface MediumMatch {
  readonly system: OsEntry;
  readonly medium: MediumEntry | TreeEntry;
  readonly by: readonly KnownBy[];
}

/** Longer texts are cut before they are matched, characters: no field of an ISO's header is longer. */
const longestText = 128;

const patterns = new Map<string, Pattern>();

const isFound = (pattern: string, text: string): boolean => {
  let known = patterns.get(pattern);
  if (known === undefined) {
    known = patternOf(pattern);
    patterns.set(pattern, known);
  }
  return known.test(text.slice(0, longestText));
};

const isoFields: readonly (readonly [keyof MediumPatterns, KnownBy])[] = [
  ['volumeId', 'volume-id'],
  ['systemId', 'system-id'],
  ['publisher', 'publisher-id'],
  ['application', 'application-id'],
];

const treeFields: readonly (keyof TreePatterns)[] = ['family', 'variant', 'version', 'arch'];

const mediumBy = ({ patterns: wanted, volumeSize }: MediumEntry, iso: IsoHeader): readonly KnownBy[] => {
  const by: KnownBy[] = [];
  for (const [field, name] of isoFields) {
    const pattern = wanted[field];
    if (pattern === undefined) continue;
    if (!isFound(pattern, iso[field])) return [];
    by.push(name);
  }
  if (by.length === 0) return []; // an entry without patterns would be every medium
  if (volumeSize === undefined) return by;
  return volumeSize === iso.volumeSize ? [...by, 'volume-size'] : [];
};

/** The best of what was found, one of each system: the one that more of the medium speaks for. */
const best = (found: readonly (MediumMatch & { readonly score: number })[]): readonly MediumMatch[] => {
  const most = Math.max(0, ...found.map(({ score }) => score));
  const seen = new Set<string>();
  return found.flatMap(({ score, ...match }) => {
    if (score < most || seen.has(match.system.id)) return [];
    seen.add(match.system.id);
    return [match];
  });
};

/**
 * The systems whose medium this is: all patterns of an entry must be found, and the entries with the most of them win; equals stay beside each
 * other. All of a system's patterns are ready ones (`patternOf` took them).
 */
export function matchIso(systems: readonly OsEntry[], iso: IsoHeader): readonly MediumMatch[] {
  return best(
    systems.flatMap((system) =>
      system.media.flatMap((medium) => {
        const by = mediumBy(medium, iso);
        return by.length === 0 ? [] : [{ system, medium, by, score: by.length }];
      }),
    ),
  );
}

/** The systems whose installation tree this is, as {@link matchIso}. */
export function matchTree(systems: readonly OsEntry[], info: TreeInfo): readonly MediumMatch[] {
  return best(
    systems.flatMap((system) =>
      system.trees.flatMap((tree) => {
        const wanted = treeFields.filter((field) => tree.patterns?.[field] !== undefined);
        const all = wanted.length > 0 && wanted.every((field) => isFound(tree.patterns?.[field] ?? '', info[field]));
        return all ? [{ system, medium: tree, by: ['treeinfo' as const], score: wanted.length }] : [];
      }),
    ),
  );
}
