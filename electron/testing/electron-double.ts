// Stands for the `electron` package in tests: the part that our shell uses, tied member by member to electron.d.ts, with the rules
// of the real one that a wiring mistake would break (schemes before ready, one handler per scheme, only ports are transferred).
import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type * as Real from 'electron';

/** What a test can set and see. Call {@link reset} before each. */
export const state = {
  ready: false,
  singleInstance: true,
  packaged: false,
  userData: '/nonexistent',
  areas: [{ x: 0, y: 0, width: 1920, height: 1080 }] as Real.Rectangle[],
  log: [] as string[],
  schemes: [] as Real.CustomScheme[],
  handlers: new Map<string, (request: Request) => Response | Promise<Response>>(),
  windows: [] as BrowserWindow[],
  opened: [] as string[],
  popups: [] as Real.MenuItemConstructorOptions[][],
  applicationMenu: 'default' as 'default' | null,
  errorBoxes: [] as { title: string; content: string }[],
  /** Questions that were asked, and the button that answers them. */
  questions: [] as Real.MessageBoxOptions[],
  answer: 0,
};

class App extends EventEmitter {
  get isPackaged(): boolean {
    return state.packaged;
  }
  readonly whenReady = (): Promise<void> => {
    state.ready = true;
    return Promise.resolve();
  };
  readonly enableSandbox = (): void => {
    if (state.ready) throw new Error('app.enableSandbox() can only be called before app is ready');
    state.log.push('enableSandbox');
  };
  readonly requestSingleInstanceLock = (): boolean => state.singleInstance;
  readonly getPath = (name: string): string => (name === 'userData' ? state.userData : `/nonexistent/${name}`);
  /** Emits will-quit as Electron does; a prevented one stops the quit. */
  readonly quit = (): void => {
    let prevented = false;
    this.emit('will-quit', { preventDefault: () => (prevented = true) });
    state.log.push(prevented ? 'quit prevented' : 'quit');
  };
  readonly exit = (code?: number): void => {
    state.log.push(`exit ${code ?? 0}`);
  };
}
export const app = new App() satisfies Pick<
  typeof Real.app,
  'whenReady' | 'enableSandbox' | 'requestSingleInstanceLock' | 'getPath' | 'quit' | 'exit' | 'isPackaged'
>;

/** Electron's end of a channel, over a real one: what goes through is really cloned. */
export class PortMain extends EventEmitter {
  readonly #port: MessagePort;
  closed = false;
  constructor(port: MessagePort) {
    super();
    this.#port = port;
    port.once('close', () => {
      this.closed = true;
      this.emit('close');
    });
  }
  postMessage(message: unknown, transfer: readonly unknown[] = []): void {
    if (transfer.some((item) => !(item instanceof PortMain))) throw new TypeError('Port at index 0 is not a valid port');
    this.#port.postMessage(message);
  }
  start(): void {
    this.#port.on('message', (data: unknown) => this.emit('message', { data, ports: [] }));
  }
  close(): void {
    this.#port.close();
  }
}

/** What `ipcRenderer.postMessage(channel, null, [port])` does, seen from main: returns the page's end. */
export function pageSends(channel: string, sender: object | null, ports = 1): { page: MessagePort[]; main: PortMain[] } {
  const channels = Array.from({ length: ports }, () => new MessageChannel());
  const main = channels.map(({ port1 }) => new PortMain(port1));
  ipcMain.emit(channel, { senderFrame: sender, ports: main });
  return { page: channels.map(({ port2 }) => port2), main };
}

export const ipcMain = new EventEmitter();
ipcMain.setMaxListeners(1);

export const protocol = {
  registerSchemesAsPrivileged: (schemes: Real.CustomScheme[]) => {
    if (state.ready) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
    if (state.schemes.length > 0) throw new Error('protocol.registerSchemesAsPrivileged can only be called once');
    state.schemes.push(...schemes);
  },
  handle: (scheme: string, handler: (request: Request) => Response | Promise<Response>) => {
    if (!state.ready) throw new Error('protocol.handle needs a ready app');
    if (state.handlers.has(scheme)) throw new Error(`scheme ${scheme} is already handled`);
    state.handlers.set(scheme, handler);
  },
} satisfies Pick<typeof Real.protocol, 'registerSchemesAsPrivileged' | 'handle'>;

type Handler<K extends keyof Real.Session> = Real.Session[K] extends (handler: infer H) => void ? NonNullable<H> : never;

/** A session that keeps what was set on it, so that a test can ask it as Chromium would. */
export class SessionDouble {
  request: Handler<'setPermissionRequestHandler'> | undefined;
  check: Handler<'setPermissionCheckHandler'> | undefined;
  device: Handler<'setDevicePermissionHandler'> | undefined;
  beforeRequest: ((details: Real.OnBeforeRequestListenerDetails, answer: (response: Real.CallbackResponse) => void) => void) | undefined;
  readonly setPermissionRequestHandler = (handler: Handler<'setPermissionRequestHandler'> | null): void => {
    this.request = handler ?? undefined;
  };
  readonly setPermissionCheckHandler = (handler: Handler<'setPermissionCheckHandler'> | null): void => {
    this.check = handler ?? undefined;
  };
  readonly setDevicePermissionHandler = (handler: Handler<'setDevicePermissionHandler'> | null): void => {
    this.device = handler ?? undefined;
  };
  readonly webRequest = {
    onBeforeRequest: (listener: NonNullable<SessionDouble['beforeRequest']>): void => {
      this.beforeRequest = listener;
    },
  };
}
export const session = { defaultSession: new SessionDouble() };

class WebContents extends EventEmitter {
  openHandler: Parameters<Real.WebContents['setWindowOpenHandler']>[0] | undefined;
  readonly setWindowOpenHandler: Real.WebContents['setWindowOpenHandler'] = (handler) => {
    this.openHandler = handler;
  };
  reloads = 0;
  /** Whether the page keeps `beforeunload` back. */
  keeps = false;
  /** Electron's rule: a page that is kept back stays, unless the event is prevented. */
  unloads(): boolean {
    if (!this.keeps) return true;
    let goes = false;
    this.emit('will-prevent-unload', { preventDefault: () => (goes = true) });
    return goes;
  }
  reload(): void {
    if (this.unloads()) this.reloads += 1;
  }
}

export class BrowserWindow extends EventEmitter {
  readonly webContents = new WebContents();
  readonly options: Real.BrowserWindowConstructorOptions;
  readonly calls: string[] = [];
  url = '';
  bounds: Real.Rectangle;
  maximized = false;
  minimized = false;
  constructor(options: Real.BrowserWindowConstructorOptions = {}) {
    super();
    if (!state.ready) throw new Error('Cannot create BrowserWindow before app is ready');
    this.options = options;
    this.bounds = { x: options.x ?? 10, y: options.y ?? 10, width: options.width ?? 800, height: options.height ?? 600 };
    state.windows.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }
  loadURL(url: string): Promise<void> {
    this.url = url;
    return Promise.resolve();
  }
  close(): void {
    this.emit('close', {});
    if (this.webContents.unloads()) this.calls.push('closed');
  }
  show(): void {
    this.calls.push('show');
  }
  focus(): void {
    this.calls.push('focus');
  }
  restore(): void {
    this.minimized = false;
    this.calls.push('restore');
  }
  maximize(): void {
    this.maximized = true;
  }
  isMaximized(): boolean {
    return this.maximized;
  }
  isMinimized(): boolean {
    return this.minimized;
  }
  isDestroyed(): boolean {
    return false;
  }
  getNormalBounds(): Real.Rectangle {
    return this.bounds;
  }
}
const tiedToElectron: new (
  options?: Real.BrowserWindowConstructorOptions,
) => Pick<
  Real.BrowserWindow,
  'loadURL' | 'close' | 'show' | 'focus' | 'restore' | 'maximize' | 'isMaximized' | 'isMinimized' | 'isDestroyed' | 'getNormalBounds'
> = BrowserWindow;
void tiedToElectron;

export const Menu = {
  setApplicationMenu: (menu: Real.Menu | null): void => {
    if (menu === null) state.applicationMenu = null;
  },
  buildFromTemplate: (template: Real.MenuItemConstructorOptions[]) => ({ popup: () => void state.popups.push(template) }),
};

export const dialog = {
  showErrorBox: (title: string, content: string): void => {
    state.errorBoxes.push({ title, content });
  },
  showMessageBox: (_over: unknown, options: Real.MessageBoxOptions): Promise<Real.MessageBoxReturnValue> => {
    state.questions.push(options);
    return Promise.resolve({ response: state.answer, checkboxChecked: false });
  },
} satisfies Record<keyof Pick<typeof Real.dialog, 'showErrorBox' | 'showMessageBox'>, unknown>;

export const screen = { getAllDisplays: () => state.areas.map((workArea) => ({ workArea })) };

export const shell = {
  openExternal: (url: string): Promise<void> => {
    state.opened.push(url);
    return Promise.resolve();
  },
} satisfies Pick<typeof Real.shell, 'openExternal'>;

/** Forgets everything, as if Electron had just been started. */
export function reset(): void {
  Object.assign(state, {
    answer: 0,
    ready: false,
    singleInstance: true,
    packaged: false,
    userData: '/nonexistent',
    applicationMenu: 'default',
  });
  state.areas = [{ x: 0, y: 0, width: 1920, height: 1080 }];
  for (const list of [state.log, state.schemes, state.windows, state.opened, state.popups, state.errorBoxes, state.questions])
    list.length = 0;
  state.handlers.clear();
  app.removeAllListeners();
  ipcMain.removeAllListeners();
  session.defaultSession = new SessionDouble();
}
