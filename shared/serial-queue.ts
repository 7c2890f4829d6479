/** Runs asynchronous work one after another, in the order it was asked for. One failing doesn't stop the next. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` after everything queued before it has settled. @returns its result, or its rejection */
  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.then(
      () => undefined,
      () => undefined, // the caller has the rejection; the queue only needs to know that it is over
    );
    return turn;
  }

  /** Resolves when all work queued so far has settled. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
