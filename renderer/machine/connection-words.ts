import type { ConnectionInfo } from '../../shared/contract/connections.ts';
import { formatClock } from '../words/format.ts';

/** How a connection stands, in a word or two, where it isn't simply there: `Offline, 09:12`. Pure. */
export function connectionWord({ state }: Pick<ConnectionInfo, 'state'>): string | undefined {
  switch (state.kind) {
    case 'connected':
      return undefined;
    case 'connecting':
      return 'Connecting';
    case 'needs':
      return 'Needs you';
    case 'offline':
      return `Offline, ${formatClock(state.since).replace(/:\d\d$/, '')}`;
  }
}
