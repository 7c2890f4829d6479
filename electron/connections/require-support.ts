import type { Operation } from '../../shared/contract/operations.ts';
import type { Support } from '../../shared/contract/support.ts';
import { TapestryError, type ErrorData } from '../../shared/errors.ts';

/**
 * Lets an operation pass that a table doesn't refuse.
 * @param table of a connection, or of one with what is otherwise with a machine
 * @param more for the error: the place at fault, what to do next
 * @throws TapestryError `unsupported-operation` with the table's sentence
 */
export function requireSupport(
  table: Readonly<Partial<Record<Operation, Support | undefined>>>,
  operation: Operation,
  more: Omit<ErrorData, 'code' | 'message'> = {},
): void {
  const answer = table[operation];
  if (answer === undefined || typeof answer === 'string') return;
  throw new TapestryError('unsupported-operation', answer.message, {
    ...(answer.no === 'next-start' ? { next: 'Do it for the next start.' } : {}),
    ...more,
  });
}
