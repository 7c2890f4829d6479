import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { channelPair } from '../consoles/testing/channel-pair.ts';
import { RfbClientFilter } from './rfb-client-filter.ts';
import { streamScreen } from './screen-stream.ts';

const rights = { input: true, clipboard: true };

/** A server on a unix socket that does this with its one viewer, and a viewer of it. */
async function viewed(serve: (socket: Socket) => void) {
  const directory = await mkdtemp(join(tmpdir(), 'tap-'));
  const path = join(directory, 's');
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
    serve(socket);
  }).listen(path);
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await rm(directory, { recursive: true });
  });
  const pair = channelPair();
  const over = new AbortController();
  let knocks = 0;
  const streaming = streamScreen(path, pair.host, new RfbClientFilter(rights), over.signal, () => knocks++);
  streaming.catch(() => undefined); // some tests leave it to its end
  return { ...pair, over, streaming, sockets, knocks: () => knocks };
}

it('of a server that floods holds no more than its viewer’s credit', async () => {
  let sent = 0;
  const { unread, viewer, over, streaming } = await viewed((socket) => {
    const flood = (): void => {
      while (!socket.destroyed && socket.write(Buffer.alloc(65_536))) sent += 65_536;
    };
    socket.on('drain', flood);
    flood();
  });
  await expect.poll(unread, { timeout: 10_000 }).toBeGreaterThan(1024 * 1024);
  const stood = sent;
  await expect.poll(() => sent).toBe(stood);
  expect(unread()).toBeLessThan(2 * 1024 * 1024);
  viewer.close();
  over.abort();
  await streaming.catch(() => undefined); // the channel ended in the middle of a write
});

it('of a server that hangs asks for it to be looked after, and ends when its viewer goes', async () => {
  const { viewer, over, streaming, knocks } = await viewed((socket) => socket.pause());
  await viewer.write(Buffer.from('RFB 003.008\n'));
  await expect.poll(knocks, { timeout: 20_000 }).toBe(1);
  over.abort();
  await streaming;
});

it('ends when the server does, and says where there is none', async () => {
  const { streaming } = await viewed((socket) => socket.end('RFB 003.008\n'));
  await streaming;
  await expect(
    streamScreen('/nowhere/s', channelPair().host, new RfbClientFilter(rights), new AbortController().signal, () => undefined),
  ).rejects.toMatchObject({ code: 'io' });
});
