import { useMemo } from 'react';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { useScope } from './connections.ts';
import { useMachines } from './machines-feed.ts';

const nobody: readonly MachineSummary[] = [];

/** The machines of one connection. @param id by default the connection that this part of the window is about */
export function useMachinesOf(id?: string): readonly MachineSummary[] {
  const scope = useScope();
  const machines = useMachines()?.machines;
  const connection = id ?? scope;
  return useMemo(() => machines?.filter((machine) => machine.connection === connection) ?? nobody, [machines, connection]);
}

/** Names of the machines of this part's connection, by UUID: its host knows its own alone. */
export function useMachineNames(): ReadonlyMap<string, string> {
  const machines = useMachinesOf();
  return useMemo(() => new Map(machines.map(({ uuid, name }) => [uuid, name])), [machines]);
}
