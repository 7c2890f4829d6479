import { z } from 'zod';
import { bytes, call, events, type Handlers } from '../../../shared/contract/kinds.ts';
import { TapestryError } from '../../../shared/errors.ts';

/** A contract with each kind of call, and with each way to fail. */
export const contract = {
  echo: call(z.object({ text: z.string() }), z.object({ text: z.string() })),
  nested: call(z.object({ disks: z.array(z.object({ gib: z.number().int() })) }), z.object({})),
  fail: call(z.object({ how: z.enum(['known', 'defect', 'wrong output']) }), z.object({})),
  slow: call(z.object({}), z.object({})),
  count: events(z.object({ to: z.number() }), z.number()),
  failing: events(z.object({}), z.number()),
  silent: events(z.object({}), z.number()),
  down: bytes(z.object({ chunks: z.number(), size: z.number() })),
  up: bytes(z.object({ read: z.number() })),
  mirror: bytes(z.object({})),
  refuse: bytes(z.object({})),
};

/** What the handlers have done and seen. */
export interface World {
  produced: number;
  items: number;
  consumed: number;
  slowAborted: boolean;
  generatorsEnded: number;
  channelsAborted: number;
  logged: string[];
}

/** A world in which nothing has happened. */
export function newWorld(): World {
  return {
    produced: 0,
    items: 0,
    consumed: 0,
    slowAborted: false,
    generatorsEnded: 0,
    channelsAborted: 0,
    logged: [],
  };
}

/** Handlers that write down in `world` what happens to them. */
export function handlers(world: World): Handlers<typeof contract> {
  const untilAborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  return {
    echo: ({ text }) => Promise.resolve({ text }),
    nested: () => Promise.resolve({}),
    fail: ({ how }) => {
      if (how === 'known') {
        throw new TapestryError('duplicate-name', 'A machine “web” exists.', {
          next: 'Choose another name.',
          path: '/domain/name',
          line: 2,
          column: 9,
          fixes: [{ kind: 'open-xml', label: 'Open XML' }],
        });
      }
      if (how === 'defect') throw new Error('secret path /etc/shadow');
      return Promise.resolve('not an object' as unknown as Record<string, never>);
    },
    slow: async (_input, { signal }) => {
      await untilAborted(signal);
      world.slowAborted = true;
      return {};
    },
    count: async function* ({ to }) {
      try {
        for (let n = 0; n < to; n += 1) {
          world.items += 1;
          yield await Promise.resolve(n);
        }
      } finally {
        world.generatorsEnded += 1;
      }
    },
    failing: async function* () {
      yield await Promise.resolve(1);
      throw new TapestryError('io', 'The file is gone.');
    },
    silent: async function* (_input, { signal }) {
      yield 0;
      await untilAborted(signal);
      world.generatorsEnded += 1;
    },
    down: async ({ chunks, size }, channel, { signal }) => {
      signal.addEventListener('abort', () => (world.channelsAborted += 1), { once: true });
      for (let n = 0; n < chunks; n += 1) {
        const chunk = new Uint8Array(size).fill(n % 251);
        await channel.write(chunk);
        world.produced += 1;
      }
    },
    up: async ({ read }, channel, { signal }) => {
      const iterator = channel.incoming[Symbol.asyncIterator]();
      for (let n = 0; n < read; n += 1) {
        const next = await iterator.next();
        if (next.done === true) return;
        world.consumed += next.value.byteLength;
      }
      await untilAborted(signal);
    },
    mirror: async (_input, channel) => {
      for await (const chunk of channel.incoming) await channel.write(chunk);
    },
    refuse: () => Promise.reject(new TapestryError('wrong-state', 'The machine is off.')),
  };
}
