import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Identified, OsFacts, OsSummary } from '../../shared/contract/os.ts';
import { TapestryError } from '../../shared/errors.ts';
import { namedFileError } from '../files/file-errors.ts';
import { leadsNowhere } from '../files/if-there.ts';
import { fileKindOf } from '../storage/file-kind.ts';
import { readAt, readContent } from '../storage/image-content.ts';
import { readIsoHeader, type IsoHeader } from '../storage/iso-header.ts';
import { OsCatalog, type CatalogMatch } from './catalog.ts';
import { DatabaseStore, type DatabaseStoreOptions } from './database-store.ts';
import type { DatabaseFault, OsEntry } from './os-entry.types.ts';
import { ownSystems } from './own-systems.ts';
import { treeInfoOf, type TreeInfo } from './tree-info.ts';

/** The Debian package that brings the database; Fedora, Arch and openSUSE call it so, too. */
const databasePackage = 'osinfo-db';

/** How many files are remembered, by what they were when they were looked at. */
const mostRemembered = 500;
/** A longer `.treeinfo` is cut, bytes: what is looked for is at its beginning. */
const longestTreeInfo = 64 * 1024;

export interface OperatingSystemsOptions extends DatabaseStoreOptions {
  /** Gets what keeps the database from being read; our own list is there all the same. */
  readonly log: (error: unknown, where: string) => void;
  /** For tests. */
  readonly own?: readonly OsEntry[];
}

/** What a file holds, whatever systems are known. */
interface Content {
  readonly kind: Identified['kind'];
  readonly format: string | null;
  readonly partitions: Identified['partitions'];
  readonly compression: Identified['compression'];
  readonly iso: IsoHeader | undefined;
  readonly tree: TreeInfo | undefined;
}

interface Look {
  readonly catalog: OsCatalog;
  readonly database: 'there' | 'missing';
  readonly faults: readonly DatabaseFault[];
  readonly fingerprint: string;
}

/** The operating systems that are known on this computer, and what its files are. Methods throw TapestryError. */
export class OperatingSystems {
  readonly #options: OperatingSystemsOptions;
  readonly #store: DatabaseStore;
  readonly #own: readonly OsEntry[];
  /** By file and by what was known then, in the order of their last use. */
  readonly #remembered = new Map<string, Content>();
  #look: Look | undefined;

  constructor(options: OperatingSystemsOptions) {
    this.#options = options;
    this.#store = new DatabaseStore(options);
    this.#own = options.own ?? ownSystems;
  }

  /** All that are known. @param arch the processor of the host, by osinfo's name */
  async list(arch: string): Promise<{
    readonly systems: OsSummary[];
    readonly database: { readonly state: 'there' | 'missing'; readonly package: string; readonly faults: DatabaseFault[] };
  }> {
    const { catalog, database, faults } = await this.#current();
    return { systems: catalog.list(arch), database: { state: database, package: databasePackage, faults: [...faults] } };
  }

  /** @param called its id or a short id @throws TapestryError `not-found` */
  async facts(called: string, arch: string): Promise<OsFacts> {
    const { catalog, database } = await this.#current();
    const facts = catalog.facts(called, arch);
    if (facts !== undefined) return facts;
    throw new TapestryError('not-found', `No operating system is known as “${called}”.`, {
      next:
        database === 'missing'
          ? `The package ${databasePackage}, which knows 800 more, is not installed on this computer.`
          : 'Look it up in the list of operating systems: tapestry osinfo-list.',
      path: 'os',
    });
  }

  /**
   * What a file, block device or folder is, by its content and never by its name. A few sectors are read, whatever its size; what hasn't changed since
   * it was looked at isn't read again.
   *
   * @throws TapestryError `invalid` for a relative path or what is neither, `not-found`, `io`
   */
  async identify(file: string): Promise<Identified> {
    if (!path.isAbsolute(file) || file.includes('\0'))
      throw new TapestryError('invalid', 'The path of a file must begin with a slash.', { path: 'path' });
    const [stats, look] = await Promise.all([
      stat(file).catch((error: unknown) => {
        throw namedFileError(`The file ${file}`, error);
      }),
      this.#current(),
    ]);
    const key = [stats.dev, stats.ino, stats.rdev, stats.size, stats.mtimeMs].join(' ');
    const known = this.#remembered.get(key);
    // A folder's time says nothing of the files in it, a block device's nothing of its content.
    const content = known ?? (stats.isDirectory() ? await folderContent(file) : await fileContent(file));
    this.#remembered.delete(key);
    if (stats.isFile()) this.#remembered.set(key, content);
    const oldest = this.#remembered.size > mostRemembered ? this.#remembered.keys().next().value : undefined;
    if (oldest !== undefined) this.#remembered.delete(oldest);
    const { kind, format, partitions, compression, iso, tree } = content;
    const found = iso !== undefined ? look.catalog.ofIso(iso) : tree !== undefined ? look.catalog.ofTree(tree) : [];
    return {
      path: file,
      kind,
      size: stats.isDirectory() ? null : stats.size,
      format,
      partitions,
      compression,
      iso: iso === undefined ? null : { ...iso, boots: [...iso.boots], complete: !stats.isFile() || stats.size >= iso.volumeSize },
      systems: found.map((match) => candidateOf(match, look.catalog)),
      database: look.database,
    };
  }

  /** The list as it is now. */
  async #current(): Promise<Look> {
    try {
      const { database, fingerprint } = await this.#store.current();
      if (this.#look?.fingerprint !== fingerprint) {
        this.#look = {
          catalog: new OsCatalog(this.#own, database?.systems),
          database: database === undefined ? 'missing' : 'there',
          faults: database?.faults ?? [],
          fingerprint,
        };
      }
      return this.#look;
    } catch (error) {
      this.#options.log(error, 'reading the list of operating systems');
      const message = error instanceof Error ? error.message : String(error);
      return (
        this.#look ?? {
          catalog: new OsCatalog(this.#own),
          database: 'missing',
          faults: [{ file: this.#options.folders[0] ?? '', message: `It can’t be read: ${message}` }],
          fingerprint: '',
        }
      );
    }
  }
}

const candidateOf = ({ system, medium, by, source }: CatalogMatch, catalog: OsCatalog): Identified['systems'][number] => {
  const named = catalog.named(system.id) ?? system;
  return {
    id: system.id,
    shortId: named.shortIds[0] ?? system.id,
    name: named.name ?? named.shortIds[0] ?? system.id,
    arch: medium.arch,
    live: 'live' in medium && medium.live,
    installer: !('installer' in medium) || medium.installer,
    variants: 'variants' in medium ? [...medium.variants] : [],
    source,
    by: [...by],
  };
};

const nothing = { format: null, partitions: null, compression: null, iso: undefined, tree: undefined };

const fileContent = async (file: string): Promise<Content> => {
  const found = await readContent(file, async (_content, handle, head): Promise<Content> => {
    const kind = fileKindOf(head);
    if (kind.kind !== 'iso') return { ...nothing, ...kind };
    const iso = await readIsoHeader(handle);
    // The mark alone, and then the file ends or says something else: nothing can be made of that.
    return iso === undefined ? { ...nothing, kind: 'unknown' } : { ...nothing, ...kind, iso };
  }).catch((error: unknown) => {
    throw namedFileError(`The file ${file}`, error);
  });
  if (found === undefined) throw new TapestryError('invalid', `${file} is neither a file nor a folder.`, { path: 'path' });
  return found;
};

const folderContent = async (folder: string): Promise<Content> => {
  for (const name of ['.treeinfo', 'treeinfo']) {
    const text = await beginningOf(path.join(folder, name));
    const tree = text === undefined ? undefined : treeInfoOf(text);
    if (tree !== undefined) return { ...nothing, kind: 'install-tree', tree };
  }
  return { ...nothing, kind: 'folder' };
};

/** The beginning of a file; undefined where there is none, or something else has the name: a pipe would be waited for. */
const beginningOf = async (file: string): Promise<string | undefined> => {
  try {
    const bytes = await readContent(file, (_content, handle) => readAt(handle, 0, longestTreeInfo));
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
  } catch (error) {
    if (leadsNowhere(error)) return undefined;
    throw namedFileError(`The file ${file}`, error);
  }
};
