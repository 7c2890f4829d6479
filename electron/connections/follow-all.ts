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
    next: Promise<{ readonly from: Followed; readonly item: IteratorResult<T> }>;
  }
  const followed = new Map<Standing, Followed>();
  let changed = Promise.withResolvers<'changed'>();
  const wake = () => changed.resolve('changed');
  const ask = (from: Followed): Followed['next'] =>
    from.items.next().then(
      (item) => ({ from, item }),
      (error: unknown) => {
        // Its connection is gone, or the reader: nothing has failed.
        if (from.stop.signal.aborted) return { from, item: { done: true, value: undefined } };
        throw error;
      },
    );
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
      const one: Followed = { items: stream[Symbol.asyncIterator](), stop, next: undefined as never };
      one.next = ask(one);
      one.next.catch(() => undefined); // told when it is its turn
      followed.set(standing, one);
    }
    for (const [standing, { stop }] of followed) if (standing.gone.aborted) stop.abort();
  };
  const unlisten = registry.onChange(wake);
  signal.addEventListener('abort', wake);
  try {
    while (!signal.aborted) {
      changed = Promise.withResolvers<'changed'>();
      take();
      const first = await Promise.race([changed.promise, ...[...followed.values()].map(({ next }) => next)]);
      if (first === 'changed') continue;
      const { from, item } = first;
      if (item.done === true) {
        for (const [standing, one] of followed) if (one === from && standing.gone.aborted) followed.delete(standing);
        // A stream that ended by itself stays ended.
        from.next = new Promise(() => undefined);
        continue;
      }
      from.next = ask(from);
      from.next.catch(() => undefined); // told when it is its turn
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
