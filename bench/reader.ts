/** Reads a port as fast as it comes, as a viewer does, and counts. */
export class Reader {
  /** Read so far. */
  bytes = 0;
  /** Types at the port. */
  readonly type: (text: string) => unknown;
  #text = '';
  #wanted: { readonly text: string; readonly found: () => void } | undefined;
  readonly #ended: Promise<void>;

  constructor(incoming: AsyncIterable<unknown>, type: (text: string) => unknown) {
    this.type = type;
    this.#ended = this.#read(incoming);
    this.#ended.catch(() => undefined); // told to who waits
  }

  /** Resolves when the port has printed this text since the last call. @throws Error when the port ends first */
  async until(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wanted = { text, found: resolve };
    this.#look('');
    await Promise.race([promise, this.#ended.then(() => Promise.reject(new Error(`the port ended before it printed ${text}`)))]);
  }

  async #read(incoming: AsyncIterable<unknown>): Promise<void> {
    for await (const chunk of incoming) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('the port gave something else than bytes');
      this.bytes += chunk.byteLength;
      if (this.#wanted !== undefined) this.#look(Buffer.from(chunk).toString('latin1'));
    }
  }

  #look(more: string): void {
    this.#text += more;
    if (this.#wanted === undefined || !this.#text.includes(this.#wanted.text)) return;
    this.#wanted.found();
    this.#wanted = undefined;
    this.#text = '';
  }
}
