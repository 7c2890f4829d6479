import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, syncDirectory } from './atomic-file.ts';
import { definitionFileName } from './definition-name.ts';

/** Where the definition of the machine with this name is. @throws TapestryError as {@link definitionFileName} */
export const definitionPath = (directory: string, name: string): string => join(directory, definitionFileName(name));

/** Where the link is that marks the machine with this name for autostart. @throws TapestryError as {@link definitionFileName} */
export const markerPath = (directory: string, name: string): string => join(directory, 'autostart', definitionFileName(name));

/** Makes or removes that link (libvirt's layout); on disk when it resolves. @throws TapestryError `storage-full`, `io` */
export const markAutostart = async (directory: string, name: string, autostart: boolean): Promise<void> => {
  const marker = markerPath(directory, name);
  try {
    await rm(marker, { force: true });
    if (autostart) await symlink(join('..', definitionFileName(name)), marker);
    await syncDirectory(join(directory, 'autostart'));
  } catch (error) {
    throw fileError(marker, 'written', error);
  }
};
