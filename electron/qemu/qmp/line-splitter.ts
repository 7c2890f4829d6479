/**
 * Cuts a byte stream into lines. QMP ends every message with CR LF and never puts a raw line feed inside one
 * (QEMU docs/interop/qmp-spec), so a line is a message.
 */
export class LineSplitter {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #length = 0;

  /** @param limit the longest line taken, bytes without its end */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Takes the next bytes and gives the lines that they complete, without CR and LF; empty lines are left out.
   *
   * @throws RangeError when a line is longer than the limit; nothing more may be pushed then
   */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(0x0a, from);
      const piece = end === -1 ? chunk.subarray(from) : chunk.subarray(from, end);
      this.#length += piece.length;
      if (this.#length > this.#limit) throw new RangeError(`a line is longer than ${this.#limit} bytes`);
      if (piece.length > 0) this.#parts.push(piece);
      if (end === -1) return lines;
      const line = Buffer.concat(this.#parts).toString('utf8').trimEnd();
      this.#parts = [];
      this.#length = 0;
      if (line !== '') lines.push(line);
      from = end + 1;
    }
  }
}
