import { contract, type ApiHandlers } from '../../shared/contract/index.ts';
import type { ByteChannel, CallContext } from '../../shared/contract/kinds.ts';
import { TapestryError } from '../../shared/errors.ts';

/** `detail` of the error with which an owner leaves: a call that has no answer yet was not begun and may be made again. */
export const notBegun = 'not begun';

/** Streams whose first item is the whole state: they are opened again at the next owner, and their reader sees a new snapshot. */
const resumable: ReadonlySet<string> = new Set([
  'machines.watch',
  'machines.stats',
  'consoles.watch',
  'networks.watch',
  'networks.nics',
] satisfies (keyof ApiHandlers)[]);

/** Calls that change nothing: they are made again at the next owner even when the former one died in the middle of them. */
const repeatable: ReadonlySet<string> = new Set([
  'host.alive',
  'machines.list',
  'machines.get',
  'machines.xml',
  'machines.check',
  'machines.native',
  'machines.cpuTime',
  'machines.log',
  'networks.interfaces',
  'networks.nic',
  'networks.guestInterfaces',
  'networks.generateMac',
  'storage.defaults',
  'storage.imageInfo',
  'storage.browse',
  'host.facts',
  'host.capabilities',
  'host.domainCapabilities',
  'host.settings.get',
] satisfies (keyof ApiHandlers)[]);

type AnyHandler = (input: unknown, second: unknown, third?: unknown) => unknown;

/**
 * Handlers that ask for the present backend at each use, and wait while there is none. So a window whose owner leaves keeps
 * its lists, and calls that were not begun are made at the next owner. Consoles end with `closed`: their reader knows how far
 * it came and opens them again from there.
 */
export function delegatingHandlers(current: () => Promise<ApiHandlers>, host: 'desktop' | 'browser' | 'cli'): ApiHandlers {
  const handler = async (name: string): Promise<AnyHandler> => (await current())[name as keyof ApiHandlers] as unknown as AnyHandler;

  const call =
    (name: string) =>
    async (input: unknown, context: CallContext): Promise<unknown> => {
      for (;;) {
        const method = await handler(name);
        try {
          return await method(input, context);
        } catch (error) {
          if (!wasClosed(error) || (error.data.detail !== notBegun && !repeatable.has(name)) || context.signal.aborted) throw error;
        }
      }
    };
  const events = (name: string) =>
    async function* (input: unknown, context: CallContext): AsyncGenerator<unknown, void> {
      for (;;) {
        const method = await handler(name);
        try {
          yield* method(input, context) as AsyncIterable<unknown>;
          return;
        } catch (error) {
          if (!wasClosed(error) || !resumable.has(name) || context.signal.aborted) throw error;
        }
      }
    };
  const bytes =
    (name: string) =>
    async (input: unknown, channel: ByteChannel, context: CallContext): Promise<void> => {
      const method = await handler(name);
      await method(input, channel, context);
    };

  const make = { call, events, bytes };
  const all = Object.fromEntries(
    Object.entries(contract).map(([name, method]) => [name, make[method.kind](name)]),
  ) as unknown as ApiHandlers;
  return {
    ...all,
    // The answer is about the host that is asked, whichever has the state open.
    'host.facts': async (input, context) => ({ ...(await all['host.facts'](input, context)), host }),
  };
}

function wasClosed(error: unknown): error is TapestryError {
  return error instanceof TapestryError && error.code === 'closed';
}
