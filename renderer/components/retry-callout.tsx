import type { ErrorData } from '../../shared/errors.ts';
import { errorDataOf } from '../words/errors.ts';
import { ErrorCallout } from './error-callout.tsx';

interface RetryCalloutProps {
  /** Whatever was thrown, or the data of an error. */
  readonly error: Error | ErrorData;
  readonly title?: string;
  readonly onRetry: () => void;
}

/** Why something could not be read, and the button that tries again; the error's own ways out stand beside it. */
export function RetryCallout({ error, title, onRetry }: RetryCalloutProps) {
  const data = error instanceof Error ? errorDataOf(error) : error;
  const copies = (data.fixes ?? []).filter(({ kind }) => kind === 'copy-command');
  return <ErrorCallout error={{ ...data, fixes: [...copies, { kind: 'retry', label: 'Try Again' }] }} title={title} onFix={onRetry} />;
}
