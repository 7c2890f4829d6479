import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ByteChannel } from '../../shared/contract/kinds.ts';
import { TapestryError } from '../../shared/errors.ts';
import { connect, type Connected } from '../../shared/rpc/client.ts';
import { byteWindow, eventWindow, maxByteFrame, maxOpen } from '../../shared/rpc/protocol.ts';
import { serve, type Session } from '../../shared/rpc/server.ts';
import { portPair, unixPair, webSocketPair, type Pair } from './testing/pairs.ts';
import { contract, handlers, newWorld, type World } from './testing/sample-contract.ts';

async function collect(channel: ByteChannel): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of channel.incoming) parts.push(chunk);
  return Buffer.concat(parts);
}

/** Waits until a counter has stopped: the same after a while of nothing else to do. */
async function settled(read: () => number): Promise<number> {
  let before = -1;
  await vi.waitFor(
    () => {
      const now = read();
      const same = now === before && now > 0;
      before = now;
      expect(same).toBe(true);
    },
    { timeout: 20_000, interval: 200 },
  );
  return before;
}

const failure = async (promise: Promise<unknown>): Promise<TapestryError> => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TapestryError);
  return error as TapestryError;
};

describe.each([
  ['message port', portPair],
  ['WebSocket', webSocketPair],
  ['unix socket', unixPair],
] as const)('the contract layer over a %s', (_name, makePair) => {
  let pair: Pair;
  let world: World;
  let session: Session;
  let client: Connected<typeof contract>;

  beforeEach(async () => {
    pair = await makePair();
    world = newWorld();
    session = serve(contract, handlers(world), pair.server, { log: (error, where) => world.logged.push(`${where}: ${String(error)}`) });
    client = connect(contract, pair.client);
  });
  afterEach(async () => {
    client.close();
    session.close(new TapestryError('closed', 'test over'));
    await pair.close();
  });

  describe('calls', () => {
    it('answers many at once, each with its own answer', async () => {
      const answers = await Promise.all(Array.from({ length: 500 }, (_, n) => client.api.echo({ text: `${n} ü 🧵` })));
      expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 500 }, (_, n) => `${n} ü 🧵`));
    });

    it('carries 3 MiB of text', async () => {
      const text = 'é"\\\n'.repeat(600_000);
      expect((await client.api.echo({ text })).text === text).toBe(true);
    });

    it('refuses a message over the limit before it is sent, and goes on', async () => {
      const error = await failure(client.api.echo({ text: 'x'.repeat(17 * 1024 * 1024) }));
      expect(error.code).toBe('limit');
      expect(await client.api.echo({ text: 'still here' })).toEqual({ text: 'still here' });
    });

    it('carries every part of a TapestryError', async () => {
      const error = await failure(client.api.fail({ how: 'known' }));
      expect(error.data).toEqual({
        code: 'duplicate-name',
        message: 'A machine “web” exists.',
        next: 'Choose another name.',
        path: '/domain/name',
        line: 2,
        column: 9,
        fixes: [{ kind: 'open-xml', label: 'Open XML' }],
      });
      expect(world.logged).toEqual([]);
    });

    it('logs a defect on the host and tells the client nothing of it', async () => {
      const error = await failure(client.api.fail({ how: 'defect' }));
      expect(error.code).toBe('internal');
      expect(JSON.stringify(error.data)).not.toContain('shadow');
      expect(world.logged).toEqual(['fail: Error: secret path /etc/shadow']);
    });

    it('treats an answer outside the contract as a defect', async () => {
      expect((await failure(client.api.fail({ how: 'wrong output' }))).code).toBe('internal');
      expect(world.logged).toHaveLength(1);
    });

    it('names the fields of a request that doesn’t fit', async () => {
      const error = await failure(client.api.nested({ disks: [{ gib: 1 }, { gib: 1.5 }] }));
      expect(error.code).toBe('invalid');
      expect(error.data.issues?.map((issue) => issue.path)).toEqual(['disks.1.gib']);
      expect(error.data.path).toBe('disks.1.gib');
    });

    it.each(['toString', '__proto__', 'constructor', 'nothing.here'])('knows no method %s', async (name) => {
      const other = await makePair();
      try {
        serve(contract, handlers(world), other.server, { log: () => undefined });
        const outdated = connect({ [name]: contract.echo } as Record<string, typeof contract.echo>, other.client);
        const method = Object.getOwnPropertyDescriptor(outdated.api, name)?.value as (typeof outdated.api)['x'];
        expect((await failure(method({ text: '' }))).code).toBe('unknown-method');
      } finally {
        await other.close();
      }
    });

    it('aborts the handler when the caller cancels', async () => {
      const controller = new AbortController();
      const answer = client.api.slow({}, { signal: controller.signal });
      await client.api.echo({ text: 'the slow call has arrived' });
      controller.abort(new Error('user left'));
      expect((await failure(answer)).code).toBe('cancelled');
      await vi.waitFor(() => expect(world.slowAborted).toBe(true));
      expect((await failure(client.api.slow({}, { signal: controller.signal }))).code).toBe('cancelled');
      expect(await client.api.echo({ text: 'still here' })).toEqual({ text: 'still here' });
    });

    it('limits what is open at a time, and recovers', async () => {
      const controller = new AbortController();
      const open = Array.from({ length: maxOpen }, () =>
        client.api.slow({}, { signal: controller.signal }).catch((error: unknown) => error),
      );
      expect((await failure(client.api.echo({ text: 'one too many' }))).code).toBe('limit');
      controller.abort();
      await Promise.all(open);
      expect(await client.api.echo({ text: 'again' })).toEqual({ text: 'again' });
    });
  });

  describe('events', () => {
    it('delivers all items in order, then ends', async () => {
      const items: number[] = [];
      for await (const item of client.api.count({ to: 5000 })) items.push(item);
      expect(items).toEqual(Array.from({ length: 5000 }, (_, n) => n));
      expect(world.generatorsEnded).toBe(1);
    });

    it('holds the producer at the window while the consumer sleeps', async () => {
      const iterator = client.api.count({ to: 1_000_000 })[Symbol.asyncIterator]();
      for (let n = 0; n < 10; n += 1) expect((await iterator.next()).value).toBe(n);
      const produced = await settled(() => world.items);
      expect(produced).toBeGreaterThanOrEqual(eventWindow);
      expect(produced).toBeLessThanOrEqual(eventWindow + 10);
      await iterator.return?.();
      await vi.waitFor(() => expect(world.generatorsEnded).toBe(1));
    });

    it('ends the producer when the consumer breaks', async () => {
      for await (const item of client.api.count({ to: 1_000_000 })) if (item === 700) break;
      await vi.waitFor(() => expect(world.generatorsEnded).toBe(1));
      expect(world.items).toBeLessThan(2000);
    });

    it('ends quietly on both sides when the signal aborts, also while the producer waits', async () => {
      const controller = new AbortController();
      const items: number[] = [];
      for await (const item of client.api.silent({}, { signal: controller.signal })) {
        items.push(item);
        setImmediate(() => controller.abort());
      }
      expect(items).toEqual([0]);
      await vi.waitFor(() => expect(world.generatorsEnded).toBe(1));
    });

    it('throws the producer’s error after its items', async () => {
      const items: number[] = [];
      const error = await failure(
        (async () => {
          for await (const item of client.api.failing({})) items.push(item);
        })(),
      );
      expect(items).toEqual([1]);
      expect(error.code).toBe('io');
    });
  });

  describe('byte channels', () => {
    it('brings every byte both ways, in order and unchanged', async () => {
      const sent = Buffer.alloc(5_000_003);
      for (let n = 0; n < sent.length; n += 1) sent[n] = (n * 7 + (n >> 8)) & 0xff;
      const channel = client.api.mirror({});
      const received = Buffer.alloc(sent.length);
      const reading = (async () => {
        let at = 0;
        for await (const chunk of channel.incoming) {
          received.set(chunk, at);
          at += chunk.byteLength;
          if (at === sent.length) break;
        }
      })();
      // Writes that overlap must not interleave.
      await Promise.all([
        channel.write(sent.subarray(0, 3_000_000)),
        channel.write(sent.subarray(3_000_000, 3_000_001)),
        channel.write(sent.subarray(3_000_001)),
      ]);
      await reading;
      expect(received.equals(sent)).toBe(true);
      channel.close();
      await channel.closed;
    });

    it('delivers what was written before the end', async () => {
      const channel = client.api.down({ chunks: 30, size: 100_000 });
      const all = await collect(channel);
      expect(all.length).toBe(3_000_000);
      expect(all[2_999_999]).toBe(29);
      await channel.closed;
    });

    it('stops a producer of 20,000 × 64 KiB near the window when the reader stops', async () => {
      const channel = client.api.down({ chunks: 20_000, size: 65_536 });
      const iterator = channel.incoming[Symbol.asyncIterator]();
      let read = 0;
      for (let n = 0; n < 20; n += 1) read += (await iterator.next()).value?.byteLength ?? 0;
      const produced = await settled(() => world.produced);
      expect(produced * 65_536).toBeLessThanOrEqual(read + byteWindow);
      expect(produced * 65_536).toBeGreaterThan(read);
      // It goes on where it stopped.
      for (let n = 0; n < 40; n += 1) await iterator.next();
      expect(await settled(() => world.produced)).toBeGreaterThan(produced);
      channel.close();
      await vi.waitFor(() => expect(world.channelsAborted).toBe(1));
    });

    it('stops a writing client when the handler stops reading', async () => {
      const channel = client.api.up({ read: 5 });
      let written = 0;
      const writing = (async () => {
        for (;;) {
          await channel.write(new Uint8Array(65_536));
          written += 65_536;
        }
      })();
      const stopped = await settled(() => written);
      expect(stopped).toBeLessThanOrEqual(world.consumed + byteWindow);
      channel.close();
      expect((await failure(writing)).code).toBe('closed');
    });

    it('delivers what was written just before the client closes', async () => {
      const channel = client.api.up({ read: 1000 });
      await channel.write(new Uint8Array(300_000));
      channel.close();
      await vi.waitFor(() => expect(world.consumed).toBe(300_000));
    });

    it('tells why a channel could not be opened', async () => {
      const channel = client.api.refuse({});
      expect((await failure(collect(channel))).code).toBe('wrong-state');
      expect((await failure(channel.closed)).code).toBe('wrong-state');
      expect((await failure(channel.write(new Uint8Array(1)))).code).toBe('wrong-state');
    });

    it('tells a wrong input on the channel', async () => {
      const channel = client.api.down({ chunks: 'many' as unknown as number, size: 1 });
      expect((await failure(channel.closed)).code).toBe('invalid');
    });
  });

  describe('the end of a connection', () => {
    it('rejects all that is pending and aborts all handlers when the medium breaks', async () => {
      const slow = client.api.slow({});
      const channel = client.api.mirror({});
      const items = failure(
        (async () => {
          for await (const item of client.api.silent({})) expect(item).toBe(0);
        })(),
      );
      await client.api.echo({ text: 'all arrived' });
      const slowFails = failure(slow);
      const channelFails = failure(channel.closed);
      pair.raw.drop();
      await session.closed;
      expect((await slowFails).code).toBe('closed');
      expect((await channelFails).code).toBe('closed');
      expect((await items).code).toBe('closed');
      expect((await client.closed).code).toBe('closed');
      await vi.waitFor(() => expect([world.slowAborted, world.generatorsEnded]).toEqual([true, 1]));
      expect((await failure(client.api.echo({ text: 'after' }))).code).toBe('closed');
    });

    it('gives the client the host’s reason', async () => {
      const slow = failure(client.api.slow({}));
      await client.api.echo({ text: 'arrived' });
      session.close(new TapestryError('closed', 'The host is shutting down.', { next: 'Start it again.' }));
      expect((await slow).data).toEqual({ code: 'closed', message: 'The host is shutting down.', next: 'Start it again.' });
      expect((await client.closed).message).toBe('The host is shutting down.');
    });
  });

  describe('a client that breaks the protocol', () => {
    const bad: [string, (raw: Pair['raw']) => void][] = [
      ['an unknown message', (raw) => raw.message({ t: 'format', id: 1 })],
      ['an open without a method', (raw) => raw.message({ t: 'open', id: 1 })],
      ['an id that is no number', (raw) => raw.message({ t: 'open', id: '1', m: 'echo' })],
      ['an id used twice', (raw) => [1, 1].forEach((id) => raw.message({ t: 'open', id, m: 'slow', p: {} }))],
      ['a cancel of nothing', (raw) => raw.message({ t: 'cancel', id: 7 })],
      [
        'credit for a call',
        (raw) =>
          [
            { t: 'open', id: 1, m: 'slow', p: {} },
            { t: 'ack', id: 1, n: 1 },
          ].forEach((m) => raw.message(m)),
      ],
      [
        'more credit than was used',
        (raw) =>
          [
            { t: 'open', id: 1, m: 'up', p: { read: 0 } },
            { t: 'win', id: 1, n: 1 },
          ].forEach((m) => raw.message(m)),
      ],
      ['bytes for no channel', (raw) => raw.bytes(9, 10)],
      [
        'bytes for a call',
        (raw) => {
          raw.message({ t: 'open', id: 1, m: 'slow', p: {} });
          raw.bytes(1, 10);
        },
      ],
      [
        'more bytes than the window',
        (raw) => {
          raw.message({ t: 'open', id: 1, m: 'up', p: { read: 0 } });
          for (let n = 0; n <= byteWindow / maxByteFrame; n += 1) raw.bytes(1, maxByteFrame);
        },
      ],
    ];
    it.each(bad)('is told and disconnected: %s', async (_what, misbehave) => {
      misbehave(pair.raw);
      const reason = await session.closed;
      expect(reason?.code).toBe('invalid');
      expect((await client.closed).message).toBe(reason?.message);
      expect(world.logged).toEqual([]);
    });

    it('is disconnected for each kind of junk of its medium', { timeout: 60_000 }, async () => {
      for (let kind = 0; kind < pair.raw.junk.length; kind += 1) {
        const fresh = await makePair();
        try {
          const freshSession = serve(contract, handlers(world), fresh.server, { log: () => undefined });
          const freshClient = connect(contract, fresh.client);
          fresh.raw.junk[kind]?.send();
          const reason = await freshSession.closed;
          expect(['invalid', 'limit'], fresh.raw.junk[kind]?.what).toContain(reason?.code);
          await freshClient.closed;
        } finally {
          await fresh.close();
        }
      }
    });
  });
});
