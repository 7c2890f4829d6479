import { useSyncExternalStore } from 'react';
import type { LinkStatus } from '../link/api.ts';
import { useServices } from './services.ts';

/** How the link to the host stands. */
export function useLinkStatus(): LinkStatus {
  const { link } = useServices();
  return useSyncExternalStore(link.subscribe, link.status);
}

/** True while what the window shows may be out of date. */
export function useLost(): boolean {
  const { kind } = useLinkStatus();
  return kind === 'lost' || kind === 'refused';
}

/** Why a command can't be given while {@link useLost}. */
export const connectionLost = 'The connection to Tapestry is lost';

/** {@link connectionLost} while it is so: the reason of a button whose command needs the host. */
export function useLostReason(): string | undefined {
  return useLost() ? connectionLost : undefined;
}
