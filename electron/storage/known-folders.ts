import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import type { fileEntry, storage } from '../../shared/contract/storage.ts';

type Place = NonNullable<z.output<(typeof storage)['storage.browse']['output']>['places']>[number];
type Kind = z.output<typeof fileEntry>['kind'];

/** What there is at a path; undefined where there is nothing, or nothing to see for this user. */
const kindAt = async (at: string): Promise<Kind | undefined> => {
  const found = await stat(at).catch(() => undefined);
  return found === undefined ? undefined : found.isDirectory() ? 'directory' : 'file';
};

/**
 * The user's folder for downloads: what `user-dirs.dirs` says (freedesktop.org's xdg-user-dirs), else `~/Downloads`; undefined when it isn't there.
 * @param config where `user-dirs.dirs` lies (`$XDG_CONFIG_HOME`)
 */
const downloads = async (home: string, config: string): Promise<string | undefined> => {
  // Most computers without a desktop have none.
  const text = await readFile(path.join(config, 'user-dirs.dirs'), 'utf8').catch(() => '');
  const said = /^\s*XDG_DOWNLOAD_DIR="((?:\$HOME|\/)[^"\n]*)"/m.exec(text)?.[1];
  const folder = said?.replace(/^\$HOME/, home) ?? path.join(home, 'Downloads');
  // xdg-user-dirs sets a folder that somebody doesn't want to the home directory.
  return path.resolve(folder) !== path.resolve(home) && (await kindAt(folder)) === 'directory' ? folder : undefined;
};

/** The folders that a file picker offers: home, downloads, and where Tapestry keeps images. Those that aren't there are left out. */
export async function knownFolders(home: string, config: string, images: string): Promise<readonly Place[]> {
  const found = await downloads(home, config);
  return [
    { kind: 'home', path: home },
    ...(found === undefined ? [] : [{ kind: 'downloads' as const, path: found }]),
    ...((await kindAt(images)) === 'directory' ? [{ kind: 'images' as const, path: images }] : []),
  ];
}

/** A path as a person types it: `~` and `~/x` are in their home. */
export function expandHome(typed: string, home: string): string {
  return typed === '~' ? home : typed.startsWith('~/') ? path.join(home, typed.slice(2)) : typed;
}

/** The folder to list for a path, and the file in it that the path names, if it names one. */
export async function folderOf(at: string): Promise<{ readonly folder: string; readonly file: string | null }> {
  return (await kindAt(at)) === 'file' ? { folder: path.dirname(at), file: at } : { folder: at, file: null };
}
