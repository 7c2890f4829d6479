import type { MachineSummary } from '../../shared/contract/machines.ts';
import { isActive, stoppedByDisk } from './machine-state.ts';

/** What is wrong with a machine, in at most three words, for lists and the navigation; undefined when nothing is. */
export function troubleWord(machine: Pick<MachineSummary, 'id' | 'state' | 'reason' | 'lastError'>): string | undefined {
  if (machine.state === 'crashed') return 'Crashed';
  if (stoppedByDisk(machine)) return 'I/O error';
  if (machine.lastError === undefined) return undefined;
  if (isActive(machine)) return 'Trouble';
  return machine.reason === 'failed' ? 'Did not start' : 'Run failed';
}
