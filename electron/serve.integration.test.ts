import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { called } from './testing/called.ts';
import { contract } from '../shared/contract/index.ts';
import { challengeHeader, resumeMessage } from '../shared/resume-message.ts';
import { connect } from '../shared/rpc/client.ts';
import { webSocketTransport, type WebSocketLike } from '../shared/rpc/websocket-transport.ts';

let folder: string;
let child: ChildProcess;
let port: number;
let token: string;
let cookie: string;
let sockets: WebSocket[] = [];

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A request with exactly these headers and this path: fetch would resolve dots and refuse some headers. */
function ask(target: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: target, method, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString() }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const signed = (key: string, from: string, challenge: string): string =>
  createHmac('sha256', key).update(resumeMessage(from, challenge)).digest('hex');

const origin = (): string => `http://127.0.0.1:${port}`;

/** Opens a WebSocket; gives it when it opened, or the HTTP status that refused it. */
function open(headers: Record<string, string>, target = '/api'): Promise<WebSocket | number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${target}`, { headers });
    sockets.push(socket);
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_request, response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.once('error', reject);
  });
}

async function opened(): Promise<WebSocket> {
  const socket = await open({ origin: origin(), cookie });
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  return socket;
}

const closing = (socket: WebSocket): Promise<{ code: number; reason: string }> =>
  new Promise((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })));

async function start(): Promise<void> {
  child = spawn(process.execPath, [path.join(import.meta.dirname, 'testing/serve-fake.ts'), '--page', path.join(folder, 'page')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('no stdout');
  const lines = createInterface({ input: child.stdout });
  const line = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the host ended with ${String(code)}`)));
  });
  const url = new URL(line);
  port = Number(url.port);
  token = new URLSearchParams(url.hash.slice(1)).get('token') ?? '';
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tap-serve-'));
  await mkdir(path.join(folder, 'page/assets'), { recursive: true });
  await writeFile(path.join(folder, 'page/index.html'), '<title>the window</title>');
  await writeFile(path.join(folder, 'page/assets/main-abc.js'), 'export {};');
  await writeFile(path.join(folder, 'secret.txt'), 'SECRET');
  await symlink(path.join(folder, 'secret.txt'), path.join(folder, 'page/link.txt'));
  await symlink('/', path.join(folder, 'page/root'));
  await start();
  const answer = await ask('/session', { origin: origin() }, 'POST', token);
  cookie = (answer.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
});
afterEach(() => {
  for (const socket of sockets) socket.terminate();
  sockets = [];
});
afterAll(async () => {
  child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

describe('without a session', () => {
  it('serves nothing but the exchange page and its script', async () => {
    expect((await ask('/')).body).toContain('Opening Tapestry');
    expect((await ask('/exchange.js')).body).toContain('location.hash');
    for (const target of ['/index.html', '/assets/main-abc.js', '/api', '/session', '/favicon.ico', '/%2e%2e/secret.txt']) {
      const answer = await ask(target);
      expect([target, answer.status, answer.body]).toEqual([target, 401, 'no session\n']);
    }
  });

  it('gives a cookie for the token, and for nothing else', async () => {
    const good = await ask('/session', { origin: origin() }, 'POST', token);
    expect(good.status).toBe(204);
    expect(good.headers['set-cookie']?.[0]).toMatch(new RegExp(`^tapestry-${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`));
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    for (const wrong of ['', token.slice(1), `${token}x`, token.toUpperCase(), 'x'.repeat(43)]) {
      const answer = await ask('/session', { origin: origin() }, 'POST', wrong);
      expect([answer.status, answer.headers['set-cookie']]).toEqual([401, undefined]);
    }
    const large = await ask('/session', { origin: origin() }, 'POST', token.repeat(1000));
    expect([large.status, large.headers['set-cookie']]).toEqual([413, undefined]);
  });

  it('gives the key for the next run to a window of its own alone, and signs nobody on without one of an earlier run', async () => {
    expect((await ask('/session/key', { origin: origin() }, 'POST')).status).toBe(405);
    expect((await ask('/session/key', { cookie }, 'POST')).status).toBe(405);
    expect((await ask('/session/key', { cookie, origin: `http://127.0.0.1:${port + 1}` }, 'POST')).status).toBe(405);
    const key = await ask('/session/key', { cookie, origin: origin() }, 'POST');
    expect([key.status, key.body]).toEqual([200, expect.stringMatching(/^[\w-]{43}\n$/)]);
    const challenge = String((await ask('/session')).headers[challengeHeader]);
    // This run's own key is for the next one.
    const answer = await ask('/session/resume', { origin: origin() }, 'POST', signed(key.body.trim(), origin(), challenge));
    expect([answer.status, answer.headers['set-cookie']]).toEqual([401, undefined]);
  });

  it('exchanges only from a page of its own', async () => {
    for (const headers of [
      {},
      { origin: 'null' },
      { origin: 'https://evil.example' },
      { origin: `http://localhost:${port}` },
      { origin: `https://127.0.0.1:${port}` },
    ]) {
      expect((await ask('/session', headers as Record<string, string>, 'POST', token)).status).toBe(403);
    }
  });

  it('takes no cookie but its own', async () => {
    for (const wrong of [
      '',
      `tapestry-${port}=`,
      `tapestry-${port}=${token}`,
      cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      cookie.replace('tapestry-', 'other-'),
    ]) {
      expect((await ask('/index.html', { cookie: wrong })).status).toBe(401);
      expect(await open({ origin: origin(), cookie: wrong })).toBe(401);
    }
  });
});

describe('a page and its script', () => {
  it('fit together whenever the session comes: the script is there with a session too', async () => {
    const without = await ask('/exchange.js');
    const within = await ask('/exchange.js', { cookie });
    expect([within.status, within.body, within.headers['content-type']]).toEqual([200, without.body, without.headers['content-type']]);
  });
});

describe('connections of strangers', () => {
  it('that say nothing, more than there are places, keep no window out', async () => {
    const strangers = Array.from({ length: 300 }, () => connectSocket({ host: '127.0.0.1', port }));
    try {
      for (const stranger of strangers) stranger.on('error', () => undefined);
      await Promise.all(strangers.map((stranger) => new Promise((resolve) => stranger.once('connect', resolve).once('close', resolve))));
      expect((await ask('/session', { cookie })).status).toBe(204);
      const { api } = connect(contract, webSocketTransport(await opened()));
      expect((await api['machines.list']({ connection: 'test' })).length).toBeGreaterThan(0);
    } finally {
      for (const stranger of strangers) stranger.destroy();
    }
  });

  it('of another user are closed', async (context) => {
    if (process.getuid?.() !== 0) context.skip('only root can be another user');
    const script = `
      const socket = require('node:net').connect({ host: '127.0.0.1', port: ${port} });
      socket.on('error', () => process.exit(7)).on('close', () => process.exit(7));
    `;
    // Its Node lies where another user may not look: it starts as root and then becomes that user.
    const stranger = spawn(process.execPath, ['-e', `process.setgid(65534); process.setuid(65534); ${script}`], { stdio: 'inherit' });
    expect((await once(stranger, 'exit'))[0]).toBe(7);
  });
});

describe('a name that isn’t ours', () => {
  it('gets nothing, even with the session', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1',
      `127.0.0.1:${port + 1}`,
      `0.0.0.0:${port}`,
      `127.0.0.1:${port}@evil.example`,
    ]) {
      expect((await ask('/', { host, cookie })).status).toBe(421);
      expect((await ask('/session', { host, origin: `http://${host}` }, 'POST', token)).status).toBe(421);
      expect(await open({ host, origin: `http://${host}`, cookie })).toBe(421);
    }
  });

  it('is not needed: localhost is', async () => {
    expect((await ask('/', { host: `localhost:${port}`, cookie })).status).toBe(200);
  });

  it('is not listened on beyond loopback', async () => {
    const refused = await new Promise<boolean>((resolve) => {
      const socket = connectSocket({ host: '127.0.0.2', port });
      socket.once('connect', () => {
        socket.destroy();
        resolve(false);
      });
      socket.once('error', () => resolve(true));
    });
    expect(refused).toBe(true);
  });
});

describe('with a session', () => {
  it('serves the window with a strict policy', async () => {
    const answer = await ask('/', { cookie });
    expect(answer.body).toContain('the window');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(answer.headers['content-security-policy']).toContain("connect-src 'self'");
    expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
      'content-type': 'text/html; charset=utf-8',
    });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect((await ask('/assets/main-abc.js', { cookie })).headers['content-type']).toContain('text/javascript');
    expect((await ask('/session', { cookie })).status).toBe(204);
  });

  it('serves nothing outside the window’s folder', async () => {
    const targets = [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e%2fsecret.txt',
      '/..%5csecret.txt',
      '/assets/..%2f..%2fsecret.txt',
      '//secret.txt',
      '/link.txt',
      '/root/etc/passwd',
      '/index.html%00.txt',
      '/%ff%fe',
      '/%',
      '/assets',
      `/${'a'.repeat(5000)}`,
    ];
    for (const target of targets) {
      const answer = await ask(target, { cookie });
      expect([target, answer.status]).toEqual([target, 404]);
      expect(answer.body).not.toContain('SECRET');
    }
    expect((await ask('http://127.0.0.1/index.html', { cookie, host: `127.0.0.1:${port}` })).status).toBe(404);
  });

  it('takes no other method', async () => {
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      expect((await ask('/', { cookie, origin: origin() }, method)).status).toBe(405);
  });
});

describe('the WebSocket', () => {
  it('opens for a page of ours with a session, and speaks the contract', async () => {
    const socket: WebSocketLike = await opened();
    const connection = connect(contract, webSocketTransport(socket));
    const { api } = connection;
    expect((await api['machines.list']({ connection: 'test' })).map(({ name }) => name)).toContain('debian-12');
    expect((await api['computer.facts']({})).host).toBe('browser');
    await expect(api['machines.get']({ machine: called('nobody', 'test') })).rejects.toMatchObject({ code: 'not-found' });
    connection.close();
  });

  it('is refused to other origins, without a session, and elsewhere', async () => {
    expect(await open({ cookie })).toBe(403);
    expect(await open({ cookie, origin: 'https://evil.example' })).toBe(403);
    expect(await open({ cookie, origin: `http://localhost:${port}` })).toBe(403);
    expect(await open({ origin: origin() })).toBe(401);
    expect(await open({ origin: origin(), cookie }, '/other')).toBe(404);
  });

  it('is closed with a reason for nonsense, and others go on', async () => {
    const good: WebSocketLike = await opened();
    const { api } = connect(contract, webSocketTransport(good));
    const nonsense: [string, (socket: WebSocket) => void][] = [
      ['no JSON', (socket) => socket.send('hello')],
      ['JSON of no meaning', (socket) => socket.send('{"t":"shutdown"}')],
      ['bytes for no channel', (socket) => socket.send(Buffer.from([0, 0, 0, 9, 1]))],
      ['an empty binary frame', (socket) => socket.send(Buffer.alloc(0))],
      ['prototype names', (socket) => socket.send('{"t":"open","id":1,"m":"__proto__","p":{}}{"')],
    ];
    for (const [what, send] of nonsense) {
      const socket = await opened();
      const end = closing(socket);
      send(socket);
      const { code, reason } = await end;
      expect([what, code]).toEqual([what, 4400]);
      expect(reason).toContain('broke the protocol');
    }
    expect((await api['machines.list']({ connection: 'test' })).length).toBeGreaterThan(0);
  });

  it('is closed for a frame of 100 MB, and the host goes on', async () => {
    const socket = await opened();
    // The host may reset the connection while the frame is still being sent.
    socket.on('error', () => undefined);
    const end = closing(socket);
    socket.send(Buffer.alloc(100_000_000), () => undefined);
    expect([1009, 1006]).toContain((await end).code);
    const next: WebSocketLike = await opened();
    expect((await connect(contract, webSocketTransport(next)).api['machines.list']({ connection: 'test' })).length).toBeGreaterThan(0);
  });

  it('limits windows', async () => {
    const results: (WebSocket | number)[] = [];
    for (let n = 0; n < 70; n += 1) results.push(await open({ origin: origin(), cookie }));
    expect(results.filter((result) => result === 503).length).toBeGreaterThan(0);
    expect(results.filter((result) => typeof result !== 'number').length).toBeLessThanOrEqual(64);
  });
});

describe('the end', () => {
  it('comes with SIGTERM: windows are told, the port is free, the status is 0', async () => {
    const socket = await opened();
    const end = closing(socket);
    const exit = new Promise((resolve) => child.once('exit', (code, signal) => resolve([code, signal])));
    child.kill('SIGTERM');
    expect((await end).code).toBe(1001);
    expect(await exit).toEqual([0, null]);
    await start();
  });
});
