import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';

/** Path of a program: in PATH, and in the system's own folders, which ordinary users' PATH often lacks. */
export const findProgram = async (name: string, searchPath = process.env['PATH'] ?? ''): Promise<string | undefined> => {
  const folders = new Set([
    ...searchPath.split(':').filter((folder) => path.isAbsolute(folder)),
    '/usr/local/sbin',
    '/usr/sbin',
    '/sbin',
    '/usr/bin',
    '/bin',
  ]);
  for (const folder of folders) {
    const file = path.join(folder, name);
    const usable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return file;
  }
  return undefined;
};
