import type { MachineSummary } from '../../shared/contract/machines.ts';
import { formatSpan } from '../words/format.ts';
import { isActive } from './machine-state.ts';

/** How long ago something began, in words; empty when it did not begin. Times are ms since the epoch. Pure. */
export function spanSince(since: number | null | undefined, now: number): string {
  return since === null || since === undefined ? '' : formatSpan(now - since);
}

/** How long a machine runs; empty for one that doesn't. Pure. */
export function uptimeOf(machine: Pick<MachineSummary, 'id' | 'state' | 'startedAt'>, now: number): string {
  return isActive(machine) ? spanSince(machine.startedAt, now) : '';
}
