import { useQuery } from '@tanstack/react-query';
import type { Identified, OsFacts } from '../../shared/contract/os.ts';
import { useScope } from '../state/connections.ts';
import { useApi } from '../state/services.ts';
import { useRefusal } from '../state/use-link-status.ts';

/** What a medium is, and the operating system on it. */
export interface Recognised {
  /** undefined: it isn't looked at yet, or can't be. */
  readonly found: Identified | undefined;
  /** osinfo's id of the system that is taken; undefined for none. */
  readonly id: string | undefined;
  readonly facts: OsFacts | undefined;
}

/** Nobody's system, chosen by hand. */
export const otherSystem = 'other';

/**
 * Looks at a medium, and up what its operating system needs. Of several that it may be the newest is taken, which the host names last.
 * @param chosen the system that was chosen by hand, or {@link otherSystem}
 */
export function useRecognised(path: string, chosen: string | undefined): Recognised {
  const api = useApi();
  const connection = useScope();
  const unread = useRefusal('identify') !== undefined;
  const unlisted = useRefusal('operating-systems') !== undefined;
  const found = useQuery({
    queryKey: ['identify', connection, path],
    enabled: path.startsWith('/') && !unread,
    staleTime: 0,
    queryFn: ({ signal }) => api['os.identify']({ connection, path }, { signal }),
  }).data;
  const known = found?.systems.some(({ id }) => id === chosen) === true || chosen === otherSystem ? chosen : found?.systems.at(-1)?.id;
  const id = known === otherSystem ? undefined : known;
  const facts = useQuery({
    queryKey: ['os-facts', connection, id ?? ''],
    enabled: id !== undefined && !unlisted,
    queryFn: ({ signal }) => api['os.facts']({ connection, os: id ?? '' }, { signal }),
  }).data;
  return { found, id, facts: id === undefined ? undefined : facts };
}
