import { realpath } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { TapestryError } from '../shared/errors.ts';
import { maxMessage, type Transport } from '../shared/rpc/protocol.ts';
import { webSocketTransport, type WebSocketLike } from '../shared/rpc/websocket-transport.ts';
import { exchangePage, exchangeScript } from './browser-host/exchange-page.ts';
import { httpGuard, type HttpGuard } from './browser-host/http-guard.ts';
import { pageHeaders } from './browser-host/page-headers.ts';
import { findStaticFile, sendStaticFile } from './browser-host/static-files.ts';

/** What the browser host needs. */
export interface BrowserHostOptions {
  /** Serves the API on one connection until that ends. */
  readonly serve: (transport: Transport) => unknown;
  /** Folder of the window's build. */
  readonly page: string;
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  readonly log: (error: unknown, where: string) => void;
}

/** A browser host that listens. */
export interface BrowserHost {
  /** The address to open, with the token in its fragment. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and ends the connections. */
  close(): Promise<void>;
}

/** The longest body of a request: the token. Bytes. */
const maxBody = 256;

/** Windows (WebSockets) at a time, and TCP connections. */
const maxWindows = 64;
const maxConnections = 256;

/** Only what the window needs, only from here. */
const headers = pageHeaders("'self'");

/**
 * Serves the window and its API on loopback: HTTP for the page, a WebSocket for the API. Whoever has the token (in the URL
 * that is printed) exchanges it for a cookie; without that nothing but the page that does the exchange is served.
 * @throws TapestryError `io` when the port can't be listened on
 */
export async function startBrowserHost(options: BrowserHostOptions): Promise<BrowserHost> {
  const folder = await realpath(options.page).catch((cause: unknown) => {
    throw new TapestryError('host-missing', 'The window’s files are missing.', {
      next: 'Build them: npm run build',
      detail: options.page,
      cause,
    });
  });
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 20_000, headersTimeout: 10_000 });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new TapestryError('io', `The port ${options.port} can’t be listened on.`, {
          next: cause.code === 'EADDRINUSE' ? 'Another program uses it: choose another with --port.' : 'Choose another with --port.',
          detail: cause.message,
          cause,
        }),
      ),
    );
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TapestryError('internal', 'The browser host has no address.');
  const guard = httpGuard(address.port);

  server.on('request', (request, response) => {
    answer(guard, folder, request, response).catch((error: unknown) => {
      // A browser that went away in the middle of an answer is no news.
      if (!response.destroyed) options.log(error, 'http');
      response.destroy();
    });
  });
  const windows = new WebSocketServer({ noServer: true, maxPayload: maxMessage, perMessageDeflate: false, clientTracking: true });
  server.on('upgrade', (request, socket, head) => {
    const refused = mayUpgrade(guard, request) ?? (windows.clients.size >= maxWindows ? '503 Service Unavailable' : undefined);
    if (refused !== undefined) return refuseUpgrade(socket, refused);
    windows.handleUpgrade(request, socket, head, (webSocket) => {
      const like: WebSocketLike = webSocket;
      options.serve(webSocketTransport(like));
    });
  });
  server.on('clientError', (_error, socket) => socket.destroy());

  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}/#token=${guard.token}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const client of windows.clients) client.close(1001, 'Tapestry is ending.');
      server.closeIdleConnections();
      const late = setTimeout(() => {
        for (const client of windows.clients) client.terminate();
        server.closeAllConnections();
      }, 1000);
      await closed;
      clearTimeout(late);
    },
  };
}

/** Why a WebSocket is refused, as an HTTP status line; undefined when it isn't. */
function mayUpgrade(guard: HttpGuard, request: IncomingMessage): string | undefined {
  if (!guard.isOurHost(request)) return '421 Misdirected Request';
  if (!guard.isOurOrigin(request)) return '403 Forbidden';
  if (!guard.hasSession(request)) return '401 Unauthorized';
  return pathOf(request) === '/api' ? undefined : '404 Not Found';
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

async function answer(guard: HttpGuard, folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pathname = pathOf(request);
  if (!guard.isOurHost(request)) return text(response, 421, 'not this host');
  if (request.method === 'POST' && pathname === '/session') return exchange(guard, request, response);
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(response, 405, 'method not allowed');
  if (!guard.hasSession(request)) {
    if (pathname === '/') return send(response, 200, 'text/html; charset=utf-8', exchangePage);
    if (pathname === '/exchange.js') return send(response, 200, 'text/javascript; charset=utf-8', exchangeScript);
    return text(response, 401, 'no session');
  }
  // The window asks this to tell “the host is gone” from “this session is over”.
  if (pathname === '/session') return send(response, 204, 'text/plain', '');
  const file = pathname === undefined ? undefined : await findStaticFile(folder, pathname);
  if (file === undefined) return text(response, 404, 'not found');
  response.writeHead(200, {
    ...headers,
    'content-type': file.type,
    'content-length': file.size,
    'cache-control': file.immutable ? 'private, max-age=31536000, immutable' : 'no-cache',
  });
  if (request.method === 'HEAD') response.end();
  else await sendStaticFile(file, response);
}

async function exchange(guard: HttpGuard, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!guard.isOurOrigin(request)) return text(response, 403, 'wrong origin');
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.byteLength;
    if (size > maxBody) {
      response.setHeader('connection', 'close');
      text(response, 413, 'too large');
      request.destroy();
      return;
    }
    parts.push(part);
  }
  const cookie = guard.exchange(Buffer.concat(parts).toString('utf8'));
  if (cookie === undefined) return text(response, 401, 'wrong token');
  response.setHeader('set-cookie', cookie);
  send(response, 204, 'text/plain', '');
}

/** The path of the request, still encoded and with its dots: a URL parser would resolve them before they are judged. */
function pathOf(request: IncomingMessage): string | undefined {
  const target = request.url ?? '';
  if (!target.startsWith('/')) return undefined;
  return target.split(/[?#]/, 1)[0];
}

function text(response: ServerResponse, status: number, body: string): void {
  send(response, status, 'text/plain; charset=utf-8', `${body}\n`);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...headers, 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}
