import type { MachineSummary } from '../../shared/contract/machines.ts';

/** What is wrong with a machine, in at most three words, for lists and the navigation; undefined when nothing is. */
export function troubleWord(machine: Pick<MachineSummary, 'state' | 'reason' | 'lastError'>): string | undefined {
  if (machine.state === 'crashed') return 'Crashed';
  if (machine.state === 'paused' && /i\/?o.?error/i.test(machine.reason)) return 'I/O error';
  if (machine.lastError === undefined) return undefined;
  return machine.reason === 'failed' ? 'Did not start' : 'Trouble';
}
