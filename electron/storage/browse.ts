import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import type { storage } from '../../shared/contract/storage.ts';
import { TapestryError } from '../../shared/errors.ts';
import { namedFileError } from '../files/file-errors.ts';

type Listing = z.output<(typeof storage)['storage.browse']['output']>;

/** Most entries of a listing. A folder with more is cut: nobody scrolls that far in a file picker. */
const mostEntries = 5000;

/** Most names of a folder that are looked at. */
const mostLooked = 20_000;

/**
 * Lists a folder for the file picker: folders first, then files, by name; what is neither is left out.
 *
 * @param suffixes only files that end so (`.iso`), whatever the case; all when empty
 * @param hidden also what begins with a dot
 * @throws TapestryError `not-found`, `io`, `invalid` for a relative path
 */
export async function browse(folder: string, suffixes: readonly string[] = [], hidden = false): Promise<Listing> {
  if (!path.isAbsolute(folder)) throw new TapestryError('invalid', 'The path of a folder must begin with a slash.', { path: 'path' });
  const resolved = path.resolve(folder);
  const names = await readdir(resolved).catch((error: unknown) => {
    throw namedFileError(`The folder ${resolved}`, error);
  });
  const fits = (name: string) => suffixes.length === 0 || suffixes.some((suffix) => name.toLowerCase().endsWith(suffix.toLowerCase()));
  const entries = await Promise.all(
    names
      .filter((name) => hidden || !name.startsWith('.'))
      // Before they are looked at one by one: a folder of a million files must cost no more.
      .slice(0, mostLooked)
      .map(async (name): Promise<Listing['entries'][number] | undefined> => {
        const full = path.join(resolved, name);
        // Follows links; one that leads nowhere, or where this user may not look, is nothing to choose and not listed.
        const found = await stat(full).catch(() => undefined);
        if (found === undefined || !(found.isDirectory() || found.isFile() || found.isBlockDevice())) return undefined;
        if (!found.isDirectory() && !fits(name)) return undefined;
        return { name, path: full, kind: found.isDirectory() ? 'directory' : 'file', size: found.size, modified: found.mtimeMs };
      }),
  );
  const listed = entries
    .filter((entry) => entry !== undefined)
    .toSorted((a, b) => (a.kind === b.kind ? a.name.localeCompare(b.name, 'en', { numeric: true }) : a.kind === 'directory' ? -1 : 1));
  return { path: resolved, parent: resolved === '/' ? null : path.dirname(resolved), entries: listed.slice(0, mostEntries) };
}
