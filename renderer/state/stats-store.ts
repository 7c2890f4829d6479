import { useSyncExternalStore } from 'react';
import { keyOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import type { MachineStats } from '../../shared/contract/machines.ts';
import { follow, type Link } from '../link/api.ts';

/** Samples kept for each machine: one a second, so as many seconds. */
export const historyLength = 60;

const none: readonly MachineStats[] = [];

/** Recent samples of running machines. Cells subscribe to one machine, so that a sample renders that cell alone. */
export interface StatsStore {
  history(machine: MachineRef): readonly MachineStats[];
  subscribe(machine: MachineRef, listener: () => void): () => void;
  stop(): void;
}

/** Samples flow only while somebody looks: a subscriber exists and the document is visible. */
export function createStatsStore(link: Link): StatsStore {
  const samples = new Map<string, readonly MachineStats[]>();
  const listeners = new Map<string, Set<() => void>>();
  let unfollow: (() => void) | undefined;

  const take = (batch: readonly MachineStats[]) => {
    for (const sample of batch) {
      const key = keyOf(sample);
      const before = samples.get(key) ?? none;
      samples.set(key, [...before, sample].slice(-historyLength));
      for (const listener of listeners.get(key) ?? []) listener();
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
    history: (machine) => samples.get(keyOf(machine)) ?? none,
    subscribe: (machine, listener) => {
      const key = keyOf(machine);
      const own = listeners.get(key) ?? new Set();
      own.add(listener);
      listeners.set(key, own);
      decide();
      return () => {
        own.delete(listener);
        if (own.size === 0) listeners.delete(key);
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
export function useStats(store: StatsStore, machine: MachineRef, running: boolean): readonly MachineStats[] {
  const samples = useSyncExternalStore(
    (listener) => (running ? store.subscribe(machine, listener) : () => undefined),
    () => store.history(machine),
  );
  return running ? samples : none;
}
