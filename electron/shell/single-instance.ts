import type { App, BrowserWindow } from 'electron';

/**
 * Makes this the user's only desktop app: a second start shows the first one's window and ends.
 * @param reopen opens a window where the first one has none any more
 * @returns false when another instance is running; the caller quits then
 */
export function claimSingleInstance(
  app: Pick<App, 'requestSingleInstanceLock' | 'on'>,
  window: () => Pick<BrowserWindow, 'isMinimized' | 'restore' | 'show' | 'focus'> | undefined,
  reopen: () => void,
): boolean {
  if (!app.requestSingleInstanceLock()) return false;
  app.on('second-instance', () => {
    const first = window();
    if (first === undefined) return reopen();
    if (first.isMinimized()) first.restore();
    first.show();
    first.focus();
  });
  return true;
}
