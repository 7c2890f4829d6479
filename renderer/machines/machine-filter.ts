import type { MachineSummary } from '../../shared/contract/machines.ts';
import { isActive } from './machine-state.ts';
import { matchesSearch } from './search.ts';

export type MachineFilter = 'all' | 'running' | 'off' | 'problems';

/** Counted as running: a process belongs to it, whatever its guest does. */
export const isRunning = (machine: MachineSummary): boolean => isActive(machine);

/** Something wants the user: crashed, stopped by an I/O error, or its last start failed. */
export const isTroubled = (machine: MachineSummary): boolean =>
  machine.state === 'crashed' || machine.lastError !== undefined || (machine.state === 'paused' && /i\/?o.?error/i.test(machine.reason));

/** The machines that a filter and typed words leave, in their order. */
export function filterMachines(machines: readonly MachineSummary[], filter: MachineFilter, words: string): readonly MachineSummary[] {
  const fits = { all: () => true, running: isRunning, off: (machine: MachineSummary) => !isRunning(machine), problems: isTroubled }[filter];
  return machines.filter((machine) => fits(machine) && matchesSearch(machine, words));
}
