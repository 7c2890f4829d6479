import { TapestryError } from './errors.ts';

/**
 * Takes back what was done before a failure. Every step runs, whatever becomes of the others: what one leaves behind is no reason to
 * leave more.
 *
 * @param error the failure that made the rollback necessary; what the caller throws on
 * @param steps in the order in which they run
 * @returns `error`; where steps failed too, the same error with their words added to its `detail`
 */
export async function rollBack(error: unknown, steps: readonly (() => Promise<unknown>)[]): Promise<unknown> {
  const failed: string[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (failure) {
      failed.push(`Not taken back: ${failure instanceof Error ? failure.message : String(failure)}`);
    }
  }
  if (failed.length === 0) return error;
  const { code, message, detail, ...more } =
    error instanceof TapestryError ? error.data : { code: 'internal' as const, message: String(error), detail: undefined };
  return new TapestryError(code, message, {
    ...more,
    detail: [...(detail === undefined ? [] : [detail]), ...failed].join('\n'),
    cause: error,
  });
}
