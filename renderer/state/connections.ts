import { createContext, useContext, useSyncExternalStore } from 'react';
import type { ConnectionInfo } from '../../shared/contract/connections.ts';
import { embeddedConnection } from '../../shared/contract/references.ts';
import { useServices } from './services.ts';

/** All connections in the host's order; undefined until they are known. */
export function useConnections(): readonly ConnectionInfo[] | undefined {
  const { connections } = useServices();
  return useSyncExternalStore(connections.subscribe, connections.get);
}

const Scope = createContext<string>(embeddedConnection);

/** Says which connection everything below is about: a machine's page, a dialog, the network of one host. */
export const ConnectionScope = Scope.Provider;

/** The connection that this part of the window is about; the embedded one where nothing else is said. */
export function useScope(): string {
  return useContext(Scope);
}

/** One connection; undefined until known, or when there is none. @param id by default the one that this part of the window is about */
export function useConnection(id?: string): ConnectionInfo | undefined {
  const scope = useScope();
  const { connections } = useServices();
  return useSyncExternalStore(connections.subscribe, () => connections.get()?.find((one) => one.id === (id ?? scope)));
}
