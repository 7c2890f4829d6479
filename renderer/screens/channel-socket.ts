import type { ByteChannel } from '../../shared/contract/kinds.ts';

/** What noVNC wants of a connection: as much of a WebSocket as it uses. */
export class ChannelSocket {
  binaryType = 'arraybuffer';
  readonly protocol = '';
  readyState: 'open' | 'closed' = 'open';
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  readonly #channel: ByteChannel;

  constructor(channel: ByteChannel) {
    this.#channel = channel;
    void this.#read();
  }

  /** Takes a copy: noVNC uses its buffer again. What the other end doesn't take any more, its end tells. */
  send(data: Uint8Array): void {
    this.#channel.write(data.slice()).catch(() => this.#ended());
  }

  close(): void {
    this.#channel.close();
    this.#ended();
  }

  /** What came is used before more is asked for: a viewer that is slow makes QEMU send less. */
  async #read(): Promise<void> {
    try {
      for await (const bytes of this.#channel.incoming) {
        const { buffer, byteOffset, byteLength } = bytes;
        this.onmessage?.({ data: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer });
      }
    } catch {
      // Why it ended, the state of the screen tells.
    }
    this.#ended();
  }

  #ended(): void {
    if (this.readyState === 'closed') return;
    this.readyState = 'closed';
    this.onclose?.({ code: 1000, reason: '' });
  }
}
