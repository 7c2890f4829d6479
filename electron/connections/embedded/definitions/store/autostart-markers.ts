import { readdir, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../../../files/atomic-file.ts';
import { fileError } from '../../../../files/file-errors.ts';
import { isMissing } from '../../../../files/if-there.ts';

/** The folder of the links that mark machines for autostart (libvirt's layout), beside the definitions. */
export function markersDirectory(directory: string): string {
  return join(directory, 'autostart');
}

/** Names of the definition files that are marked. @throws the system's error */
export async function markedFiles(directory: string): Promise<ReadonlySet<string>> {
  return new Set(await readdir(markersDirectory(directory)));
}

/** Makes or removes the link that marks a definition's file; on disk when it resolves. @throws TapestryError `storage-full`, `io` */
export async function markAutostart(directory: string, file: string, autostart: boolean): Promise<void> {
  const marker = join(markersDirectory(directory), file);
  try {
    const was = await unlink(marker).then(
      () => true,
      (error: unknown) => {
        if (isMissing(error)) return false;
        throw error;
      },
    );
    // Most machines have no mark: the disk isn't waited for where nothing changed.
    if (!was && !autostart) return;
    if (autostart) await symlink(join('..', file), marker);
    await syncDirectory(markersDirectory(directory));
  } catch (error) {
    throw fileError(marker, 'written', error);
  }
}

/**
 * Removes the links that lead to no definition (a rename or removal that was cut short, a file that a person removed): a new machine of that
 * name would start by itself.
 *
 * @param files all entries of the directory of definitions
 * @throws TapestryError `io`
 */
export async function removeDanglingMarkers(directory: string, files: ReadonlySet<string>): Promise<void> {
  for (const file of await markedFiles(directory)) if (!files.has(file)) await markAutostart(directory, file, false);
}
