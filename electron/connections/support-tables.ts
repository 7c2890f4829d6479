import { operations, type Operation } from '../../shared/contract/operations.ts';
import type { Support, SupportReason, SupportTable } from '../../shared/contract/support.ts';

/** A refusal with its sentence. */
export function no(reason: SupportReason, message: string): Support {
  return { no: reason, message };
}

/** A whole table: an answer to every operation, by rules that come first before those that come later; what none speaks of is done. */
export function tableOf(...rules: readonly ((operation: Operation) => Support | undefined)[]): SupportTable {
  const answer = (operation: Operation): Support => {
    for (const rule of rules) {
      const said = rule(operation);
      if (said !== undefined) return said;
    }
    return 'yes';
  };
  return Object.fromEntries(operations.map((operation) => [operation, answer(operation)])) as Record<Operation, Support>;
}
