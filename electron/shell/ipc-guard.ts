import type { IpcMain, IpcMainEvent, MessagePortMain } from 'electron';
import { portChannel } from '../../shared/desktop-bridge.ts';
import { pageOrigin } from './protocol.ts';

/** Is the sender the top frame of our own page? A frame that has gone meanwhile (`senderFrame` null) is not. */
export function isOurPage(event: Pick<IpcMainEvent, 'senderFrame'>): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame.parent === null && frame.origin === pageOrigin;
}

/**
 * Takes the one message that pages may send: their end of a connection. A message from elsewhere, or without exactly one
 * port, is dropped with a line in the log, and its ports are closed.
 * @param accept gets the main process's end, not yet started
 */
export function acceptConnections(
  ipcMain: Pick<IpcMain, 'on'>,
  accept: (port: MessagePortMain) => void,
  log: (error: unknown) => void,
): void {
  ipcMain.on(portChannel, (event) => {
    const [port, ...more] = event.ports;
    if (port !== undefined && more.length === 0 && isOurPage(event)) {
      accept(port);
      return;
    }
    for (const stray of event.ports) stray.close();
    log(new Error(`refused a connection from ${event.senderFrame?.url ?? 'a frame that is gone'} with ${event.ports.length} ports`));
  });
}
