import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareEnvironment } from '../testing/bare-environment.ts';
import { WebSocket } from 'ws';
import { contract } from '../../shared/contract/index.ts';
import { connect, type Connected } from '../../shared/rpc/client.ts';
import { webSocketTransport, type WebSocketLike } from '../../shared/rpc/websocket-transport.ts';

let home: string;
let environment: NodeJS.ProcessEnv;
let children: ChildProcess[];
let sockets: WebSocket[];

const program = path.join(import.meta.dirname, 'main.ts');
const exited = (child: ChildProcess): Promise<unknown> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode ?? child.signalCode)
    : new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));

/** Starts `tapestry serve` on the real backend and a state directory of its own. */
async function serve(): Promise<{ child: ChildProcess; url: URL }> {
  const child = spawn(process.execPath, [program, 'serve', '--no-open', '--page', path.join(home, 'page')], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  const line = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', (code) => reject(new Error(`serve ended with ${String(code)}`)));
  });
  return { child, url: new URL(line) };
}

/** Does what the page does: the token for a cookie, the cookie for a WebSocket. */
async function open(url: URL): Promise<Connected<typeof contract>> {
  const token = new URLSearchParams(url.hash.slice(1)).get('token') ?? '';
  const answer = await fetch(`${url.origin}/session`, { method: 'POST', body: token, headers: { origin: url.origin } });
  expect(answer.status).toBe(204);
  const socket = new WebSocket(`ws://${url.host}/api`, {
    headers: { origin: url.origin, cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' },
  });
  sockets.push(socket);
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const like: WebSocketLike = socket;
  return connect(contract, webSocketTransport(like));
}

function tapestry(...args: string[]): Promise<{ status: unknown; stdout: string }> {
  const child = spawn(process.execPath, [program, ...args], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let stdout = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, stdout })));
}

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'tap-srv-'));
  environment = bareEnvironment(home);
  await mkdir(path.join(home, 'page'));
  await writeFile(path.join(home, 'page/index.html'), '<title>the window</title>');
  children = [];
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.terminate();
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(children.map(exited));
  await rm(home, { recursive: true, force: true });
});

describe('tapestry serve', () => {
  it('shares one state with the command line: what one defines the other sees at once', async () => {
    const { child, url } = await serve();
    expect(url.hostname).toBe('127.0.0.1');
    const { api } = await open(url);
    const definition = path.join(home, 'shared.xml');
    await writeFile(
      definition,
      `<domain type='qemu'><name>shared</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type></os></domain>`,
    );
    const events = api['machines.watch']({})[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ kind: 'snapshot', machines: [] });
    expect(await tapestry('define', definition)).toEqual({ status: 0, stdout: `Domain 'shared' defined from ${definition}\n\n` });
    for (;;) {
      const { value } = await events.next();
      if (value?.kind === 'changed' && value.machine.name === 'shared') break;
      expect(value).toBeDefined();
    }
    expect((await api['computer.facts']({})).host).toBe('browser');
    child.kill('SIGTERM');
    expect(await exited(child)).toBe(0);
    expect((await readdir(path.join(home, 'run/tapestry'))).includes('host.sock')).toBe(false);
    // Whoever comes next owns it, and the definition is there.
    expect((await tapestry('list', '--all', '--name')).stdout).toBe('shared\n\n');
  });

  it('killed with SIGKILL leaves a state that the next one takes over; a second host beside it attaches and survives it', async () => {
    const first = await serve();
    const second = await serve();
    const { api } = await open(second.url);
    await api['machines.define']({
      connection: 'embedded',
      xml: `<domain type='qemu'><name>kept</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type></os></domain>`,
    });
    first.child.kill('SIGKILL');
    await exited(first.child);
    // The very same connection of the window goes on: its host owns the state now.
    expect((await api['machines.list']({ connection: 'embedded' })).map(({ name }) => name)).toEqual(['kept']);
    expect((await tapestry('list', '--all', '--name')).stdout).toBe('kept\n\n');
  });

  it('names what is wrong with its port and its page', async () => {
    const busy = await serve();
    const answer = await tapestry('serve', '--no-open', '--port', busy.url.port, '--page', path.join(home, 'page'));
    expect(answer).toEqual({ status: 1, stdout: '' });
    expect((await tapestry('serve', '--port', '99999')).status).toBe(1);
    expect((await tapestry('serve', '--page', path.join(home, 'nothing'))).status).toBe(1);
  });
});
