import type { Stats } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';

/** The code of a system error (`ENOENT`, errno(3)); undefined for other errors. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether a file operation failed because the file isn't there (ENOENT). */
export function isMissing(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT';
}

/** Whether a path leads to nothing: no file has its name (ENOENT), or a file stands where a folder would have to (ENOTDIR). */
export function leadsNowhere(error: unknown): boolean {
  return isMissing(error) || errnoOf(error) === 'ENOTDIR';
}

const absent = (error: unknown): undefined => {
  if (isMissing(error)) return undefined;
  throw error;
};

/**
 * Text (UTF-8) of a file whose absence is one of the expected answers; undefined when it isn't there.
 * @throws the system's error when it is there and can't be read
 */
export async function readIfThere(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch(absent);
}

/** Is there something of this name, links followed, that can be looked at? What can't counts as not there. */
export async function isReachable(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}

/**
 * What stat(2) says of a file whose absence is one of the expected answers, links followed; undefined when it isn't there.
 * @throws the system's error when it can't be reached for another reason
 */
export async function statIfThere(file: string): Promise<Stats | undefined> {
  return await stat(file).catch(absent);
}

/** May this user do that with a file (access(2))? Without a mode: is it there? False whatever keeps them from it. */
export function mayAccess(file: string, mode?: number): Promise<boolean> {
  return access(file, mode).then(
    () => true,
    () => false,
  );
}
