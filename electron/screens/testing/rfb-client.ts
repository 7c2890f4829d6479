import type { ByteChannel } from '../../../shared/contract/kinds.ts';

/** A picture, three bytes a pixel: red, green, blue. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Buffer;
}

/** The smallest viewer: RFB 3.8 without a password, raw pixels. */
export class RfbClient {
  readonly #channel: ByteChannel;
  readonly #incoming: AsyncIterator<Uint8Array>;
  #waiting: Buffer = Buffer.alloc(0);
  #size = { width: 0, height: 0 };

  constructor(channel: ByteChannel) {
    this.#channel = channel;
    this.#incoming = channel.incoming[Symbol.asyncIterator]();
  }

  /** @returns the server's version @throws Error when it ends the connection */
  async handshake(): Promise<string> {
    const version = (await this.take(12)).toString('latin1');
    await this.send(Buffer.from('RFB 003.008\n'));
    const [count = 0] = await this.take(1);
    const types = await this.take(count);
    if (!types.includes(1)) throw new Error(`a password is asked for: ${[...types].join()}`);
    await this.send(Uint8Array.of(1));
    if ((await this.take(4)).readUInt32BE() !== 0) throw new Error('refused');
    await this.send(Uint8Array.of(0));
    const init = await this.take(24);
    this.#size = { width: init.readUInt16BE(0), height: init.readUInt16BE(2) };
    await this.take(init.readUInt32BE(20));
    return version.trim();
  }

  /** The whole picture as it is now. */
  async picture(): Promise<Picture> {
    const { width, height } = this.#size;
    const ask = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    ask.writeUInt16BE(width, 6);
    ask.writeUInt16BE(height, 8);
    await this.send(Buffer.concat([Buffer.from([2, 0, 0, 1, 0, 0, 0, 0]), ask]));
    const rgb = Buffer.alloc(width * height * 3);
    const head = await this.take(4);
    if (head[0] !== 0) throw new Error(`message ${head[0]}`);
    for (let left = head.readUInt16BE(2); left > 0; left--) {
      const rect = await this.take(12);
      const [x, y, w, h] = [0, 2, 4, 6].map((at) => rect.readUInt16BE(at)) as [number, number, number, number];
      if (rect.readInt32BE(8) !== 0) throw new Error(`encoding ${rect.readInt32BE(8)}`);
      const pixels = await this.take(w * h * 4);
      for (let place = 0; place < w * h; place++) {
        const to = ((y + Math.floor(place / w)) * width + x + (place % w)) * 3;
        // Blue, green, red, nothing: QEMU's own format.
        for (const color of [0, 1, 2]) rgb[to + color] = pixels[place * 4 + 2 - color] ?? 0;
      }
    }
    return { width, height, rgb };
  }

  /** Presses a key and lets go of it, by its X keysym. */
  async key(keysym: number): Promise<void> {
    for (const down of [1, 0]) {
      const event = Buffer.from([4, down, 0, 0, 0, 0, 0, 0]);
      event.writeUInt32BE(keysym, 4);
      await this.send(event);
    }
  }

  async send(bytes: Uint8Array): Promise<void> {
    await this.#channel.write(bytes);
  }

  /** The next bytes. @throws Error when the stream ends before */
  async take(count: number): Promise<Buffer> {
    while (this.#waiting.length < count) {
      const next = await this.#incoming.next();
      if (next.done === true) throw new Error('the stream ended');
      this.#waiting = Buffer.concat([this.#waiting, next.value]);
    }
    const taken = this.#waiting.subarray(0, count);
    this.#waiting = this.#waiting.subarray(count);
    return taken;
  }
}
