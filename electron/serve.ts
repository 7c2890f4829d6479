import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { TapestryError } from '../shared/errors.ts';
import { challengeHeader } from '../shared/resume-message.ts';
import { maxMessage, type Transport } from '../shared/rpc/protocol.ts';
import { webSocketTransport, type WebSocketLike } from '../shared/rpc/websocket-transport.ts';
import { ConnectionPlaces } from './browser-host/connection-places.ts';
import { exchangePage, exchangeScript } from './browser-host/exchange-page.ts';
import { httpGuard, type HttpGuard } from './browser-host/http-guard.ts';
import { isForeign } from './browser-host/peer-user.ts';
import { pageHeaders } from './browser-host/page-headers.ts';
import { rememberedRuns, rememberedRunsText } from './browser-host/remembered-runs.ts';
import { builtPage, type PageFiles } from './browser-host/page-files.ts';

/** What the browser host needs. */
export interface BrowserHostOptions {
  /** Serves the API on one connection until that ends. */
  readonly serve: (transport: Transport) => unknown;
  /** The window's files: the folder of its build, or what makes them as they are asked for (`npm run dev`). */
  readonly page: string | PageFiles;
  /** TCP port on 127.0.0.1; 0 takes a free one. Without it: the one of the last run that is free, so that its windows find this run. */
  readonly port?: number | undefined;
  /** File that remembers runs for the windows that stay open between them; without it they are opened anew. */
  readonly remembered?: string;
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

/** The longest body of a request: a token or a signature. Bytes. */
const maxBody = 256;

/** Windows (WebSockets) at a time, and TCP connections. */
const maxWindows = 64;
const maxConnections = 256;

/** How often connections are looked at that don't say what they want, ms. */
const silenceCheck = 2000;

/** Only what the window needs, only from here. */
const headers = pageHeaders("'self'");

/**
 * Serves the window and its API on loopback: HTTP for the page, a WebSocket for the API. Whoever has the token (in the URL
 * that is printed) exchanges it for a cookie; without that nothing but the page that does the exchange is served.
 * @throws TapestryError `io` when the port can't be listened on
 */
export async function startBrowserHost(options: BrowserHostOptions): Promise<BrowserHost> {
  const page = typeof options.page === 'string' ? await builtPage(options.page) : options.page;
  const remembered = options.remembered === undefined ? undefined : rememberedRuns(options.remembered);
  const earlier = (await remembered?.read())?.value ?? [];
  const server = createServer({
    maxHeaderSize: 16 * 1024,
    requestTimeout: 20_000,
    headersTimeout: 10_000,
    connectionsCheckingInterval: silenceCheck,
  });
  const places = new ConnectionPlaces<Socket>(maxConnections);
  const port = await listen(server, options.port === undefined ? [...new Set(earlier.map((run) => run.port)), 0] : [options.port]);
  const guard = httpGuard(
    port,
    earlier.filter((run) => run.port === port && run.build === page.build).map(({ key }) => key),
  );
  try {
    await remembered?.write(rememberedRunsText({ port, key: guard.key, build: page.build }, earlier));
  } catch (error) {
    // The next run's windows will have to be opened anew: no reason not to open this one's.
    options.log(error, 'remembering the port');
  }

  server.on('connection', (socket) => {
    places.take(socket);
    socket.once('close', () => places.leave(socket));
    isForeign(socket.remotePort ?? 0, port).then(
      (foreign) => foreign && socket.destroy(),
      (error: unknown) => options.log(error, 'who connects'),
    );
  });
  server.on('request', (request, response) => {
    if (guard.isOurHost(request) && guard.hasSession(request)) places.keep(request.socket);
    answer(guard, page, request, response).catch((error: unknown) => {
      // A browser that went away in the middle of an answer is no news.
      if (!response.destroyed) options.log(error, 'http');
      response.destroy();
    });
  });
  const windows = new WebSocketServer({ noServer: true, maxPayload: maxMessage, perMessageDeflate: false, clientTracking: true });
  server.on('upgrade', (request, socket, head) => {
    const refused = mayUpgrade(guard, request) ?? (windows.clients.size >= maxWindows ? '503 Service Unavailable' : undefined);
    if (refused !== undefined) return refuseUpgrade(socket, refused);
    places.keep(request.socket);
    windows.handleUpgrade(request, socket, head, (webSocket) => {
      const like: WebSocketLike = webSocket;
      options.serve(webSocketTransport(like));
    });
  });
  server.on('clientError', (_error, socket) => socket.destroy());

  return {
    port,
    url: `http://127.0.0.1:${port}/#token=${guard.token}`,
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

/** Listens on the first of these ports of 127.0.0.1 that is free, and says which. @throws TapestryError `io` when the last isn't either */
async function listen(server: Server, ports: readonly number[]): Promise<number> {
  for (const [index, port] of ports.entries()) {
    const failed = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once('error', resolve);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', resolve);
        resolve(undefined);
      });
    });
    const address = server.address();
    if (failed === undefined && address !== null && typeof address === 'object') return address.port;
    if (index < ports.length - 1) continue;
    throw new TapestryError('io', `The port ${port} can’t be listened on.`, {
      next: failed?.code === 'EADDRINUSE' ? 'Another program uses it: choose another with --port.' : 'Choose another with --port.',
      ...(failed === undefined ? {} : { detail: failed.message, cause: failed }),
    });
  }
  throw new TapestryError('internal', 'The browser host has no port to listen on.');
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

async function answer(guard: HttpGuard, page: PageFiles, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pathname = pathOf(request);
  if (!guard.isOurHost(request)) return text(response, 421, 'not this host');
  if (request.method === 'POST') {
    if (pathname === '/session') return exchange(guard, request, response, (body) => guard.exchange(body));
    if (pathname === '/session/resume') return exchange(guard, request, response, (body) => guard.resume(request, body));
    if (pathname === '/session/key' && guard.isOurOrigin(request) && guard.hasSession(request)) return text(response, 200, guard.key);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(response, 405, 'method not allowed');
  // To anybody: between the page and its script another window may have got the session.
  if (pathname === '/exchange.js') return send(response, 200, 'text/javascript; charset=utf-8', exchangeScript);
  if (!guard.hasSession(request)) {
    if (pathname === '/') return send(response, 200, 'text/html; charset=utf-8', exchangePage);
    if (pathname === '/session') response.setHeader(challengeHeader, guard.challenge);
    return text(response, 401, 'no session');
  }
  // The window asks this to tell “the host is gone” from “this session is over”.
  if (pathname === '/session') return send(response, 204, 'text/plain', '');
  if (pathname === undefined || !(await page.serve(pathname, request, response))) text(response, 404, 'not found');
}

/** Exchanges what the request's body proves for a cookie. */
async function exchange(
  guard: HttpGuard,
  request: IncomingMessage,
  response: ServerResponse,
  cookieFor: (body: string) => string | undefined,
): Promise<void> {
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
  const cookie = cookieFor(Buffer.concat(parts).toString('utf8'));
  if (cookie === undefined) return text(response, 401, 'no proof');
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
