import { LineSplitter } from '../qmp/line-splitter.ts';

/** The byte that no JSON text holds: whatever of an answer came before it is void (QEMU docs/interop/qemu-ga-ref, guest-sync-delimited). */
export const sentinel = 0xff;

/**
 * Cuts what a guest agent writes into lines. The guest decides every byte, so nothing is kept that nobody waits for: until the first
 * sentinel all is dropped, each further one voids what came before it, and a line and the whole have their limits.
 */
export class SentinelSplitter {
  readonly #lineLimit: number;
  #left: number;
  #lines: LineSplitter | undefined;

  /** @param lineLimit the longest line taken, bytes @param limit how much is taken at all, dropped bytes too */
  constructor(lineLimit: number, limit: number) {
    this.#lineLimit = lineLimit;
    this.#left = limit;
  }

  /**
   * Takes the next bytes and gives the lines that they complete, from the last sentinel on.
   *
   * @throws RangeError when a line or the whole is longer than its limit; nothing more may be pushed then
   */
  push(chunk: Buffer): string[] {
    this.#left -= chunk.length;
    if (this.#left < 0) throw new RangeError('it writes more than any answer has');
    const last = chunk.lastIndexOf(sentinel);
    if (last !== -1) this.#lines = new LineSplitter(this.#lineLimit);
    return this.#lines?.push(chunk.subarray(last + 1)) ?? [];
  }
}
