import type { MachineRef } from '../../shared/contract/references.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { plugName } from '../nics/nic-words.ts';
import { isActive } from './machine-state.ts';
import { troubleWord } from './machine-trouble.ts';
import { matchesSearch } from './search.ts';

/** By state: all, with a process, without one, those that want the user. */
export const machineFilters = ['all', 'running', 'off', 'problems'] as const;

export type MachineFilter = (typeof machineFilters)[number];

/** Counted as running: a process belongs to it, whatever its guest does. */
export function isRunning(machine: MachineSummary): boolean {
  return isActive(machine);
}

/** Something wants the user: crashed, stopped by an I/O error, or its last start or run failed. */
export function isTroubled(machine: MachineSummary): boolean {
  return troubleWord(machine) !== undefined;
}

/** What narrows the list besides the state. */
export interface MoreFilter {
  /** Only machines that are plugged in there, as lists name it. */
  readonly network?: string | undefined;
  /** Connections that are away: whether their machines run isn't known. */
  readonly away?: ReadonlySet<string> | undefined;
  /** Addresses that were seen of a machine, by the machine. */
  readonly addresses?: (machine: MachineRef) => readonly string[];
}

/** The machines that a filter and typed words leave, in their order. Pure. */
export function filterMachines(
  machines: readonly MachineSummary[],
  filter: MachineFilter,
  words: string,
  { network, addresses, away }: MoreFilter = {},
): readonly MachineSummary[] {
  const known = ({ connection }: MachineSummary) => away?.has(connection) !== true;
  const fits = {
    all: () => true,
    running: (machine: MachineSummary) => known(machine) && isRunning(machine),
    off: (machine: MachineSummary) => known(machine) && !isRunning(machine),
    problems: isTroubled,
  }[filter];
  return machines.filter(
    (machine) =>
      fits(machine) &&
      (network === undefined || (machine.networks ?? []).some((one) => plugName(one) === network)) &&
      matchesSearch(machine, words, addresses?.(machine)),
  );
}

/** Everything that machines are plugged into, as lists name it, in the order of people. Pure. */
export function networksOf(machines: readonly MachineSummary[]): readonly string[] {
  return [...new Set(machines.flatMap(({ networks }) => (networks ?? []).map(plugName)))].toSorted((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
}
