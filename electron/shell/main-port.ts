import type { MessagePortMain } from 'electron';
import type { PortLike } from '../../shared/rpc/port-transport.ts';

/** Electron's port in the main process as the transport wants it: messages come as events with `data`, the end as `close`. */
export function mainPort(port: MessagePortMain): PortLike {
  return {
    postMessage: (message) => port.postMessage(message),
    start: () => port.start(),
    close: () => port.close(),
    on: (type, listener) => {
      if (type === 'message') port.on('message', ({ data }) => listener({ data }));
      else port.on('close', () => listener({}));
    },
  };
}
