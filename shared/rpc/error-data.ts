import { z } from 'zod';
import { TapestryError, type ErrorData } from '../errors.ts';

/** Turns what zod found in a request into `invalid`, with the field paths as `a.0.b`. */
export function invalidRequest(method: string, error: z.ZodError): TapestryError {
  const issues = error.issues.slice(0, 50).map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }));
  const first = issues[0];
  return new TapestryError(
    'invalid',
    `${method}: ${first === undefined ? 'the request is not valid' : `${first.path === '' ? 'request' : first.path}: ${first.message}`}`,
    {
      ...(first === undefined || first.path === '' ? {} : { path: first.path }),
      issues,
    },
  );
}

/** The error that a peer sent, as one that can be thrown here. */
export function fromErrorData(data: ErrorData): TapestryError {
  const { code, message, ...more } = data;
  return new TapestryError(code, message, more);
}

/** The error of calls and channels whose connection ended. */
export function connectionClosed(cause?: unknown): TapestryError {
  return new TapestryError('closed', 'The connection to the host was closed.', {
    next: 'Try again when the host is back.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error of a call that its caller cancelled. */
export function cancelled(cause?: unknown): TapestryError {
  return new TapestryError('cancelled', 'The request was cancelled.', cause === undefined ? {} : { cause });
}
