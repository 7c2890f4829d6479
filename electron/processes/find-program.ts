import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';

/**
 * Absolute path of a program that this user may execute: in PATH (its relative parts are left out), and in the system's own folders,
 * which ordinary users' PATH often lacks. Undefined when there is none.
 */
export async function findProgram(name: string, searchPath = process.env['PATH'] ?? ''): Promise<string | undefined> {
  const folders = new Set([
    ...searchPath.split(':').filter((folder) => path.isAbsolute(folder)),
    '/usr/local/sbin',
    '/usr/local/bin',
    '/usr/sbin',
    '/sbin',
    '/usr/bin',
    '/bin',
  ]);
  // All are asked at once, and heard in their order.
  const answers = [...folders].map((folder) => {
    const file = path.join(folder, name);
    return access(file, constants.X_OK).then(
      () => file,
      () => undefined,
    );
  });
  for (const answer of answers) {
    const file = await answer;
    if (file !== undefined) return file;
  }
  return undefined;
}
