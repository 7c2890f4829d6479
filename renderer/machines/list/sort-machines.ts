import type { MachineRef } from '../../../shared/contract/references.ts';
import type { MachineSummary } from '../../../shared/contract/machines.ts';
import { isTroubled } from '../../machine/machine-filter.ts';
import { isActive, shownState } from '../../machine/machine-state.ts';
import { plugName } from '../../nics/nic-words.ts';
import type { ColumnId } from './list-columns.ts';

/** By which column the list is sorted; none: as the host tells them, by name. */
export interface Sort {
  readonly by: ColumnId | 'name';
  readonly down: boolean;
}

/** What the machine itself doesn't say, for the columns that show it. */
export interface ListFacts {
  readonly address: (machine: MachineRef) => string | undefined;
  /** Per cent. */
  readonly cpu: (machine: MachineRef) => number | undefined;
}

const words = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Addresses by their numbers: .9 before .10. */
const addressKey = (address: string): string =>
  address.includes(':')
    ? `6 ${address}`
    : `4 ${address
        .split('.')
        .map((part) => part.padStart(3, '0'))
        .join('.')}`;

/** Trouble first, then what runs, then what is off. */
const stateRank = (machine: MachineSummary): number => (isTroubled(machine) ? 0 : isActive(machine) ? 1 : 2);

const keyOf = (machine: MachineSummary, by: Sort['by'], facts: ListFacts): string | number | undefined => {
  switch (by) {
    case 'name':
      return machine.name;
    case 'state':
      return `${String(stateRank(machine))} ${shownState(machine).word}`;
    case 'cpu':
      return facts.cpu(machine);
    case 'memory':
      return machine.memoryKiB;
    case 'vcpus':
      return machine.vcpus;
    case 'address': {
      const address = facts.address(machine);
      return address === undefined ? undefined : addressKey(address);
    }
    case 'network':
      return (machine.networks ?? []).map(plugName).join(', ') || undefined;
    case 'uptime':
      return machine.startedAt === null ? undefined : -machine.startedAt;
    case 'notes':
      return machine.description ?? machine.title;
    case 'mac':
      return machine.macs[0];
    case 'machine':
      return machine.machine;
  }
};

/** A click on a column's head: up, then down, then as they came. Pure. */
export function nextSort(sort: Sort | undefined, by: Sort['by']): Sort | undefined {
  return sort?.by !== by ? { by, down: false } : sort.down ? undefined : { by, down: true };
}

/** The machines in order; what says nothing in the column stands last either way, and equals stand by name. Pure. */
export function sortMachines(machines: readonly MachineSummary[], sort: Sort | undefined, facts: ListFacts): readonly MachineSummary[] {
  if (!sort) return machines;
  const keyed = machines.map((machine) => ({ machine, key: keyOf(machine, sort.by, facts) }));
  const sign = sort.down ? -1 : 1;
  return keyed
    .toSorted((a, b) => {
      if (a.key === undefined || b.key === undefined) {
        if (a.key !== b.key) return a.key === undefined ? 1 : -1;
      } else {
        const order = typeof a.key === 'number' && typeof b.key === 'number' ? a.key - b.key : words.compare(String(a.key), String(b.key));
        if (order !== 0) return sign * order;
      }
      return words.compare(a.machine.name, b.machine.name);
    })
    .map(({ machine }) => machine);
}

/** The machines of each connection together, in the order of the connections; within one, as they were. Pure. */
export function byConnection(
  machines: readonly MachineSummary[],
  connections: readonly { readonly id: string }[] | undefined,
): readonly MachineSummary[] {
  if (connections === undefined || connections.length < 2) return machines;
  const order = new Map(connections.map(({ id }, index) => [id, index]));
  const placeOf = ({ connection }: MachineSummary) => order.get(connection) ?? connections.length;
  return machines.toSorted((a, b) => placeOf(a) - placeOf(b));
}
