import { TapestryError, type ErrorData } from './errors.ts';

/**
 * What may be sent to the other side about a failure. A {@link TapestryError} travels whole; anything else is a defect of
 * ours whose text may hold paths or secrets: it is given to `log` and travels as `internal` without its words.
 */
export function toErrorData(error: unknown, log: (error: unknown) => void): ErrorData {
  if (error instanceof TapestryError) return error.data;
  log(error);
  return { code: 'internal', message: 'Something went wrong inside Tapestry.', next: 'The host’s log has the details.' };
}
