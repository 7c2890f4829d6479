import { useSyncExternalStore } from 'react';
import type { MachineStats } from '../../shared/contract/machines.ts';
import { follow, type Link } from '../link/api.ts';

/** Samples kept for each machine: one a second, so as many seconds. */
export const historyLength = 60;

const none: readonly MachineStats[] = [];

/** Recent samples of running machines. Cells subscribe to one machine, so that a sample renders that cell alone. */
export interface StatsStore {
  history(uuid: string): readonly MachineStats[];
  subscribe(uuid: string, listener: () => void): () => void;
  stop(): void;
}

/** Samples flow only while somebody looks: a subscriber exists and the document is visible. */
export function createStatsStore(link: Link): StatsStore {
  const samples = new Map<string, readonly MachineStats[]>();
  const listeners = new Map<string, Set<() => void>>();
  let unfollow: (() => void) | undefined;

  const take = (batch: readonly MachineStats[]) => {
    for (const sample of batch) {
      const before = samples.get(sample.uuid) ?? none;
      samples.set(sample.uuid, [...before, sample].slice(-historyLength));
      for (const listener of listeners.get(sample.uuid) ?? []) listener();
    }
  };

  const decide = () => {
    const wanted = listeners.size > 0 && document.visibilityState !== 'hidden';
    if (wanted && !unfollow) unfollow = follow(link, (api, signal) => api['machines.stats']({}, { signal }), take);
    else if (!wanted && unfollow) {
      unfollow();
      unfollow = undefined;
    }
  };
  document.addEventListener('visibilitychange', decide);

  return {
    history: (uuid) => samples.get(uuid) ?? none,
    subscribe: (uuid, listener) => {
      const own = listeners.get(uuid) ?? new Set();
      own.add(listener);
      listeners.set(uuid, own);
      decide();
      return () => {
        own.delete(listener);
        if (own.size === 0) listeners.delete(uuid);
        // Changing the page unmounts and mounts: one subscription serves both.
        setTimeout(decide, 0);
      };
    },
    stop: () => {
      document.removeEventListener('visibilitychange', decide);
      listeners.clear();
      unfollow?.();
    },
  };
}

/** The samples of one machine, newest last; none while it doesn't run. */
export function useStats(store: StatsStore, uuid: string, running: boolean): readonly MachineStats[] {
  const samples = useSyncExternalStore(
    (listener) => (running ? store.subscribe(uuid, listener) : () => undefined),
    () => store.history(uuid),
  );
  return running ? samples : none;
}
