import { TapestryError } from '../../shared/errors.ts';
import { errnoOf } from '../files/if-there.ts';

/** Says what went wrong with a file, in words of the user's. `what`: "The disk image /x" */
export const fileError = (what: string, cause: unknown): TapestryError => {
  const detail = cause instanceof Error ? cause.message : String(cause);
  switch (errnoOf(cause)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new TapestryError('not-found', `${what} does not exist.`, { next: 'Check the path.', detail, cause });
    case 'EACCES':
    case 'EPERM':
      return new TapestryError('io', `${what} can’t be reached with your permissions.`, {
        next: 'Choose another place, or ask its owner for access.',
        detail,
        cause,
      });
    case 'ENOSPC':
    case 'EDQUOT':
      return new TapestryError('storage-full', `There is no space left for ${what.charAt(0).toLowerCase()}${what.slice(1)}.`, {
        next: 'Free some space, or choose another place.',
        detail,
        cause,
      });
    case undefined:
    default:
      return new TapestryError('io', `${what} can’t be used.`, { detail, cause });
  }
};
