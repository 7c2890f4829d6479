import { contract } from '../shared/contract/index.ts';
import { bridgeName, portMessageType, type DesktopBridge, type PortMessage } from '../shared/desktop-bridge.ts';
import { TapestryError } from '../shared/errors.ts';
import { connect as connectClient } from '../shared/rpc/client.ts';
import { portTransport, type PortLike } from '../shared/rpc/port-transport.ts';
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

/** The part of a MessagePort that the transport uses; the DOM's overloads don't fit its narrower type. */
const plain = (port: MessagePort): PortLike => ({
  postMessage: (message) => port.postMessage(message),
  start: () => port.start(),
  close: () => port.close(),
  addEventListener: (type, listener) => port.addEventListener(type, listener as (event: Event) => void),
});

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
  const connected = connectClient(contract, portTransport(plain(port)));
  return { client: connected.api, closed: connected.closed.then(() => undefined), close: () => connected.close() };
}

/** Tells a host that is gone from a session that is over: a socket that is refused says neither. */
async function whyRefused(signal: AbortSignal): Promise<TapestryError> {
  const gone = new TapestryError('closed', 'Tapestry’s host can’t be reached.');
  try {
    const answer = await fetch('/session', { signal, cache: 'no-store' });
    if (answer.status !== 401) return gone;
    return new TapestryError('unauthorized', 'This window’s session is over.', {
      next: 'Open the address that “tapestry serve” printed last; it holds a new token.',
    });
  } catch {
    return gone; // No answer at all is what “gone” means.
  }
}

/** The page's WebSocket to the browser host; the cookie that the page was opened with lets it in. */
async function connectBrowser(signal: AbortSignal): Promise<Session> {
  const socket = new WebSocket(new URL('/api', location.href.replace(/^http/, 'ws')));
  const opened = await new Promise<boolean>((resolve) => {
    socket.addEventListener('open', () => resolve(true), { once: true });
    socket.addEventListener('error', () => resolve(false), { once: true });
    signal.addEventListener('abort', () => (socket.close(), resolve(false)), { once: true });
  });
  if (!opened) throw await whyRefused(signal);
  const connected = connectClient(contract, webSocketTransport(socket));
  return { client: connected.api, closed: connected.closed.then(() => undefined), close: () => connected.close() };
}

/** Opens a link to whichever host serves this page. */
export const connectToHost: Connect = (signal) => {
  const bridge = desktopBridge();
  return bridge ? connectDesktop(bridge, signal) : connectBrowser(signal);
};
