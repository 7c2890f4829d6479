import type { Stats } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';

/** The code of a system error (`ENOENT`, errno(3)); undefined for other errors. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Whether a file operation failed because the file isn't there (ENOENT). */
export const isMissing = (error: unknown): boolean => errnoOf(error) === 'ENOENT';

/** Whether a path leads to nothing: no file has its name (ENOENT), or a file stands where a folder would have to (ENOTDIR). */
export const leadsNowhere = (error: unknown): boolean => isMissing(error) || errnoOf(error) === 'ENOTDIR';

const absent = (error: unknown): undefined => {
  if (isMissing(error)) return undefined;
  throw error;
};

/**
 * Text (UTF-8) of a file whose absence is one of the expected answers; undefined when it isn't there.
 * @throws the system's error when it is there and can't be read
 */
export const readIfThere = async (file: string): Promise<string | undefined> => await readFile(file, 'utf8').catch(absent);

/** Is there something of this name, links followed, that can be looked at? What can't counts as not there. */
export const isReachable = async (file: string): Promise<boolean> =>
  await stat(file).then(
    () => true,
    () => false,
  );

/**
 * What stat(2) says of a file whose absence is one of the expected answers, links followed; undefined when it isn't there.
 * @throws the system's error when it can't be reached for another reason
 */
export const statIfThere = async (file: string): Promise<Stats | undefined> => await stat(file).catch(absent);

/** May this user do that with a file (access(2))? Without a mode: is it there? False whatever keeps them from it. */
export const mayAccess = (file: string, mode?: number): Promise<boolean> =>
  access(file, mode).then(
    () => true,
    () => false,
  );
