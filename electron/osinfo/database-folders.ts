import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { leadsNowhere } from '../files/if-there.ts';

/** Files of one entity: `NAME.xml`, and what extends it in `NAME.d/`. */
export interface EntityFiles {
  readonly master?: string;
  readonly extensions: readonly string[];
}

/** The files that count, and what they were when they were looked at. */
export interface DatabaseFiles {
  /** Is there any database at all? */
  readonly found: boolean;
  readonly entities: readonly EntityFiles[];
  /** Changes whenever one of them does: path, device, inode, size and time of each. */
  readonly fingerprint: string;
}

/** Deeper folders are left alone: a database has `os/VENDOR/NAME.d/`, and a link may lead in a circle. */
const deepest = 4;
/** Files beyond these are left out: osinfo-db has 800. */
const mostFiles = 10_000;

/**
 * The folders of osinfo-db, the later before the earlier in what both say (libosinfo, osinfo_loader_process_default_path; the one under
 * /usr/local is that of a database that was installed by hand). An empty variable counts as none.
 *
 * @param env `OSINFO_SYSTEM_DIR`, `OSINFO_LOCAL_DIR`, `OSINFO_USER_DIR`, `XDG_CONFIG_HOME`
 */
export function databaseFolders(env: Readonly<Record<string, string | undefined>>, home: string): readonly string[] {
  const given = (name: string): readonly string[] | undefined => (env[name] ? [env[name]] : undefined);
  const config =
    env['XDG_CONFIG_HOME'] !== undefined && path.isAbsolute(env['XDG_CONFIG_HOME']) ? env['XDG_CONFIG_HOME'] : `${home}/.config`;
  return [
    ...(given('OSINFO_SYSTEM_DIR') ?? ['/usr/share/osinfo', '/usr/local/share/osinfo']),
    ...(given('OSINFO_LOCAL_DIR') ?? ['/etc/osinfo']),
    ...(given('OSINFO_USER_DIR') ?? [path.join(config, 'osinfo')]),
  ];
}

const isKind = async (file: string): Promise<'file' | 'folder' | undefined> => {
  const stats = await stat(file).catch(() => undefined);
  return stats?.isFile() === true ? 'file' : stats?.isDirectory() === true ? 'folder' : undefined;
};

/** Every `.xml` below a folder, in the order of their names; a folder that isn't there has none. @throws the system's error */
const filesBelow = async (folder: string, depth = 0): Promise<readonly string[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (leadsNowhere(error)) return [];
    throw error;
  });
  const found: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(folder, entry.name);
    const kind = entry.isSymbolicLink() ? await isKind(file) : entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : undefined;
    if (kind === 'folder' && depth < deepest) found.push(...(await filesBelow(file, depth + 1)));
    else if (kind === 'file' && entry.name.endsWith('.xml')) found.push(file);
  }
  return found;
};

/** The entity that a file is about, from the folder's root: that of `os/x/a.xml` and of `os/x/a.d/more.xml` is `os/x/a`. */
const entityOf = (relative: string): { readonly entity: string; readonly extends: boolean } => {
  const folder = path.dirname(relative);
  return folder.endsWith('.d')
    ? { entity: folder.slice(0, -2), extends: true }
    : { entity: relative.slice(0, -'.xml'.length), extends: false };
};

/**
 * The files about operating systems in these folders, as libosinfo chooses them (osinfo_loader_process_list): a later folder's `NAME.xml` takes the
 * place of an earlier one's with all that extended it; without one, its `NAME.d/` extends what is there.
 *
 * @throws the system's error for a folder that is there and can't be read
 */
export async function databaseFiles(folders: readonly string[]): Promise<DatabaseFiles> {
  const all = new Map<string, { master?: string; extensions: string[] }>();
  for (const folder of folders) {
    const here = new Map<string, { master?: string; extensions: string[] }>();
    for (const file of await filesBelow(path.join(folder, 'os'))) {
      const of = entityOf(path.relative(folder, file));
      const entity = here.get(of.entity) ?? { extensions: [] };
      if (of.extends) entity.extensions.push(file);
      else entity.master = file;
      here.set(of.entity, entity);
    }
    for (const [name, entity] of here) {
      const before = all.get(name);
      if (before === undefined || entity.master !== undefined) all.set(name, entity);
      else before.extensions.push(...entity.extensions);
    }
  }
  const entities = [...all.values()].slice(0, mostFiles);
  return { found: entities.length > 0, entities, fingerprint: await fingerprintOf(entities) };
}

const fingerprintOf = async (entities: readonly EntityFiles[]): Promise<string> => {
  const files = entities.flatMap(({ master, extensions }) => [...(master === undefined ? [] : [master]), ...extensions]);
  const lines = await Promise.all(
    files.map(async (file) => {
      const stats = await stat(file).catch(() => undefined); // it went since: then it is another fingerprint, and so it should be
      return stats === undefined ? `${file} gone` : `${file} ${[stats.dev, stats.ino, stats.size, stats.mtimeMs].join(' ')}`;
    }),
  );
  return createHash('sha256').update(lines.join('\n')).digest('hex');
};
