import { contract } from '../shared/contract/index.ts';
import { bridgeName, portMessageType, type DesktopBridge, type PortMessage } from '../shared/desktop-bridge.ts';
import { TapestryError } from '../shared/errors.ts';
import { connect as connectClient } from '../shared/rpc/client.ts';
import { portTransport } from '../shared/rpc/port-transport.ts';
import { webSocketTransport } from '../shared/rpc/websocket-transport.ts';
import type { Connect, Session } from './api.ts';

/** Longest wait for a host that takes the connection but doesn't answer, ms. */
const patience = 10_000;

const isBridge = (value: unknown): value is DesktopBridge =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'electron' && 'connect' in value;

/** The desktop host's object in the page, when this page runs in the desktop window. */
export const desktopBridge = (): DesktopBridge | undefined => {
  const value: unknown = Reflect.get(globalThis, bridgeName);
  return isBridge(value) ? value : undefined;
};

const isPortMessage = (data: unknown): data is PortMessage =>
  typeof data === 'object' && data !== null && 'type' in data && data.type === portMessageType && 'nonce' in data;

/** Asks the preload script for a port and waits for it. */
async function connectDesktop(bridge: DesktopBridge, signal: AbortSignal): Promise<Session> {
  const nonce = crypto.randomUUID();
  const port = await new Promise<MessagePort>((resolve, reject) => {
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    const end = (done: () => void) => {
      removeEventListener('message', onMessage);
      done();
    };
    const onMessage = (event: MessageEvent<unknown>) => {
      if (event.source !== window || !isPortMessage(event.data) || event.data.nonce !== nonce) return;
      const [given] = event.ports;
      if (given) end(() => resolve(given));
    };
    addEventListener('message', onMessage);
    timeout.addEventListener('abort', () => end(() => reject(new TapestryError('deadline', 'The desktop host did not answer.'))), {
      once: true,
    });
    bridge.connect(nonce);
  });
  const { api, closed, close } = connectClient(contract, portTransport(port));
  return { client: api, closed: closed.then(() => undefined), close };
}

/** The page's WebSocket to the browser host; the cookie that came for the token lets it in. */
async function connectBrowser(signal: AbortSignal): Promise<Session> {
  await exchangeToken(signal);
  const address = new URL('api', location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.hash = '';
  const socket = new WebSocket(address);
  await new Promise<void>((resolve, reject) => {
    const failed = () => reject(new TapestryError('closed', 'Tapestry’s host can’t be reached.'));
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('error', failed, { once: true });
    signal.addEventListener('abort', () => (socket.close(), failed()), { once: true });
  });
  const { api, closed, close } = connectClient(contract, webSocketTransport(socket));
  return { client: api, closed: closed.then(() => undefined), close };
}

async function exchangeToken(_signal: AbortSignal): Promise<void> {}

/** Opens a link to whichever host serves this page. */
export const connectToHost: Connect = (signal) => {
  const bridge = desktopBridge();
  return bridge ? connectDesktop(bridge, signal) : connectBrowser(signal);
};
