/**
 * Remembers what pure functions made of the inputs that were used last, so that steps that start from the same input don't do the same
 * work again. What it gives is shared: nobody may change it. A failure is not remembered.
 */
export class Remembered<T> {
  readonly #limit: number;
  readonly #known = new Map<string, { readonly made: T }>();

  /** @param limit how many things; the one that wasn't used for the longest time goes first */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What was made for this key, which tells all of the input; `make` where nothing is known. @throws what `make` throws */
  of(key: string, make: () => T): T {
    const entry = this.#known.get(key) ?? { made: make() };
    this.#known.delete(key);
    this.#known.set(key, entry);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= this.#limit) break;
      this.#known.delete(oldest);
    }
    return entry.made;
  }
}
