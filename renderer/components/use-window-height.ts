import { useSyncExternalStore } from 'react';

/** A window of this height has room for a strip of several rows above a form, px (48 rem at the usual font size). */
export const roomyHeight = 768;

/** Below this height what is told above a page is one line, px (34 rem at the usual font size, as in machine-tabs.css). */
export const lowHeight = 544;

const watchHeight = (changed: () => void) => {
  addEventListener('resize', changed);
  return () => removeEventListener('resize', changed);
};

/** Is the window at least this high now, CSS px; at 200 % a window has half as many as it seems. */
export function useWindowAtLeast(px: number): boolean {
  return useSyncExternalStore(watchHeight, () => innerHeight >= px);
}
