import type { Operation } from './operations.ts';
import type { Support, SupportDifferences, SupportTable } from './support.ts';

/** Whether an operation can be done with a machine, or with its connection as a whole. */
export function supportOf(
  operation: Operation,
  connection: { readonly support: SupportTable },
  machine?: { readonly support?: SupportDifferences | undefined },
): Support {
  return machine?.support?.[operation] ?? connection.support[operation];
}

/** The sentence that says why it can't; undefined where it can, or where only trying tells. */
export function whyNot(
  operation: Operation,
  connection: { readonly support: SupportTable },
  machine?: { readonly support?: SupportDifferences | undefined },
): string | undefined {
  const answer = supportOf(operation, connection, machine);
  return typeof answer === 'string' ? undefined : answer.message;
}
