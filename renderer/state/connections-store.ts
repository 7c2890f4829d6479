import type { QueryClient } from '@tanstack/react-query';
import type { ConnectionInfo, ConnectionState } from '../../shared/contract/connections.ts';
import { follow, wakeFeeds, type Link } from '../link/api.ts';

/** What the window knows of the connections, in the host's order; outside React, since every row of a list asks. */
export interface ConnectionsStore {
  /** Undefined until they are known. */
  readonly get: () => readonly ConnectionInfo[] | undefined;
  readonly subscribe: (listener: () => void) => () => void;
  stop(): void;
}

/** Is what a query asked about this connection? Each that is has it as the second part of its key. */
function isAbout(connection: string) {
  return ({ queryKey }: { readonly queryKey: readonly unknown[] }): boolean => queryKey[1] === connection;
}

/** Those of the connections that say the same as before are the same objects: what shows them need not be drawn again. */
function keepSame(before: readonly ConnectionInfo[] | undefined, now: readonly ConnectionInfo[]): readonly ConnectionInfo[] {
  return now.map((one) => {
    const known = before?.find(({ id }) => id === one.id);
    return known !== undefined && JSON.stringify(known) === JSON.stringify(one) ? known : one;
  });
}

/**
 * Follows `connections.watch`. When a connection is back, all that is shown of it is asked for anew, and what follows something of it goes on
 * at once.
 */
export function createConnectionsStore(link: Link, queries: QueryClient): ConnectionsStore {
  let known: readonly ConnectionInfo[] | undefined;
  const listeners = new Set<() => void>();
  const stop = follow(
    link,
    (api, signal) => api['connections.watch']({}, { signal }),
    (told) => {
      const before = new Map<string, ConnectionState['kind']>(known?.map(({ id, state }) => [id, state.kind]));
      known = keepSame(known, told);
      for (const listener of listeners) listener();
      const back = told.filter(({ id, state }) => state.kind === 'connected' && before.has(id) && before.get(id) !== 'connected');
      for (const { id } of back) void queries.invalidateQueries({ predicate: isAbout(id) });
      if (back.length > 0) wakeFeeds(link);
    },
  );
  return {
    get: () => known,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop,
  };
}

/** Those that are away: of their machines it isn't known whether they run. Pure. */
export function awayOf(connections: readonly ConnectionInfo[] | undefined): ReadonlySet<string> {
  return new Set(connections?.filter(({ state }) => state.kind !== 'connected').map(({ id }) => id));
}
