import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as electron from 'electron';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { portChannel } from '../../shared/desktop-bridge.ts';
import { TapestryError } from '../../shared/errors.ts';
import type { Transport } from '../../shared/rpc/protocol.ts';
import { app, pageSends, reset, session, state } from '../testing/electron-double.ts';
import { runDesktop, type DesktopOptions } from './desktop.ts';

const page = { parent: null, origin: 'app://bundle', url: 'app://bundle/index.html' };

let folder: string;
let served: Transport[];
let closed: number;
let logged: unknown[];
/** Resolves when no job goes on. */
let idle: Promise<void>;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tapestry-shell-'));
  reset();
  state.userData = folder;
  served = [];
  closed = 0;
  logged = [];
  idle = Promise.resolve();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const options = (more: Partial<DesktopOptions> = {}): DesktopOptions => ({
  electron,
  page: folder,
  preload: '/build/preload.cjs',
  uid: 1000,
  log: (error) => logged.push(error),
  openRuntime: () =>
    Promise.resolve({
      serve: (transport) => void served.push(transport),
      idle: () => idle,
      close: () => {
        closed += 1;
        return Promise.resolve();
      },
    }),
  ...more,
});

it('opens one sandboxed window on the page of our own scheme', async () => {
  await runDesktop(options());
  expect(state.schemes).toEqual([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } }]);
  expect(state.log).toContain('enableSandbox');
  expect(state.windows.map(({ url }) => url)).toEqual(['app://bundle/index.html']);
  expect(state.windows[0]?.options.webPreferences).toEqual({
    preload: '/build/preload.cjs',
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    spellcheck: false,
    devTools: true,
  });
  expect(state.applicationMenu).toBeNull();
  expect(logged).toEqual([]);
});

it('leaves no developer tools in a package', async () => {
  state.packaged = true;
  await runDesktop(options());
  expect(state.windows[0]?.options.webPreferences?.devTools).toBe(false);
});

it('shows the window when its page has loaded even if it is never ready to show', async () => {
  await runDesktop(options());
  const [window] = state.windows;
  expect(window?.calls).toEqual([]);
  window?.webContents.emit('did-finish-load');
  window?.emit('ready-to-show');
  expect(window?.calls).toEqual(['show']);
});

it('asks before it closes or reloads a page that holds unapplied edits, and closes one that holds none', async () => {
  await runDesktop(options());
  const [window] = state.windows;
  if (!window) throw new Error('no window');
  window.webContents.keeps = true;
  window.close();
  await vi.waitFor(() => expect(state.questions).toHaveLength(1));
  expect(state.questions[0]).toMatchObject({ buttons: ['Stay', 'Leave'], defaultId: 0, cancelId: 0 });
  expect(window.calls).not.toContain('closed');
  state.answer = 1;
  window.webContents.reload();
  await vi.waitFor(() => expect(window.webContents.reloads).toBe(1));
  expect(window.calls).not.toContain('closed');
  window.close();
  await vi.waitFor(() => expect(window.calls).toContain('closed'));
  expect(state.questions).toHaveLength(3);
  window.webContents.keeps = false;
  window.close();
  expect(state.questions).toHaveLength(3);
});

it('serves the API on the port that our page sends', async () => {
  await runDesktop(options());
  const { page: ends } = pageSends(portChannel, page);
  expect(served).toHaveLength(1);
  const received: unknown[] = [];
  served[0]?.start({ message: (message) => received.push(message), bytes: () => undefined, closed: () => received.push('closed') });
  ends[0]?.postMessage({ t: 'hello' });
  await vi.waitFor(() => expect(received).toEqual([{ t: 'hello' }]));
  ends[0]?.close();
  await vi.waitFor(() => expect(received).toEqual([{ t: 'hello' }, 'closed']));
});

it.each([
  ['a frame inside the page', { parent: {}, origin: 'app://bundle', url: 'app://bundle/index.html' }, 1],
  ['another origin', { parent: null, origin: 'https://example.invalid', url: 'https://example.invalid/' }, 1],
  ['a frame that is gone', null, 1],
  ['our page without a port', page, 0],
  ['our page with two ports', page, 2],
])('refuses a connection from %s and closes its ports', async (_name, sender, ports) => {
  await runDesktop(options());
  const { main } = pageSends(portChannel, sender, ports);
  expect(served).toEqual([]);
  expect(logged).toHaveLength(1);
  await Promise.all(main.map(async (port) => port.closed || once(port, 'close')));
  expect(main.every((port) => port.closed)).toBe(true);
});

it('refuses root by name of the browser host and opens nothing', async () => {
  await runDesktop(options({ uid: 0 }));
  expect(String(logged[0])).toContain('tapestry serve');
  expect(state.log).toEqual(['exit 1']);
  expect(state.windows).toEqual([]);
});

it('ends at once when another instance runs, without opening the state', async () => {
  state.singleInstance = false;
  const openRuntime = vi.fn<DesktopOptions['openRuntime']>();
  await runDesktop(options({ openRuntime }));
  expect(openRuntime).not.toHaveBeenCalled();
  expect(state.log).toContain('quit');
  expect(state.windows).toEqual([]);
});

it('brings its window forward when it is started a second time', async () => {
  await runDesktop(options());
  const [window] = state.windows;
  if (window !== undefined) window.minimized = true;
  app.emit('second-instance');
  expect(window?.calls).toEqual(['restore', 'show', 'focus']);
});

it('says why the backend could not be opened, and what to do', async () => {
  const error = new TapestryError('state-owned', 'Another host has the state open.', { next: 'Close it.' });
  await runDesktop(options({ openRuntime: () => Promise.reject(error) }));
  expect(state.errorBoxes).toEqual([{ title: 'Tapestry can’t start', content: 'Another host has the state open.\n\nClose it.' }]);
  expect(state.windows).toEqual([]);
  expect(state.log).toContain('exit 1');
});

it('remembers where the window was, and lets go of the backend before it ends', async () => {
  await runDesktop(options());
  const [window] = state.windows;
  if (window === undefined) throw new Error('no window');
  window.bounds = { x: 100, y: 50, width: 1000, height: 700 };
  window.maximized = true;
  window.emit('close');
  app.emit('window-all-closed');
  app.quit(); // asked twice while it is under way
  await vi.waitFor(() => expect(state.log.at(-1)).toBe('quit'));
  expect(state.log.slice(-3)).toEqual(['quit prevented', 'quit prevented', 'quit']);
  expect(closed).toBe(1);
  expect(JSON.parse(await readFile(path.join(folder, 'window.json'), 'utf8'))).toEqual({
    x: 100,
    y: 50,
    width: 1000,
    height: 700,
    maximized: true,
  });
  expect(await readdir(folder)).toEqual(['window.json']);

  reset();
  state.userData = folder;
  await runDesktop(options());
  const [again] = state.windows;
  expect(again?.options).toMatchObject({ x: 100, y: 50, width: 1000, height: 700 });
  again?.emit('ready-to-show');
  expect(again?.maximized).toBe(true);
});

it('goes on without a window while a job does, opens one when it is started again, and ends with the job otherwise', async () => {
  const job = Promise.withResolvers<void>();
  idle = job.promise;
  await runDesktop(options());
  state.windows[0]?.emit('closed');
  app.emit('window-all-closed');
  app.emit('second-instance');
  await vi.waitFor(() => expect(state.windows.map(({ url }) => url)).toEqual(['app://bundle/index.html', 'app://bundle/index.html']));
  job.resolve();
  await idle;
  expect(state.log).not.toContain('quit');
  state.windows[1]?.emit('closed');
  app.emit('window-all-closed');
  await vi.waitFor(() => expect(state.log.at(-1)).toBe('quit'));
  expect(closed).toBe(1);
});

it('ends even when the backend can not be closed, and says so', async () => {
  const broken = { serve: () => undefined, idle: () => Promise.resolve(), close: () => Promise.reject(new Error('stuck')) };
  await runDesktop(options({ openRuntime: () => Promise.resolve(broken) }));
  app.emit('window-all-closed');
  await vi.waitFor(() => expect(state.log.at(-1)).toBe('quit'));
  expect(String(logged[0])).toContain('stuck');
});

it('starts in the default place when the remembered one is garbage, and says so', async () => {
  await writeFile(path.join(folder, 'window.json'), '{"width": -1');
  await runDesktop(options());
  expect(state.windows[0]?.options).toMatchObject({ width: 1280, height: 800 });
  expect(logged).toHaveLength(1);
});

it('locks the session that the window uses', async () => {
  await runDesktop(options());
  expect(session.defaultSession.request).toBeDefined();
  expect(session.defaultSession.check).toBeDefined();
  expect(session.defaultSession.device).toBeDefined();
  expect(session.defaultSession.beforeRequest).toBeDefined();
});

it('offers the text menu where there is text', async () => {
  await runDesktop(options());
  const contents = state.windows[0]?.webContents;
  contents?.emit('context-menu', {}, { isEditable: false, selectionText: ' ' });
  expect(state.popups).toEqual([]);
  contents?.emit('context-menu', {}, { isEditable: false, selectionText: 'word' });
  contents?.emit('context-menu', {}, { isEditable: true, selectionText: '' });
  expect(state.popups.map((items) => items.map(({ role }) => role).filter((role) => role !== undefined))).toEqual([
    ['copy'],
    ['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll'],
  ]);
});
