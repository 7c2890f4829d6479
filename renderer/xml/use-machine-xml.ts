import { useQuery } from '@tanstack/react-query';
import { machineXmlKey } from '../state/machines-feed.ts';
import { useApi } from '../state/services.ts';

/** Stored and live XML of a machine; fetched again when the host says that it changed. */
export function useMachineXml(uuid: string) {
  const api = useApi();
  return useQuery({ queryKey: machineXmlKey(uuid), queryFn: ({ signal }) => api['machines.xml']({ machine: uuid }, { signal }) });
}
