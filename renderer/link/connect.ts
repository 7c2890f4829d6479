import { contract } from '../../shared/contract/index.ts';
import { bridgeName, portMessageType, type DesktopBridge, type PortMessage } from '../../shared/desktop-bridge.ts';
import { TapestryError } from '../../shared/errors.ts';
import { challengeHeader, resumeMessage } from '../../shared/resume-message.ts';
import { connect as connectClient } from '../../shared/rpc/client.ts';
import { portTransport, type PortLike } from '../../shared/rpc/port-transport.ts';
import { webSocketTransport } from '../../shared/rpc/websocket-transport.ts';
import type { Connect, Session } from './api.ts';

/** Longest wait for a host that takes the connection but doesn't answer, ms. */
const patience = 10_000;

const isBridge = (value: unknown): value is DesktopBridge =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'electron' && 'connect' in value;

/** The desktop host's object in the page, when this page runs in the desktop window. */
export function desktopBridge(): DesktopBridge | undefined {
  const value: unknown = Reflect.get(globalThis, bridgeName);
  return isBridge(value) ? value : undefined;
}

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

/**
 * Signs this window on again after the browser host was started anew. In the page's memory alone, and not to be read even there: storage
 * could be read by whatever page is served on this port while the host is away.
 */
let resumeKey: CryptoKey | undefined;

const hmac = { name: 'HMAC', hash: 'SHA-256' };
const post = (address: string, signal: AbortSignal, body?: string) =>
  fetch(address, { method: 'POST', signal, cache: 'no-store', headers: { 'content-type': 'text/plain' }, ...(body && { body }) });

/** Asks the present run of the host for the key that the next one will know. */
async function fetchResumeKey(signal: AbortSignal): Promise<void> {
  const answer = await post('/session/key', signal);
  if (!answer.ok) return;
  resumeKey = await crypto.subtle.importKey('raw', new TextEncoder().encode((await answer.text()).trim()), hmac, false, ['sign']);
}

/** Proves to a new run of the host that this window had a session of an earlier one. @returns whether it has one again */
async function resume(challenge: string | null, signal: AbortSignal): Promise<boolean> {
  if (resumeKey === undefined || challenge === null) return false;
  const signature = await crypto.subtle.sign(hmac.name, resumeKey, new TextEncoder().encode(resumeMessage(location.origin, challenge)));
  const text = Array.from(new Uint8Array(signature), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return (await post('/session/resume', signal, text)).ok;
}

/** Tells a host that is gone from a session that is over: a socket that is refused says neither. Undefined: the session goes on. */
async function whyRefused(signal: AbortSignal): Promise<TapestryError | undefined> {
  const gone = new TapestryError('closed', 'Tapestry’s host can’t be reached.');
  try {
    const answer = await fetch('/session', { signal, cache: 'no-store' });
    if (answer.status !== 401) return gone;
    if (await resume(answer.headers.get(challengeHeader), signal)) return undefined;
    return new TapestryError('unauthorized', 'This window’s session is over.', {
      next: 'Open the address that “tapestry serve” printed last; it holds a new token.',
    });
  } catch {
    return gone; // No answer at all is what “gone” means.
  }
}

/** A WebSocket to the host's API; undefined when it is refused. */
async function openSocket(signal: AbortSignal): Promise<WebSocket | undefined> {
  const socket = new WebSocket(new URL('/api', location.href.replace(/^http/, 'ws')));
  const opened = await new Promise<boolean>((resolve) => {
    socket.addEventListener('open', () => resolve(true), { once: true });
    socket.addEventListener('error', () => resolve(false), { once: true });
    signal.addEventListener('abort', () => (socket.close(), resolve(false)), { once: true });
  });
  return opened ? socket : undefined;
}

/** The page's WebSocket to the browser host; the cookie that the page was opened with, or signs on again for, lets it in. */
async function connectBrowser(signal: AbortSignal): Promise<Session> {
  let socket = await openSocket(signal);
  if (socket === undefined) {
    const refused = await whyRefused(signal);
    if (refused !== undefined) throw refused;
    socket = await openSocket(signal);
    if (socket === undefined) throw new TapestryError('closed', 'Tapestry’s host can’t be reached.');
  }
  const connected = connectClient(contract, webSocketTransport(socket));
  // A window without the key works; it only can't go on with the host's next run, and says so then.
  fetchResumeKey(signal).catch((error: unknown) => console.warn('No key for the next run of the host.', error));
  return { client: connected.api, closed: connected.closed.then(() => undefined), close: () => connected.close() };
}

/** Opens a link to whichever host serves this page. */
export const connectToHost: Connect = (signal) => {
  const bridge = desktopBridge();
  return bridge ? connectDesktop(bridge, signal) : connectBrowser(signal);
};
