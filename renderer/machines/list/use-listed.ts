import { useMemo } from 'react';
import { keyOf } from '../../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../../shared/contract/references.ts';
import type { MachineSummary } from '../../../shared/contract/machines.ts';
import { useNow } from '../../components/use-now.ts';
import { useAllNics } from '../../nics/host-network.ts';
import { useConnections } from '../../state/connections.ts';
import { awayOf } from '../../state/connections-store.ts';
import { useServices } from '../../state/services.ts';
import { addressOf } from '../../machine/machine-address.tsx';
import { filterMachines } from '../../machine/machine-filter.ts';
import { isActive } from '../../machine/machine-state.ts';
import { asksForAddress } from '../../machine/search.ts';
import { useList } from './list-store.ts';
import { byConnection, sortMachines } from './sort-machines.ts';

const nobody: readonly string[] = [];

/** The machines that the list shows, in its order. Addresses of all are asked for only while one filters or sorts by them. */
export function useListed(machines: readonly MachineSummary[]): readonly MachineSummary[] {
  const { filter, words, network, sort } = useList((list) => list);
  const { stats } = useServices();
  const connections = useConnections();
  const byAddress = asksForAddress(words) || sort?.by === 'address';
  const asked = useMemo(
    () => (byAddress ? machines.filter((machine) => isActive(machine) && machine.macs.length > 0).map(keyOf) : nobody),
    [byAddress, machines],
  );
  const nics = useAllNics(asked);
  // A list that is sorted by what changes each second must still be one that can be clicked.
  const turn = useNow(5000, sort?.by === 'cpu');
  return useMemo(() => {
    const nicsOf = (machine: MachineRef) => nics.get(keyOf(machine))?.nics ?? [];
    const addresses = (machine: MachineRef) => nicsOf(machine).flatMap((nic) => nic.addresses.map(({ address }) => address));
    const found = filterMachines(machines, filter, words, { network, addresses, away: awayOf(connections) });
    const sorted = sortMachines(found, sort, {
      address: (machine) => addressOf(nicsOf(machine)).address,
      cpu: (machine) => (turn === 0 ? undefined : stats.history(machine).at(-1)?.cpuPercent),
    });
    return byConnection(sorted, connections);
  }, [machines, filter, words, network, sort, nics, stats, turn, connections]);
}
