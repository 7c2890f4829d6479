import { useMemo, useSyncExternalStore } from 'react';
import type { ConnectionInfo } from '../../shared/contract/connections.ts';
import type { Operation } from '../../shared/contract/operations.ts';
import type { SupportDifferences } from '../../shared/contract/support.ts';
import { whyNot } from '../../shared/contract/support-of.ts';
import type { LinkStatus } from '../link/api.ts';
import { formatClock } from '../words/format.ts';
import { useConnection, useConnections } from './connections.ts';
import { useServices } from './services.ts';

/** How the link to the host stands. */
export function useLinkStatus(): LinkStatus {
  const { link } = useServices();
  return useSyncExternalStore(link.subscribe, link.status);
}

/** Why a command can't be given while the link to the host is lost. */
export const connectionLost = 'The connection to Tapestry is lost';

/** What stands between the window and a connection's machines, and what can be done with them. */
export interface Standing {
  /** Why nothing can be asked of it now, a sentence for a tooltip; undefined when something can. What is shown of it is as it was last seen. */
  readonly away: string | undefined;
  /** Undefined until it is known: then everything is offered, and the answer tells. */
  readonly connection: ConnectionInfo | undefined;
}

/** Nothing stands in the way, and nothing is known of what can be done. */
export const open: Standing = { away: undefined, connection: undefined };

/** Why nothing can be asked of a connection as it stands; undefined when something can. Pure. */
export function awayReason(connection: Pick<ConnectionInfo, 'title' | 'state'>): string | undefined {
  const { title, state } = connection;
  switch (state.kind) {
    case 'connected':
      return undefined;
    case 'connecting':
      return `${title} is being connected`;
    case 'needs':
      return `${title} needs something first: ${state.error.message}`;
    case 'offline':
      return `${title} is offline since ${formatClock(state.since)}`;
  }
}

/** Why an operation can't be asked for now: nothing can be asked at all, or the connection says that it can't do it, with this machine. Pure. */
export function refusal(
  { away, connection }: Standing,
  operation: Operation,
  machine?: { readonly support?: SupportDifferences | undefined },
): string | undefined {
  return away ?? (connection && whyNot(operation, connection, machine));
}

/** How a connection stands, and with it the link to the host. @param id by default the connection that this part of the window is about */
export function useStanding(id?: string): Standing {
  const { kind } = useLinkStatus();
  const connection = useConnection(id);
  const lost = kind === 'lost' || kind === 'refused';
  return useMemo(() => ({ away: lost ? connectionLost : connection && awayReason(connection), connection }), [lost, connection]);
}

/** How each connection stands, for what is about machines of several. */
export function useStandings(): (connection: string) => Standing {
  const { kind } = useLinkStatus();
  const connections = useConnections();
  return useMemo(() => {
    const lost = kind === 'lost' || kind === 'refused';
    const standings = new Map<string, Standing>(
      connections?.map((connection) => [connection.id, { away: lost ? connectionLost : awayReason(connection), connection }]),
    );
    const unknown = lost ? { away: connectionLost, connection: undefined } : open;
    return (connection) => standings.get(connection) ?? unknown;
  }, [kind, connections]);
}

/** Why an operation of the connection that this part of the window is about can't be asked for; see {@link refusal}. */
export function useRefusal(operation: Operation, machine?: { readonly support?: SupportDifferences | undefined }): string | undefined {
  return refusal(useStanding(), operation, machine);
}

/** True while what this part of the window shows may be out of date: the link is lost, or its connection is away. */
export function useLost(): boolean {
  return useStanding().away !== undefined;
}

/** Why nothing can be asked of the connection that this part of the window is about; undefined when something can. */
export function useLostReason(): string | undefined {
  return useStanding().away;
}
