import type { BrowserWindow, BrowserWindowConstructorOptions } from 'electron';
import { pageUrl } from './protocol.ts';
import { leastSize, type WindowState } from './window-state.ts';

/** How long a window that never says it is ready stays hidden. ms. */
const showAnyway = 2000;

/** How long the window must have been left alone before its place is written. ms. */
const settle = 500;

/**
 * The options of every window: a sandboxed, isolated page that reaches the host through the preload script alone.
 * @param preload path of the built preload script
 * @param packaged developer tools are for checkouts
 */
export function windowOptions(state: WindowState, preload: string, packaged: boolean): BrowserWindowConstructorOptions {
  return {
    ...(state.x !== undefined && state.y !== undefined ? { x: state.x, y: state.y } : {}),
    width: state.width,
    height: state.height,
    minWidth: leastSize.width,
    minHeight: leastSize.height,
    show: false,
    title: 'Tapestry',
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
      devTools: !packaged,
    },
  };
}

/** What openWindow needs of its surroundings. */
export interface OpenWindowOptions {
  readonly Window: new (options: BrowserWindowConstructorOptions) => BrowserWindow;
  readonly preload: string;
  readonly packaged: boolean;
  readonly state: WindowState;
  /** Called some time after the window came to rest in another place, and when it closes. */
  readonly save: (state: WindowState) => void;
  /** Asks whether to close a page that holds unapplied edits; true closes it. */
  readonly leave: (window: BrowserWindow) => Promise<boolean>;
  readonly log: (error: unknown) => void;
}

/** Opens the app's window on our page and tells where the user puts it. */
export function openWindow({ Window, preload, packaged, state, save, leave, log }: OpenWindowOptions): {
  window: BrowserWindow;
  loaded: Promise<void>;
} {
  const window = new Window(windowOptions(state, preload, packaged));
  let shown = false;
  const show = () => {
    if (shown || window.isDestroyed()) return;
    shown = true;
    clearTimeout(timer);
    if (state.maximized) window.maximize();
    window.show();
  };
  // On Wayland `ready-to-show` may never come for a hidden window (electron#48859).
  window.once('ready-to-show', show);
  window.webContents.once('did-finish-load', show);
  const timer = setTimeout(show, showAnyway);

  // Electron shows no question of its own: a page that wants one would just stay, without a word. Ours doesn't hold up the host that
  // lives in this process, so the page stays first, and goes when the answer is there.
  let allowed = false;
  let closing = false;
  window.webContents.on('will-prevent-unload', (event) => {
    if (allowed) {
      allowed = false;
      event.preventDefault();
      return;
    }
    const close = closing;
    closing = false;
    leave(window)
      .then((yes) => {
        if (!yes || window.isDestroyed()) return;
        allowed = true;
        if (close) window.close();
        else window.webContents.reload();
      })
      .catch(log);
  });

  let pending: NodeJS.Timeout | undefined;
  // The place of a maximized window is the one it goes back to.
  const remember = () => save({ ...window.getNormalBounds(), maximized: window.isMaximized() });
  const moved = () => {
    clearTimeout(pending);
    pending = setTimeout(remember, settle);
  };
  window.on('resize', moved);
  window.on('move', moved);
  window.on('maximize', moved);
  window.on('unmaximize', moved);
  window.on('close', () => {
    closing = true;
    clearTimeout(pending);
    clearTimeout(timer);
    remember();
  });
  return { window, loaded: window.loadURL(pageUrl) };
}
