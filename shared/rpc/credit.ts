/** The sender's side of a window: how much may still be sent. */
export class Credit {
  #left: number;
  readonly #window: number;
  #ended: { error: unknown } | undefined;
  #waiting: { wanted: number; resolve(taken: number): void; reject(error: unknown): void }[] = [];

  /** @param window units that may be under way: bytes or items */
  constructor(window: number) {
    this.#left = window;
    this.#window = window;
  }

  /** Takes up to `wanted` units, at least one; waits in line while there is none. Rejects with the error of {@link end}. */
  take(wanted: number): Promise<number> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended.error);
    if (this.#waiting.length === 0 && this.#left > 0) return Promise.resolve(this.#grant(wanted));
    return new Promise((resolve, reject) => this.#waiting.push({ wanted, resolve, reject }));
  }

  /** The consumer used `units`. False when that is more than was sent: the peer lies. */
  give(units: number): boolean {
    this.#left += units;
    if (this.#left > this.#window) return false;
    while (this.#left > 0) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      next.resolve(this.#grant(next.wanted));
    }
    return true;
  }

  /** Nobody will take any more: those who wait are rejected with `error`. */
  end(error: unknown): void {
    this.#ended ??= { error };
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }

  #grant(wanted: number): number {
    const taken = Math.min(wanted, this.#left);
    this.#left -= taken;
    return taken;
  }
}

/** The receiver's side of a window: what arrived and is not used yet, and what is used and not told yet. */
export class Debt {
  #open = 0;
  #untold = 0;
  readonly #window: number;
  readonly #tell: (units: number) => void;

  /**
   * @param window units that the sender may have under way
   * @param tell sends credit back; called in quarters of the window, so that small items don't cost a message each
   */
  constructor(window: number, tell: (units: number) => void) {
    this.#window = window;
    this.#tell = tell;
  }

  /** False when the sender overran its window. */
  received(units: number): boolean {
    this.#open += units;
    return this.#open <= this.#window;
  }

  /** The consumer is done with `units`. */
  used(units: number): void {
    this.#untold += units;
    if (this.#untold < this.#window / 4) return;
    const units_ = this.#untold;
    this.#untold = 0;
    this.#open -= units_;
    this.#tell(units_);
  }
}
