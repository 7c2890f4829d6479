import { useQuery } from '@tanstack/react-query';
import type { ComputerFacts } from '../../shared/contract/computer.ts';
import type { HostFacts } from '../../shared/contract/host.ts';
import { useScope } from '../state/connections.ts';
import { useApi } from '../state/services.ts';

/** What queries of hosts' facts begin with. */
export const hostFactsKey = 'host-facts';
/** The query of {@link useComputerFacts}. */
export const computerFactsKey = ['computer-facts'] as const;

/** What the host of a connection is and can; asked once. @param id by default the connection that this part of the window is about */
export function useHostFacts(id?: string): HostFacts | undefined {
  return useHostFactsQuery(id).data;
}

/** The same with its state. */
export function useHostFactsQuery(id?: string) {
  const api = useApi();
  const scope = useScope();
  const connection = id ?? scope;
  return useQuery({ queryKey: [hostFactsKey, connection], queryFn: ({ signal }) => api['host.facts']({ connection }, { signal }) });
}

/** What the computer is that Tapestry runs on, with the query's state; asked once. */
export function useComputerFacts() {
  const api = useApi();
  return useQuery<ComputerFacts>({ queryKey: computerFactsKey, queryFn: ({ signal }) => api['computer.facts']({}, { signal }) });
}
