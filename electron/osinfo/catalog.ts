import type { OsFacts, OsSource, OsSummary } from '../../shared/contract/os.ts';
import type { IsoHeader } from '../storage/iso-header.ts';
import { matchIso, matchTree, type MediumMatch } from './match-medium.ts';
import type { OsEntry } from './os-entry.types.ts';
import { factsOf, summaryOf } from './os-facts.ts';
import type { TreeInfo } from './tree-info.ts';

/** A system and who tells of it. */
interface Known {
  readonly system: OsEntry;
  readonly source: OsSource;
}

/** What a medium may be, and whose pattern says so. */
export interface CatalogMatch extends MediumMatch {
  readonly source: OsSource;
}

/** What osinfo-db says of a system comes before what we say; ours fills what it leaves out, and says what it has no word for. */
const completed = (said: OsEntry, own: OsEntry): OsEntry => ({
  ...own,
  ...said,
  // One that is said to derive from something inherits its devices.
  devices: said.devices.length > 0 || said.derivesFrom.length > 0 ? said.devices : own.devices,
  firmware: said.firmware.length > 0 ? said.firmware : own.firmware,
  resources: said.resources.length > 0 ? [...said.resources, ...recommendedOf(said, own)] : own.resources,
  media: [...said.media, ...own.media.filter(({ url }) => url !== undefined)],
  trees: said.trees.length > 0 ? said.trees : own.trees,
  images: said.images.length > 0 ? said.images : own.images,
});

const recommendedOf = (said: OsEntry, own: OsEntry): OsEntry['resources'] =>
  said.resources.some(({ recommended }) => recommended !== undefined)
    ? []
    : own.resources.flatMap(({ arch, inherit, recommended }) => (recommended === undefined ? [] : [{ arch, inherit, recommended }]));

/** All operating systems that are known: our own list and osinfo-db. */
export class OsCatalog {
  readonly #own: readonly OsEntry[];
  readonly #database: readonly OsEntry[];
  readonly #systems = new Map<string, Known>();
  readonly #shortIds = new Map<string, Known>();

  /** @param database undefined or empty where there is none */
  constructor(own: readonly OsEntry[], database: readonly OsEntry[] = []) {
    this.#own = own;
    this.#database = database;
    for (const system of database) this.#systems.set(system.id, { system, source: 'osinfo-db' });
    for (const system of own) {
      const said = this.#systems.get(system.id);
      this.#systems.set(
        system.id,
        said === undefined ? { system, source: 'own list' } : { system: completed(said.system, system), source: 'osinfo-db' },
      );
    }
    for (const known of this.#systems.values())
      for (const shortId of known.system.shortIds) if (!this.#shortIds.has(shortId)) this.#shortIds.set(shortId, known);
  }

  /** All that have a short id, by family, maker and version, the newest first. @param arch the processor of the connection's host, by osinfo's name */
  list(arch: string): OsSummary[] {
    return [...this.#systems.values()]
      .filter(({ system }) => system.shortIds.length > 0)
      .map(({ system, source }) => summaryOf(system, source, arch))
      .toSorted(
        (a, b) =>
          (a.distro ?? '').localeCompare(b.distro ?? '', 'en') ||
          (b.released ?? '').localeCompare(a.released ?? '', 'en') ||
          a.name.localeCompare(b.name, 'en', { numeric: true }),
      );
  }

  /** Facts of a system, by its id or one of its short ids; undefined where nobody knows it. */
  facts(called: string, arch: string): OsFacts | undefined {
    const known = this.#systems.get(called) ?? this.#shortIds.get(called);
    return known && factsOf(known.system, known.source, arch, (id) => this.#systems.get(id)?.system);
  }

  /** The systems whose medium this is: our own list first, then osinfo-db. */
  ofIso(iso: IsoHeader): readonly CatalogMatch[] {
    return this.#first((systems) => matchIso(systems, iso));
  }

  /** The systems whose installation tree this is, as {@link ofIso}. */
  ofTree(info: TreeInfo): readonly CatalogMatch[] {
    return this.#first((systems) => matchTree(systems, info));
  }

  /** The system's entry, for its name. */
  named(id: string): OsEntry | undefined {
    return this.#systems.get(id)?.system;
  }

  #first(match: (systems: readonly OsEntry[]) => readonly MediumMatch[]): readonly CatalogMatch[] {
    const own = match(this.#own);
    if (own.length > 0) return own.map((found) => ({ ...found, source: 'own list' }));
    return match(this.#database).map((found) => ({ ...found, source: 'osinfo-db' }));
  }
}
