import type { ConnectionRegistry, Standing } from './registry.ts';

/**
 * One stream made of a stream of each connection: of those that stand, and of others as they come to. The end of a connection ends its stream
 * alone; when it is there again, its stream begins again. Of each no more than one item is asked ahead of the reader.
 *
 * @param of makes a connection's stream until the signal; undefined for a connection that takes no part
 * @throws whatever a stream throws while its connection stands
 */
export async function* followAll<T>(
  registry: ConnectionRegistry,
  of: (standing: Standing, signal: AbortSignal) => AsyncIterable<T> | undefined,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  interface Followed {
    readonly items: AsyncIterator<T>;
    readonly stop: AbortController;
  }
  const followed = new Map<Standing, Followed>();
  // What came and wasn't taken yet, one of each at most. Waiting by a race over all of them would leave something behind at each that is silent
  // for every item of the others.
  const ready: { readonly from: Followed; readonly item: IteratorResult<T> | { readonly error: unknown } }[] = [];
  let changed = Promise.withResolvers<void>();
  const wake = () => changed.resolve();
  const ask = (from: Followed): void => {
    const came = (item: (typeof ready)[number]['item']) => {
      ready.push({ from, item });
      wake();
    };
    // Where its connection is gone, or the reader, nothing has failed.
    from.items.next().then(came, (error: unknown) => came(from.stop.signal.aborted ? { done: true, value: undefined } : { error }));
  };
  const take = (): void => {
    for (const standing of registry.standing()) {
      if (followed.has(standing)) continue;
      const stop = new AbortController();
      const end = () => stop.abort();
      for (const one of [standing.gone, signal]) {
        if (one.aborted) end();
        else one.addEventListener('abort', end, { once: true, signal: stop.signal });
      }
      const stream = of(standing, stop.signal);
      if (stream === undefined) continue;
      const one: Followed = { items: stream[Symbol.asyncIterator](), stop };
      followed.set(standing, one);
      ask(one);
    }
    for (const [standing, { stop }] of followed) if (standing.gone.aborted) stop.abort();
  };
  const unlisten = registry.onChange(wake);
  signal.addEventListener('abort', wake);
  try {
    while (!signal.aborted) {
      changed = Promise.withResolvers();
      take();
      const first = ready.shift();
      if (first === undefined) {
        await changed.promise;
        continue;
      }
      const { from, item } = first;
      if ('error' in item) throw item.error;
      if (item.done === true) {
        // A stream that ended by itself stays ended.
        for (const [standing, one] of followed) if (one === from && standing.gone.aborted) followed.delete(standing);
        continue;
      }
      ask(from);
      yield item.value;
    }
  } finally {
    unlisten();
    signal.removeEventListener('abort', wake);
    for (const { stop, items } of followed.values()) {
      stop.abort();
      void items.return?.(undefined)?.catch(() => undefined); // nobody reads it any more
    }
  }
}
