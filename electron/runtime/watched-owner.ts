import type { Api } from '../../shared/contract/index.ts';
import { methodKinds } from '../../shared/contract/method-kinds.ts';
import type { TapestryError } from '../../shared/errors.ts';
import { within } from '../processes/within.ts';

/** How to see whether an owner lives. */
export interface OwnerWatch {
  /** How long an answer may take before it is asked whether the owner lives at all, and from then on between such questions, ms. */
  readonly look: number;
  /** Does it answer? */
  readonly alive: () => Promise<boolean>;
  /** What is said of one that doesn't. */
  readonly fault: () => Promise<TapestryError>;
}

interface Options {
  readonly signal?: AbortSignal;
}
type Call = (input: unknown, options?: Options) => Promise<unknown>;
type Events = (input: unknown, options?: Options) => AsyncIterable<unknown>;

/**
 * An owner's API whose calls don't wait for one that is stopped later on: while an answer is waited for, the owner has to answer a small question
 * now and then. One that doesn't is told by its process, and what was asked of it is taken back for when it goes on. The connection stays: then
 * everything goes on. Streams are looked after until their first item, which is their state; they wait for what may never happen afterwards.
 */
export function watchedOwner(api: Api, watch: OwnerWatch): Api {
  let asking: Promise<boolean> | undefined;
  const alive = (): Promise<boolean> => (asking ??= watch.alive().finally(() => (asking = undefined)));
  /** @throws TapestryError `state-owned` */
  const insisted = async (answer: Promise<unknown>): Promise<void> => {
    while (!(await within(answer, watch.look))) if (!(await alive())) throw await watch.fault();
  };
  const signalled = (signal: AbortSignal | undefined) => {
    const given = new AbortController();
    return { given, signal: signal === undefined ? given.signal : AbortSignal.any([signal, given.signal]) };
  };

  const call =
    (caller: Call): Call =>
    async (input, options = {}) => {
      const { given, signal } = signalled(options.signal);
      const answer = caller(input, { signal });
      try {
        await insisted(answer);
      } catch (error) {
        answer.catch(() => undefined); // told already
        given.abort();
        throw error;
      }
      return await answer;
    };
  const events = (caller: Events): Events =>
    async function* (input, options = {}) {
      const { given, signal } = signalled(options.signal);
      const items = caller(input, { signal })[Symbol.asyncIterator]();
      try {
        const first = items.next();
        await insisted(first);
        for (let item = await first; item.done !== true; item = await items.next()) yield item.value;
      } finally {
        given.abort();
      }
    };
  const make = {
    call: (caller: unknown) => call(caller as Call),
    events: (caller: unknown) => events(caller as Events),
    bytes: (caller: unknown) => caller,
  };
  return Object.fromEntries(
    Object.entries(methodKinds).map(([name, kind]) => [name, make[kind](api[name as keyof Api])]),
  ) as unknown as Api;
}
