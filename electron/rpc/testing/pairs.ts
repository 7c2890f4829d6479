import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, connect as connectSocket, type Socket } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { WebSocket, WebSocketServer } from 'ws';
import { maxMessage, type Transport } from '../../../shared/rpc/protocol.ts';
import { portTransport } from '../../../shared/rpc/port-transport.ts';
import { webSocketTransport, type WebSocketLike } from '../../../shared/rpc/websocket-transport.ts';
import { socketTransport } from '../socket-transport.ts';

/** Two ends of one medium, with ways to misbehave on the client's side. */
export interface Pair {
  readonly server: Transport;
  readonly client: Transport;
  /** Puts a frame on the wire that the client half would never make. */
  readonly raw: {
    message(value: unknown): void;
    bytes(channel: number, size: number): void;
    junk: readonly { what: string; send(): void }[];
    drop(): void;
  };
  close(): Promise<void>;
}

/** Electron's and the page's ports, as Node's worker ports. */
export function portPair(): Promise<Pair> {
  const { port1, port2 } = new MessageChannel();
  return Promise.resolve({
    server: portTransport(port1),
    client: portTransport(port2),
    raw: {
      message: (value) => port2.postMessage(value),
      bytes: (channel, size) => port2.postMessage({ c: channel, b: new Uint8Array(size) }),
      junk: [
        { what: 'a string', send: () => port2.postMessage('nonsense') },
        { what: '100 MB', send: () => port2.postMessage({ t: 'open', id: 1, m: 'echo', p: 'x'.repeat(100_000_000) }) },
        { what: 'a 100 MB byte frame', send: () => port2.postMessage({ c: 1, b: new Uint8Array(100_000_000) }) },
      ],
      drop: () => port2.close(),
    },
    close: () => {
      port1.close();
      port2.close();
      return Promise.resolve();
    },
  });
}

/** The browser host's WebSocket. */
export async function webSocketPair(): Promise<Pair> {
  const http = createHttpServer();
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false, maxPayload: maxMessage });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const accepted = new Promise<WebSocket>((resolve) => sockets.once('connection', resolve));
  const client = new WebSocket(`ws://127.0.0.1:${address.port}/`);
  await new Promise<void>((resolve, reject) => client.once('open', resolve).once('error', reject));
  const server: WebSocketLike = await accepted;
  return {
    server: webSocketTransport(server),
    client: webSocketTransport(client),
    raw: {
      message: (value) => client.send(JSON.stringify(value)),
      bytes: (channel, size) => {
        const frame = Buffer.alloc(4 + size);
        frame.writeUInt32BE(channel);
        client.send(frame);
      },
      junk: [
        { what: 'no JSON', send: () => client.send('nonsense{') },
        { what: '100 MB of text', send: () => client.send('x'.repeat(100_000_000)) },
        { what: 'a 100 MB byte frame', send: () => client.send(Buffer.alloc(100_000_000)) },
        { what: 'a short binary frame', send: () => client.send(Buffer.alloc(2)) },
      ],
      drop: () => client.terminate(),
    },
    close: async () => {
      client.terminate();
      sockets.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** The unix socket between hosts of one user. */
export async function unixPair(): Promise<Pair> {
  const directory = await mkdtemp(path.join(tmpdir(), 'tap-rpc-'));
  const file = path.join(directory, 's');
  const listener = createServer({ allowHalfOpen: false });
  await new Promise<void>((resolve) => listener.listen(file, resolve));
  const accepted = new Promise<Socket>((resolve) => listener.once('connection', resolve));
  const client = connectSocket(file);
  await new Promise<void>((resolve, reject) => client.once('connect', resolve).once('error', reject));
  const server = await accepted;
  const frame = (kind: number, payload: Buffer, size = payload.byteLength): Buffer => {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(size);
    head.writeUInt8(kind, 4);
    return Buffer.concat([head, payload]);
  };
  return {
    server: socketTransport(server),
    client: socketTransport(client),
    raw: {
      message: (value) => client.write(frame(0, Buffer.from(JSON.stringify(value)))),
      bytes: (channel, size) => {
        const payload = Buffer.alloc(4 + size);
        payload.writeUInt32BE(channel);
        client.write(frame(1, payload));
      },
      junk: [
        { what: 'no JSON', send: () => client.write(frame(0, Buffer.from('nonsense{'))) },
        { what: 'a frame that says 100 MB', send: () => client.write(frame(0, Buffer.alloc(10), 100_000_000)) },
        { what: 'a byte frame that says 100 MB', send: () => client.write(frame(1, Buffer.alloc(10), 100_000_000)) },
        { what: 'an HTTP request', send: () => client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n') },
        { what: 'a byte frame without a channel', send: () => client.write(frame(1, Buffer.alloc(2))) },
      ],
      drop: () => client.destroy(),
    },
    close: async () => {
      client.destroy();
      server.destroy();
      await new Promise((resolve) => listener.close(resolve));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
