import { TapestryError } from '../../shared/errors.ts';
import { errnoOf } from './if-there.ts';

/** What mends a failure, by errno(3), or by Node's own code for rm. */
const next: Readonly<Record<string, string>> = {
  EEXIST: 'Something else is there, or a symbolic link that leads nowhere: move it away.',
  EISDIR: 'A directory is there where a file belongs: move it away.',
  ERR_FS_EISDIR: 'A directory is there where a file belongs: move it away.',
  ENOTDIR: 'A file is there where a directory belongs: move it away.',
  ENOTEMPTY: 'A directory is there where a file belongs: move it away.',
  ELOOP: 'It is a symbolic link that leads nowhere: remove it.',
  EROFS: 'Its file system can only be read: mount it for writing.',
  EMFILE: 'Too many files are open: raise the limit (ulimit -n), or close what you don’t need.',
  ENFILE: 'Too many files are open on this computer: close what you don’t need.',
};

const isFull = (code: string | undefined): boolean => code === 'ENOSPC' || code === 'EDQUOT';

const detailOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Turns a file system error about a file of Tapestry's own into one that a user understands: `storage-full` or `io`; one that is understood
 * already stays as it is.
 *
 * @param what what happened to it not ("written")
 */
export function fileError(path: string, what: string, error: unknown): TapestryError {
  if (error instanceof TapestryError) return error;
  const code = errnoOf(error) ?? '';
  const detail = detailOf(error);
  if (isFull(code)) {
    return new TapestryError('storage-full', `There is no space left to write ${path}; what was there before is unchanged.`, {
      next: 'Free some space on that file system and try again.',
      detail,
      cause: error,
    });
  }
  return new TapestryError('io', `${path} can't be ${what}.`, {
    next: next[code] ?? 'Check that the directory exists and is yours.',
    detail,
    cause: error,
  });
}

/**
 * Says what is wrong with a file that a user named: there it may well be the path or its owner. One that is understood already stays as it is.
 *
 * @param what the file, as a sentence begins with it: "The disk image /x"
 */
export function namedFileError(what: string, cause: unknown): TapestryError {
  if (cause instanceof TapestryError) return cause;
  const detail = detailOf(cause);
  const code = errnoOf(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new TapestryError('not-found', `${what} does not exist.`, { next: 'Check the path.', detail, cause });
  if (code === 'EACCES' || code === 'EPERM') {
    return new TapestryError('io', `${what} can’t be reached with your permissions.`, {
      next: 'Choose another place, or ask its owner for access.',
      detail,
      cause,
    });
  }
  if (isFull(code)) {
    return new TapestryError('storage-full', `There is no space left for ${what.charAt(0).toLowerCase()}${what.slice(1)}.`, {
      next: 'Free some space, or choose another place.',
      detail,
      cause,
    });
  }
  return new TapestryError('io', `${what} can’t be used.`, { detail, cause });
}
