/** Hands each item to everybody who listens at that moment; a listener's items wait for it. */
export class Broadcast<T> {
  readonly #listeners = new Set<(item: T) => void>();

  send(item: T): void {
    for (const listener of this.#listeners) listener(item);
  }

  /** The items of `first`, made when the iteration begins, then what is sent until the signal aborts. */
  async *listen(signal: AbortSignal, first: () => readonly T[] = () => []): AsyncGenerator<T, void> {
    const queue: T[] = [...first()];
    let wake: (() => void) | undefined;
    const listener = (item: T): void => {
      queue.push(item);
      wake?.();
    };
    const onAbort = (): void => wake?.();
    this.#listeners.add(listener);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      while (!signal.aborted) {
        const item = queue.shift();
        if (item !== undefined) yield item;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.#listeners.delete(listener);
      signal.removeEventListener('abort', onAbort);
    }
  }
}

/** Yields what `make` returns at once and then every `ms` milliseconds until the signal aborts. */
export async function* every<T>(ms: number, signal: AbortSignal, make: () => T): AsyncGenerator<T, void> {
  while (!signal.aborted) {
    yield make();
    await pause(ms, signal);
  }
}

/** Waits `ms` milliseconds, or until the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done, { once: true });
  });
}
