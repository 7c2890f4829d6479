import { useEffect, useState } from 'react';
import type { ScreensState } from '../../shared/contract/screens.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { follow } from '../link/api.ts';
import { useServices } from '../state/services.ts';
import { refusal, useStanding } from '../state/use-link-status.ts';

/** What there is to be seen of a machine, as it changes; undefined until it is known. A connection that shows no screens has none. */
export function useScreens(machine: MachineSummary): ScreensState | undefined {
  const { link } = useServices();
  const { connection } = useStanding(machine.connection);
  const refused = refusal({ away: undefined, connection }, 'screen', machine) !== undefined;
  const [seen, setSeen] = useState<ScreensState>();
  const { connection: of, uuid } = machine;
  useEffect(() => {
    if (refused) return undefined;
    return follow(link, (api, signal) => api['screens.watch']({ machine: { connection: of, uuid } }, { signal }), setSeen);
  }, [link, of, uuid, refused]);
  return refused ? none : seen;
}

const none: ScreensState = { screens: [], displays: [], clipboard: 'none' };
