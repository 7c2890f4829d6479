import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sentinel } from '../sentinel-splitter.ts';

/** What the agent was asked: the id of a synchronization, or another command's name. */
export type Asked = { readonly sync: number } | { readonly command: string };

/** A peer on a unix socket whose every byte the test decides. */
export interface FakeAgent extends AsyncDisposable {
  readonly path: string;
  /** All bytes that it got, of all clients. */
  readonly bytes: Buffer[];
  clients(): number;
}

/** The sentinel and an answer to a synchronization. */
export function syncAnswer(id: number): Buffer {
  return Buffer.concat([Buffer.from([sentinel]), Buffer.from(`{"return": ${id}}\n`)]);
}

/** Starts a fake agent. @param answer does what it likes with each request */
export async function startFakeAgent(answer: (asked: Asked, socket: Socket) => void): Promise<FakeAgent> {
  const directory = await mkdtemp(join(tmpdir(), 'tap-agent-'));
  const path = join(directory, 'agent');
  const bytes: Buffer[] = [];
  const sockets = new Set<Socket>();
  let clients = 0;
  const server = createServer((socket) => {
    clients += 1;
    sockets.add(socket);
    let text = '';
    socket.on('error', () => undefined); // a client that hangs up on garbage is what some tests are about
    socket.on('data', (chunk: Buffer) => {
      bytes.push(chunk);
      text += chunk.toString('latin1').replaceAll('\xFF', '');
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
        const { execute, arguments: given } = JSON.parse(text.slice(0, end)) as { execute: string; arguments?: { id: number } };
        text = text.slice(end + 1);
        answer(given === undefined ? { command: execute } : { sync: given.id }, socket);
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(path, resolve);
  });
  return {
    path,
    bytes,
    clients: () => clients,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      await rm(directory, { recursive: true, force: true });
    },
  };
}
