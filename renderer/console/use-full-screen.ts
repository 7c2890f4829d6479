import { useEffect, useSyncExternalStore } from 'react';

/** Keys that a browser keeps for itself are the page's in full screen, where it has this (keyboard-lock, W3C). */
interface KeyboardLock {
  readonly keyboard?: { lock(): Promise<void> };
}

const subscribe = (listener: () => void): (() => void) => {
  document.addEventListener('fullscreenchange', listener);
  return () => document.removeEventListener('fullscreenchange', listener);
};

/**
 * The whole page in full screen: what stands on top of it (menus, dialogs, what is told) stays on top. It ends with the component.
 * @returns whether it is so, and a function that changes it; refused by the browser, it stays as it is
 */
export function useFullScreen(): readonly [full: boolean, toggle: () => Promise<void>] {
  const full = useSyncExternalStore(subscribe, () => document.fullscreenElement instanceof Element);
  useEffect(() => () => void (document.fullscreenElement && document.exitFullscreen()), []);
  const toggle = async () => {
    try {
      if (document.fullscreenElement) return await document.exitFullscreen();
      await document.documentElement.requestFullscreen();
      await (navigator as KeyboardLock).keyboard?.lock();
    } catch {
      // The browser says no by staying as it is; without the lock it keeps some keys, which Send Key has.
    }
  };
  return [full, toggle];
}
