import { TapestryError, type ErrorData } from '../../shared/errors.ts';

/** Whatever was thrown, as the data that callouts and fields show. A stranger's error becomes `internal` with its words as detail. */
export function errorDataOf(thrown: unknown): ErrorData {
  if (thrown instanceof TapestryError) return thrown.data;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    code: 'internal',
    message: 'Something went wrong in Tapestry itself.',
    next: 'Try again; the detail below helps a bug report.',
    detail,
  };
}

/** True for the error that a cancelled request ends with: nothing to show then. */
export function isCancelled(thrown: unknown): boolean {
  return (
    (thrown instanceof TapestryError && thrown.code === 'cancelled') || (thrown instanceof DOMException && thrown.name === 'AbortError')
  );
}
