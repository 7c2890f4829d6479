import { useQuery, type QueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { keyOf, sameMachine } from '../../shared/contract/machine-key.ts';
import type { brokenDefinition, MachineEvent, MachineSummary } from '../../shared/contract/machines.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import { follow, type FeedFailure, type Link } from '../link/api.ts';

export type BrokenDefinition = z.infer<typeof brokenDefinition>;

/** What the window knows of the machines of all connections. Those of one that is away are kept as they were last seen. */
export interface Machines {
  readonly machines: readonly MachineSummary[];
  /** By connection: one that isn't in here has not told of its machines yet. */
  readonly broken: Readonly<Record<string, readonly BrokenDefinition[]>>;
  /** When the last news came, ms since the epoch. */
  readonly at: number;
}

/** A fact from a machine's life. */
export interface MachineLogLine {
  readonly at: number;
  readonly text: string;
}

export const machinesKey = ['machines'] as const;
const failureKey = ['machines-failure'] as const;
export function machineXmlKey({ connection, uuid }: MachineRef) {
  return ['machine-xml', connection, uuid] as const;
}
export function machineLogKey({ connection, uuid }: MachineRef) {
  return ['machine-log', connection, uuid] as const;
}

/** Lines of a machine's log that are kept in the window. */
const logLimit = 500;

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Applies one event of `machines.watch` to what is known; machines stay sorted by name. Pure. */
export function applyMachineEvent(known: Machines | undefined, event: MachineEvent, at: number): Machines | undefined {
  const { machines = [], broken = {} } = known ?? {};
  const sorted = (all: MachineSummary[]) => all.toSorted((a, b) => byName.compare(a.name, b.name));
  switch (event.kind) {
    case 'snapshot': {
      const others = machines.filter(({ connection }) => connection !== event.connection);
      return { machines: sorted([...others, ...event.machines]), broken: { ...broken, [event.connection]: event.broken }, at };
    }
    case 'changed':
      return { machines: sorted([...machines.filter((machine) => !sameMachine(machine, event.machine)), event.machine]), broken, at };
    case 'removed':
      return known && { ...known, machines: machines.filter((machine) => !sameMachine(machine, event)), at };
    case 'xml':
    case 'log':
      return known;
  }
}

/** Lets the one subscription to `machines.watch` feed the query cache; returns its end. */
export function feedMachines(link: Link, queries: QueryClient): () => void {
  return follow(
    link,
    (api, signal) => api['machines.watch']({}, { signal }),
    (event) => {
      queries.setQueryData<Machines>(machinesKey, (known) => applyMachineEvent(known, event, Date.now()));
      if (event.kind === 'snapshot') void queries.invalidateQueries({ queryKey: ['machine-xml', event.connection] });
      else if (event.kind === 'xml') void queries.invalidateQueries({ queryKey: machineXmlKey(event) });
      else if (event.kind === 'changed') {
        const { machine } = event;
        // Live XML appears and goes with the process, so a change of the run is a change of the XML.
        const known = queries.getQueryData<RunMark>(runKey(machine));
        const mark = `${String(machine.id)}/${String(machine.pending)}/${machine.name}`;
        queries.setQueryData<RunMark>(runKey(machine), mark);
        if (known !== undefined && known !== mark) void queries.invalidateQueries({ queryKey: machineXmlKey(machine) });
      } else if (event.kind === 'log') {
        const line: MachineLogLine = { at: event.at, text: event.text };
        queries.setQueryData<readonly MachineLogLine[]>(machineLogKey(event), (lines = []) => [...lines, line].slice(-logLimit));
      } else queries.removeQueries({ queryKey: machineXmlKey(event) });
    },
    (failure) => queries.setQueryData<FeedFailure | null>(failureKey, failure ?? null),
  );
}

type RunMark = string;
const runKey = (machine: MachineRef) => ['machine-run', keyOf(machine)] as const;

/** All machines; undefined until the first snapshot. */
export function useMachines(): Machines | undefined {
  // The feed is the only writer: this query never fetches.
  return useQuery<Machines>({ queryKey: machinesKey, enabled: false, queryFn: () => Promise.reject(new Error('fed by machines.watch')) })
    .data;
}

/** Why no news of machines comes; null or undefined while some does, or may. */
export function useMachinesFailure(): FeedFailure | null | undefined {
  return useQuery<FeedFailure | null>({
    queryKey: failureKey,
    enabled: false,
    queryFn: () => Promise.reject(new Error('fed by machines.watch')),
  }).data;
}

/** One machine; undefined until known, or when there is none. */
export function useMachine(ref: MachineRef | undefined): MachineSummary | undefined {
  return useMachines()?.machines.find((machine) => ref !== undefined && sameMachine(machine, ref));
}
