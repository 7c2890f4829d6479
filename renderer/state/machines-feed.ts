import { useQuery, type QueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { z } from 'zod';
import type { brokenDefinition, MachineEvent, MachineSummary } from '../../shared/contract/machines.ts';
import { follow, type FeedFailure, type Link } from '../link/api.ts';

export type BrokenDefinition = z.infer<typeof brokenDefinition>;

/** What the window knows of all machines; `at` is when the last news came (ms since the epoch). */
export interface Machines {
  readonly machines: readonly MachineSummary[];
  readonly broken: readonly BrokenDefinition[];
  readonly at: number;
}

/** A fact from a machine's life. */
export interface MachineLogLine {
  readonly at: number;
  readonly text: string;
}

export const machinesKey = ['machines'] as const;
const failureKey = ['machines-failure'] as const;
export function machineXmlKey(uuid: string) {
  return ['machine-xml', uuid] as const;
}
export function machineLogKey(uuid: string) {
  return ['machine-log', uuid] as const;
}

/** Lines of a machine's log that are kept in the window. */
const logLimit = 500;

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Applies one event of `machines.watch` to what is known; machines stay sorted by name. Pure. */
export function applyMachineEvent(known: Machines | undefined, event: MachineEvent, at: number): Machines | undefined {
  const sorted = (machines: MachineSummary[]) => machines.toSorted((a, b) => byName.compare(a.name, b.name));
  switch (event.kind) {
    case 'snapshot':
      return { machines: sorted(event.machines), broken: event.broken, at };
    case 'changed': {
      const rest = (known?.machines ?? []).filter((machine) => machine.uuid !== event.machine.uuid);
      return { machines: sorted([...rest, event.machine]), broken: known?.broken ?? [], at };
    }
    case 'removed':
      return known && { ...known, machines: known.machines.filter((machine) => machine.uuid !== event.uuid), at };
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
      if (event.kind === 'snapshot') void queries.invalidateQueries({ queryKey: ['machine-xml'] });
      else if (event.kind === 'xml') void queries.invalidateQueries({ queryKey: machineXmlKey(event.uuid) });
      else if (event.kind === 'changed') {
        // Live XML appears and goes with the process, so a change of the run is a change of the XML.
        const known = queries.getQueryData<RunMark>(runKey(event.machine.uuid));
        const mark = `${String(event.machine.id)}/${String(event.machine.pending)}/${event.machine.name}`;
        queries.setQueryData<RunMark>(runKey(event.machine.uuid), mark);
        if (known !== undefined && known !== mark) void queries.invalidateQueries({ queryKey: machineXmlKey(event.machine.uuid) });
      } else if (event.kind === 'log') {
        const line: MachineLogLine = { at: event.at, text: event.text };
        queries.setQueryData<readonly MachineLogLine[]>(machineLogKey(event.uuid), (lines = []) => [...lines, line].slice(-logLimit));
      } else queries.removeQueries({ queryKey: machineXmlKey(event.uuid) });
    },
    (failure) => queries.setQueryData<FeedFailure | null>(failureKey, failure ?? null),
  );
}

type RunMark = string;
const runKey = (uuid: string) => ['machine-run', uuid] as const;

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

/** One machine by UUID; undefined until known, or when there is none. */
export function useMachine(uuid: string): MachineSummary | undefined {
  return useMachines()?.machines.find((machine) => machine.uuid === uuid);
}

const nameless: ReadonlyMap<string, string> = new Map();

/** Names of the machines by UUID. */
export function useMachineNames(): ReadonlyMap<string, string> {
  const machines = useMachines()?.machines;
  return useMemo(() => (machines ? new Map(machines.map(({ uuid, name }) => [uuid, name])) : nameless), [machines]);
}
