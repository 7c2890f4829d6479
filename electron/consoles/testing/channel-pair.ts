import type { ByteChannel } from '../../../shared/contract/kinds.ts';
import { TapestryError } from '../../../shared/errors.ts';

/** Bytes one side may send ahead of the other's reading, as the contract says. */
const credit = 1024 * 1024;

/** One direction: a queue whose writer waits while more than the credit lies in it. */
class Direction {
  ended = false;
  #error: unknown;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #wake: (() => void)[] = [];

  get waiting(): number {
    return this.#queued;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.ended) throw new TapestryError('closed', 'The channel is closed.');
    // A copy, since senders reuse their buffers.
    this.#queue.push(Uint8Array.from(bytes));
    this.#queued += bytes.length;
    this.#notify();
    while (this.#queued > credit && !this.ended) await this.#changed();
    if (this.ended) throw new TapestryError('closed', 'The channel is closed.');
  }

  end(error?: unknown): void {
    this.ended = true;
    this.#error = error;
    this.#notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const bytes = this.#queue[0];
      if (bytes !== undefined) {
        yield bytes;
        this.#queue.shift();
        this.#queued -= bytes.length;
        this.#notify();
      } else if (this.ended) {
        if (this.#error !== undefined) throw this.#error;
        return;
      } else {
        await this.#changed();
      }
    }
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  async #changed(): Promise<void> {
    await new Promise<void>((resolve) => this.#wake.push(resolve));
  }
}

/** Two ends of a byte channel in memory, with the credits of the real ones. `unread`: bytes the host has written and the viewer hasn't taken. */
export function channelPair(): { host: ByteChannel; viewer: ByteChannel; unread: () => number } {
  const toViewer = new Direction();
  const toHost = new Direction();
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const close = (error?: unknown) => {
    toViewer.end(error);
    toHost.end();
    resolve();
  };
  const end = (incoming: Direction, outgoing: Direction): ByteChannel => ({
    incoming,
    write: async (bytes) => await outgoing.write(bytes),
    close,
    closed,
  });
  return { host: end(toHost, toViewer), viewer: end(toViewer, toHost), unread: () => toViewer.waiting };
}
