import type { ErrorCode, ErrorData } from '../../../shared/errors.ts';
import type { HelperFailure, HelperSubject } from './helper-failure.ts';

/** What a refusal is to its reader. */
export type HelperWords = Omit<ErrorData, 'detail'>;

/** A refusal's words, of what the request was about and what the helper answered. */
export type Words = (subject: HelperSubject, reply: HelperFailure) => HelperWords;

/** A path below the interface's element; none where the request came from no definition. */
export function at({ path }: HelperSubject, below = ''): { path?: string } {
  return path === undefined ? {} : { path: `${path}${below}` };
}

/** The interface that is made or changed, and the bridge, which may be it. */
export function nameOf({ name = '' }: HelperSubject): string {
  return name;
}
export function bridgeOf({ bridge, name = '' }: HelperSubject): string {
  return bridge ?? name;
}

type Text = string | ((subject: HelperSubject) => string);

/** A sentence and what mends it, which stand at the interface, or at one place below it. */
export function said(code: ErrorCode, message: Text, next: Text, below?: string): Words {
  return (subject) => ({
    code,
    message: typeof message === 'string' ? message : message(subject),
    next: typeof next === 'string' ? next : next(subject),
    ...at(subject, below),
  });
}
