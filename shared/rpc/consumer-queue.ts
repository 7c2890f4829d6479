interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/** What a {@link ConsumerQueue} tells its owner. */
export interface QueueHooks<T> {
  /** The consumer is done with this item: it came back for the next one. This is when credit may be returned. */
  used?(item: T): void;
  /** The consumer left the loop. The queue has ended then. Without this hook the queue stays open and may be iterated again. */
  left?(): void;
  /** The queue has ended and its last item was used. */
  drained?(): void;
}

/**
 * Items between a sender with credits and one consumer. An item counts as used only when the consumer asks for the next, so
 * that `for await (const chunk of incoming) await draw(chunk)` holds the sender back by the speed of `draw`.
 */
export class ConsumerQueue<T> implements AsyncIterable<T, undefined> {
  #items: T[] = [];
  #head = 0;
  #waiters: Waiter<T>[] = [];
  #handedOut: { item: T } | undefined;
  #end: { error?: unknown } | undefined;
  #drained = false;
  #reading = false;
  readonly #hooks: QueueHooks<T>;

  constructor(hooks: QueueHooks<T> = {}) {
    this.#hooks = hooks;
  }

  /** Has anybody begun to iterate? */
  get reading(): boolean {
    return this.#reading;
  }

  /** Adds an item; does nothing after the end. */
  push(item: T): void {
    if (this.#end !== undefined) return;
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      this.#items.push(item);
      return;
    }
    this.#handedOut = { item };
    waiter.resolve({ value: item, done: false });
  }

  /** Ends the queue: the consumer gets what is queued, then the end or `error`. The first end counts. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? {} : { error };
    for (const waiter of this.#waiters.splice(0)) this.#finish(waiter);
    this.#checkDrained();
  }

  /** Ends the queue and drops what the consumer has not taken yet. */
  discard(error?: unknown): void {
    this.#items = [];
    this.#head = 0;
    this.end(error);
    this.#checkDrained();
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    this.#reading = true;
    return {
      next: () => this.#next(),
      return: () => {
        if (this.#hooks.left !== undefined) {
          const before = this.#end;
          this.discard();
          if (before === undefined) this.#hooks.left();
        } else {
          this.#settle();
        }
        return Promise.resolve({ value: undefined, done: true });
      },
    };
  }

  #next(): Promise<IteratorResult<T, undefined>> {
    this.#settle();
    if (this.#head < this.#items.length) {
      const item = this.#items[this.#head] as T;
      this.#head += 1;
      if (this.#head > 1024 || this.#head === this.#items.length) {
        this.#items = this.#items.slice(this.#head);
        this.#head = 0;
      }
      this.#handedOut = { item };
      return Promise.resolve({ value: item, done: false });
    }
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      if (this.#end === undefined) this.#waiters.push(waiter);
      else this.#finish(waiter);
    });
  }

  #settle(): void {
    const held = this.#handedOut;
    this.#handedOut = undefined;
    if (held !== undefined) this.#hooks.used?.(held.item);
    this.#checkDrained();
  }

  #checkDrained(): void {
    if (this.#end === undefined || this.#drained || this.#handedOut !== undefined || this.#head < this.#items.length) return;
    this.#drained = true;
    this.#hooks.drained?.();
  }

  #finish(waiter: Waiter<T>): void {
    if (this.#end !== undefined && 'error' in this.#end) {
      const { error } = this.#end;
      // The failure is told once; whoever iterates again sees an end.
      this.#end = {};
      waiter.reject(error);
    } else {
      waiter.resolve({ value: undefined, done: true });
    }
  }
}
