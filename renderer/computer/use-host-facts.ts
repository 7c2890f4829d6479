import { useQuery } from '@tanstack/react-query';
import type { HostFacts } from '../../shared/contract/host.ts';
import { useApi } from '../state/services.ts';

/** What this computer is and can; asked once. */
export function useHostFacts(): HostFacts | undefined {
  const api = useApi();
  return useQuery({ queryKey: ['host-facts'], queryFn: ({ signal }) => api['host.facts']({}, { signal }) }).data;
}
