/** Items for one subscriber: pushed by the fake, taken by whoever iterates. */
export class Feed<T> {
  readonly #waiting: T[] = [];
  #wake: (() => void) | undefined;
  #over = false;
  #error: Error | undefined;

  push(item: T): void {
    this.#waiting.push(item);
    this.#wake?.();
  }

  end(): void {
    this.#over = true;
    this.#wake?.();
  }

  /** Ends with an error, behind what was pushed. */
  fail(error: Error): void {
    this.#error = error;
    this.end();
  }

  async *items(signal?: AbortSignal): AsyncGenerator<T> {
    signal?.addEventListener('abort', () => this.end(), { once: true });
    for (;;) {
      while (this.#waiting.length > 0) yield this.#waiting.shift() as T;
      if (this.#error) throw this.#error;
      if (this.#over || signal?.aborted === true) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** Subscribers of one kind: an item goes to all of them. */
export class Feeds<T> {
  readonly #open = new Set<Feed<T>>();

  publish(item: T): void {
    for (const feed of this.#open) feed.push(item);
  }

  get size(): number {
    return this.#open.size;
  }

  async *follow(first: readonly T[], signal?: AbortSignal): AsyncGenerator<T> {
    const feed = new Feed<T>();
    for (const item of first) feed.push(item);
    this.#open.add(feed);
    try {
      yield* feed.items(signal);
    } finally {
      this.#open.delete(feed);
    }
  }
}
