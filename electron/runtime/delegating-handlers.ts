import type { ApiHandlers } from '../../shared/contract/index.ts';
import type { ByteChannel, CallContext } from '../../shared/contract/kinds.ts';
import { methodKinds, repeatable, resumable } from '../../shared/contract/method-kinds.ts';
import { notBegun, wasClosed } from './resumption.ts';

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
          if (!wasClosed(error) || (error.data.detail !== notBegun && !(name in repeatable)) || context.signal.aborted) throw error;
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
          if (!wasClosed(error) || !(name in resumable) || context.signal.aborted) throw error;
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
  const all = Object.fromEntries(Object.entries(methodKinds).map(([name, kind]) => [name, make[kind](name)])) as unknown as ApiHandlers;
  return {
    ...all,
    // The answer is about the host that is asked, whichever has the state open.
    'computer.facts': async (input, context) => ({ ...(await all['computer.facts'](input, context)), host }),
    // So is who began a job: the owner would say its own name.
    'machines.createDemo': (input, context) => all['machines.createDemo']({ begunBy: { host }, ...input }, context),
    'storage.createImage': (input, context) => all['storage.createImage']({ begunBy: { host }, ...input }, context),
    'computer.doctor': (input, context) => all['computer.doctor']({ begunBy: { host }, ...input }, context),
  };
}
