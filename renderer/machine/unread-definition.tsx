import { ErrorCallout } from '../components/error-callout.tsx';
import type { ErrorData } from '../../shared/errors.ts';

/** In place of a definition that could not be read. What is away is told above the page, and read by itself as soon as it is back. */
export function UnreadDefinition({ error, onRetry }: { readonly error: ErrorData; readonly onRetry: () => void }) {
  return (
    <div className="page-body">
      {error.code === 'connection-offline' ? (
        <p className="dim" aria-busy="true">
          The definition is read as soon as its connection is back.
        </p>
      ) : (
        <ErrorCallout error={{ ...error, fixes: [{ kind: 'retry', label: 'Try Again' }] }} onFix={onRetry} />
      )}
    </div>
  );
}
