import type { Activity } from '../../shared/contract/computer.ts';
import { follow, type Link } from '../link/api.ts';
import { useSyncExternalStore } from 'react';

/** What we did in all connections, oldest first, at most {@link activityLimit} lines. */
export interface ActivityStore {
  readonly lines: () => readonly Activity[];
  readonly subscribe: (listener: () => void) => () => void;
  stop(): void;
}

export const activityLimit = 500;

/** Follows `computer.activity`. After a reconnect the host sends the recent lines again: known ones are not doubled. */
export function createActivityStore(link: Link): ActivityStore {
  let lines: readonly Activity[] = [];
  const listeners = new Set<() => void>();
  const stop = follow(
    link,
    (api, signal) => api['computer.activity']({}, { signal }),
    (line) => {
      if (lines.some((known) => known.at === line.at && known.text === line.text && known.connection === line.connection)) return;
      lines = [...lines, line].slice(-activityLimit);
      for (const listener of listeners) listener();
    },
  );
  return {
    lines: () => lines,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop,
  };
}

/** All known activity, oldest first. */
export function useActivity(store: ActivityStore): readonly Activity[] {
  return useSyncExternalStore(store.subscribe, store.lines);
}
