import { z } from 'zod';

const stored = 'tapestry.folders';

/** Folders that are remembered. */
const limit = 5;

/** Folders that a file was picked from, the last first. */
export function recentFolders(): readonly string[] {
  try {
    const { success, data } = z.array(z.string().startsWith('/')).safeParse(JSON.parse(localStorage.getItem(stored) ?? '[]'));
    return success ? data.slice(0, limit) : [];
  } catch {
    return []; // no storage, or text that isn't ours
  }
}

/** Remembers the folder that a file was picked from. */
export function rememberFolder(folder: string): void {
  const folders = [folder, ...recentFolders().filter((other) => other !== folder)].slice(0, limit);
  try {
    localStorage.setItem(stored, JSON.stringify(folders));
  } catch (thrown) {
    // Full or switched off: the next picker begins in the downloads.
    if (!(thrown instanceof DOMException)) throw thrown;
  }
}
