/** Where facts are published and any number of watchers read them, each at its own pace. */
export class EventHub<T> {
  readonly #subscribers = new Set<(item: T) => void>();

  /** Number of watchers: sampling and the like goes on only while there is one. */
  get watched(): boolean {
    return this.#subscribers.size > 0;
  }

  /** Gives the item to everybody who watches now. */
  publish(item: T): void {
    for (const subscriber of this.#subscribers) subscriber(item);
  }

  /** Calls `listener` at once for each item from now on. @returns a function that ends it */
  listen(listener: (item: T) => void): () => void {
    this.#subscribers.add(listener);
    return () => {
      this.#subscribers.delete(listener);
    };
  }

  /**
   * Items from now on, until `signal` aborts.
   *
   * @param first items that come before anything published (a snapshot, taken in the same tick as the subscription)
   * @param key items with the same key replace one another while they wait, so that a slow watcher costs no memory;
   *   `undefined` keeps the item. At most `bound` items wait: beyond that the oldest keyless one is dropped.
   */
  async *subscribe(
    signal: AbortSignal,
    first: () => Iterable<T>,
    key: (item: T) => string | undefined = () => undefined,
    bound = 10_000,
  ): AsyncGenerator<T, void, undefined> {
    const waiting = new Map<string | symbol, T>();
    let wake: () => void = () => undefined;
    const add = (item: T) => {
      const place = key(item) ?? Symbol('keyless');
      // Delete before set: a replaced item moves to the end, behind what was published since.
      waiting.delete(place);
      waiting.set(place, item);
      if (waiting.size > bound) {
        for (const candidate of waiting.keys()) {
          if (typeof candidate === 'string') continue;
          waiting.delete(candidate);
          break;
        }
      }
      wake();
    };
    this.#subscribers.add(add);
    const stop = () => wake();
    signal.addEventListener('abort', stop);
    try {
      for (const item of first()) add(item);
      while (!signal.aborted) {
        const next = waiting.entries().next();
        if (next.done === true) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        const [place, item] = next.value;
        waiting.delete(place);
        yield item;
      }
    } finally {
      this.#subscribers.delete(add);
      signal.removeEventListener('abort', stop);
    }
  }
}
