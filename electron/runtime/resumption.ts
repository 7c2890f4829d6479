import { TapestryError } from '../../shared/errors.ts';

/** `detail` of the error with which an owner leaves: a call that has no answer yet was not begun and may be made again. */
export const notBegun = 'not begun';

/** Did a host end in the middle of what it was asked? */
export function wasClosed(error: unknown): error is TapestryError {
  return error instanceof TapestryError && error.code === 'closed';
}
