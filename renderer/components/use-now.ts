import { useCallback, useSyncExternalStore } from 'react';
import { clockTime, subscribeClock } from '../state/clock.ts';

const asleep = () => () => undefined;

/**
 * What the present time says, renewed once a second while the window is visible; renders again only when it says something else.
 * @param select makes a plain value (a number, words) of the time, ms since the epoch
 */
export function useClock<T extends string | number | boolean | undefined>(select: (now: number) => T, active = true): T {
  return useSyncExternalStore(active ? subscribeClock : asleep, () => select(clockTime()));
}

/** The present time (ms since the epoch) in steps of `every` ms while `active`; for ages on the screen. */
export function useNow(every: number, active = true): number {
  const step = useCallback((now: number) => Math.floor(now / every) * every, [every]);
  return useClock(step, active);
}
