import { z } from 'zod';
import { embeddedConnection } from '../../shared/contract/references.ts';

/** Where they are kept: each connection's host has folders of its own. */
const stored = (connection: string) => (connection === embeddedConnection ? 'tapestry.folders' : `tapestry.folders.${connection}`);

/** Folders that are remembered. */
const limit = 5;

/** Folders that a file was picked from, the last first. */
export function recentFolders(connection: string): readonly string[] {
  try {
    const { success, data } = z.array(z.string().startsWith('/')).safeParse(JSON.parse(localStorage.getItem(stored(connection)) ?? '[]'));
    return success ? data.slice(0, limit) : [];
  } catch {
    return []; // no storage, or text that isn't ours
  }
}

/** Remembers the folder that a file was picked from. */
export function rememberFolder(connection: string, folder: string): void {
  const folders = [folder, ...recentFolders(connection).filter((other) => other !== folder)].slice(0, limit);
  try {
    localStorage.setItem(stored(connection), JSON.stringify(folders));
  } catch (thrown) {
    // Full or switched off: the next picker begins in the downloads.
    if (!(thrown instanceof DOMException)) throw thrown;
  }
}
