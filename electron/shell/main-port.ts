import type { MessagePortMain } from 'electron';
import type { PortLike } from '../../shared/rpc/port-transport.ts';

/** Electron's port in the main process as the transport wants it: messages come as events with `data`, the end as `close`. */
export const mainPort = (port: MessagePortMain): PortLike => ({
  postMessage: (message) => port.postMessage(message),
  start: () => port.start(),
  close: () => port.close(),
  on: (type, listener) => {
    if (type === 'message') port.on('message', ({ data }) => listener({ data }));
    else port.on('close', () => listener({}));
  },
});
