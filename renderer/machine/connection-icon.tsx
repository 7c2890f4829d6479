import { IconDeviceDesktop, IconLoader2, IconServer2, IconServerOff } from '@tabler/icons-react';
import type { ConnectionInfo } from '../../shared/contract/connections.ts';
import { embeddedConnection } from '../../shared/contract/references.ts';

/** A connection as a picture: this computer, a server, a struck one, or one that is being connected. Its word stands beside it. */
export function ConnectionIcon({ connection }: { readonly connection: Pick<ConnectionInfo, 'id' | 'state'> }) {
  const { id, state } = connection;
  if (state.kind === 'connecting') return <IconLoader2 size={15} aria-hidden className="turning" />;
  if (state.kind !== 'connected') return <IconServerOff size={15} aria-hidden />;
  return id === embeddedConnection ? <IconDeviceDesktop size={15} aria-hidden /> : <IconServer2 size={15} aria-hidden />;
}
