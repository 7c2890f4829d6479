/**
 * What was made from the last few texts, for as long as the garbage collector has no use for its memory: the steps of one request find it,
 * and nothing of it stays with the host. The texts, too, are held no longer.
 */
export class WhileSpare<Value extends object> {
  readonly #limit: number;
  #made: readonly WeakRef<{ readonly text: string; readonly value: Value }>[] = [];

  /** @param limit how many texts are kept at most */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The value of a text; `make` where it isn't there. @throws what `make` throws: a failure isn't remembered */
  of(text: string, make: () => Value): Value {
    const kept = this.#made.find((entry) => entry.deref()?.text === text)?.deref();
    if (kept !== undefined) return kept.value;
    const value = make();
    const others = this.#made.filter((entry) => entry.deref() !== undefined);
    this.#made = [new WeakRef({ text, value }), ...others].slice(0, this.#limit);
    return value;
  }
}
