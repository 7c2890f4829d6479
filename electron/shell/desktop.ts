import path from 'node:path';
import type * as Electron from 'electron';
import { TapestryError } from '../../shared/errors.ts';
import { portTransport } from '../../shared/rpc/port-transport.ts';
import type { Transport } from '../../shared/rpc/protocol.ts';
import { acceptConnections } from './ipc-guard.ts';
import { mainPort } from './main-port.ts';
import { setMenus } from './menu.ts';
import { lockNavigation, lockSession } from './policies.ts';
import { pageScheme, servePage } from './protocol.ts';
import { claimSingleInstance } from './single-instance.ts';
import { fitToScreens, readWindowState, writeWindowState, type WindowState } from './window-state.ts';
import { openWindow } from './window.ts';

/** What the desktop app shows: the backend, opened once for all its windows. */
export interface DesktopRuntime {
  /** Serves the API on one connection until that ends. */
  serve(transport: Transport): void;
  /** Resolves when no job goes on in this process. */
  idle(): Promise<void>;
  /** Cancels jobs that go on here and lets go of the state; running machines go on. */
  close(): Promise<void>;
}

/** The desktop app's surroundings. */
export interface DesktopOptions {
  readonly electron: Pick<
    typeof Electron,
    'app' | 'BrowserWindow' | 'dialog' | 'ipcMain' | 'Menu' | 'protocol' | 'screen' | 'session' | 'shell'
  >;
  /** Folder of the window's build. */
  readonly page: string;
  /** Path of the built preload script. */
  readonly preload: string;
  /** Opens the backend, or attaches to the host that has it open. */
  readonly openRuntime: () => Promise<DesktopRuntime>;
  /** Effective user id; undefined where the system has none. */
  readonly uid: number | undefined;
  readonly log: (error: unknown) => void;
}

/**
 * Runs the desktop app: what must come before Electron is ready at once, the rest when it is. Electron's own sandbox refuses
 * root; should that ever change, this refuses too, since a window has no business with root's rights.
 * @returns resolves when the window was told to load, or the app to quit
 */
export async function runDesktop(options: DesktopOptions): Promise<void> {
  const { electron, log } = options;
  const { app } = electron;
  if (options.uid === 0) {
    log('Tapestry’s window does not run as root. Run `tapestry serve` instead: it serves the same app to your browser.');
    app.exit(1);
    return;
  }
  electron.protocol.registerSchemesAsPrivileged([pageScheme]);
  app.enableSandbox();
  let window: Electron.BrowserWindow | undefined;
  let reopen: () => void = () => undefined; // until there is something to open
  if (
    !claimSingleInstance(
      app,
      () => window,
      () => reopen(),
    )
  ) {
    app.quit();
    return;
  }
  lockNavigation(app, electron.shell, log);
  const stateFile = path.join(app.getPath('userData'), 'window.json');
  // Started now, in use when Electron is ready.
  const remembered = readWindowState(stateFile, log);
  const opening = options.openRuntime().then(
    (runtime) => ({ runtime }),
    (error: unknown) => ({ error }),
  );

  await app.whenReady();
  electron.protocol.handle('app', servePage(options.page));
  lockSession(electron.session.defaultSession);

  const outcome = await opening;
  if ('error' in outcome) {
    log(outcome.error);
    electron.dialog.showErrorBox('Tapestry can’t start', sentence(outcome.error));
    app.exit(1);
    return;
  }
  const { runtime } = outcome;

  let saving: Promise<void> = Promise.resolve();
  const save = (state: WindowState) => {
    saving = saving.then(() => writeWindowState(stateFile, state)).catch(log);
  };
  acceptConnections(electron.ipcMain, (port) => runtime.serve(portTransport(mainPort(port))), log);
  let openings = 0;
  app.on('window-all-closed', () => {
    // Jobs go on without a window. One that was opened again meanwhile is another end's.
    const opened = openings;
    runtime
      .idle()
      .catch(log)
      .finally(() => {
        if (openings === opened) app.quit();
      });
  });
  endWithCare(
    app,
    async () => {
      await saving;
      await runtime.close();
    },
    log,
  );

  const open = async (place: ReturnType<typeof readWindowState>): Promise<void> => {
    openings += 1;
    const areas = electron.screen.getAllDisplays().map(({ workArea }) => workArea);
    const opened = openWindow({
      Window: electron.BrowserWindow,
      preload: options.preload,
      packaged: app.isPackaged,
      state: fitToScreens(await place, areas),
      save,
      leave: async (over) => {
        const { response } = await electron.dialog.showMessageBox(over, {
          type: 'question',
          title: 'Tapestry',
          message: 'Leave with unapplied changes?',
          detail: 'What you typed and did not apply is lost when the window closes. Machines go on running.',
          buttons: ['Stay', 'Leave'],
          defaultId: 0,
          cancelId: 0,
        });
        return response === 1;
      },
      log,
    });
    window = opened.window;
    setMenus(electron.Menu, window.webContents);
    window.on('closed', () => {
      window = undefined;
    });
    await opened.loaded;
  };
  reopen = () => {
    saving.then(() => open(readWindowState(stateFile, log))).catch(log);
  };
  await open(remembered);
}

/** Holds the app's end until `finish` has settled; a second request to quit meanwhile changes nothing. */
const endWithCare = (app: Pick<Electron.App, 'on' | 'quit'>, finish: () => Promise<void>, log: (error: unknown) => void): void => {
  let finished: 'no' | 'under way' | 'yes' = 'no';
  app.on('will-quit', (event) => {
    if (finished === 'yes') return;
    event.preventDefault();
    if (finished === 'under way') return;
    finished = 'under way';
    void finish()
      .catch(log)
      .finally(() => {
        finished = 'yes';
        app.quit();
      });
  });
};

/** What a person reads of an error: its sentence and, where there is one, the next step. */
const sentence = (error: unknown): string => {
  if (!(error instanceof TapestryError)) return error instanceof Error ? error.message : String(error);
  return error.data.next === undefined ? error.message : `${error.message}\n\n${error.data.next}`;
};
