import path from 'node:path';
import { app, BrowserWindow, dialog, ipcMain, Menu, protocol, screen, session, shell } from 'electron';
import { hostConnections } from './runtime/host-connections.ts';
import { openRuntime } from './runtime/runtime.ts';
import { runDesktop } from './shell/desktop.ts';

// What a host writes holds passwords and what was typed: nothing of it is for others, whatever umask the session has.
process.umask(0o077);

/** The desktop host has no terminal of its own to speak to: what goes wrong goes where its start was made from, or to the journal. */
const log = (error: unknown, where = 'desktop'): void => {
  console.error(`tapestry: ${where}:`, error);
};

runDesktop({
  electron: { app, BrowserWindow, dialog, ipcMain, Menu, protocol, screen, session, shell },
  page: path.join(import.meta.dirname, '../renderer'),
  preload: path.join(import.meta.dirname, '../preload/preload.cjs'),
  openRuntime: () => openRuntime({ host: 'desktop', connections: hostConnections({ host: 'desktop', log }), log }),
  uid: process.getuid?.(),
  log,
}).catch((error: unknown) => {
  log(error);
  app.exit(1);
});
