import { useQuery } from '@tanstack/react-query';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import { machineXmlKey } from '../state/machines-feed.ts';
import { useApi } from '../state/services.ts';

/** Stored and live XML of a machine; fetched again when the host says that it changed. */
export function useMachineXml(machine: MachineRef) {
  const api = useApi();
  return useQuery({
    queryKey: machineXmlKey(machine),
    queryFn: ({ signal }) => api['machines.xml']({ machine: refOf(machine) }, { signal }),
  });
}
