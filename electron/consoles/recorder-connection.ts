import { once } from 'node:events';
import net from 'node:net';
import { TapestryError } from '../../shared/errors.ts';
import { errnoOf } from '../files/if-there.ts';
import {
  type RecorderReply,
  ReplyDecoder,
  clearRequest,
  inputRequests,
  stopRequest,
  subscribeRequest,
  watchRequest,
} from './recorder-protocol.ts';

/** One connection to a machine's serial recorder. Flow control is the socket's: what isn't read holds the recorder's sending back. */
export class RecorderConnection {
  readonly #socket: net.Socket;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
  }

  /**
   * Connects to the recorder's socket.
   * @throws TapestryError `closed` when no recorder listens there, `cancelled` when `signal` aborts
   */
  static async open(socketPath: string, signal?: AbortSignal): Promise<RecorderConnection> {
    const socket = net.connect(socketPath);
    try {
      await once(socket, 'connect', signal === undefined ? {} : { signal });
    } catch (cause) {
      socket.destroy();
      if (signal?.aborted === true) throw new TapestryError('cancelled', 'Connecting to the serial recorder was cancelled.', { cause });
      throw new TapestryError('closed', 'The serial recorder of this machine is not running.', { detail: String(cause), cause });
    }
    // A failure shows in the iteration and in writes; a socket without a listener would end the process.
    socket.on('error', () => socket.destroy());
    if (signal !== undefined) {
      const abort = () => socket.destroy();
      signal.addEventListener('abort', abort, { once: true });
      socket.once('close', () => signal.removeEventListener('abort', abort));
      if (signal.aborted) socket.destroy();
    }
    return new RecorderConnection(socket);
  }

  /** Data of a port from an offset on, then live; ends when the recorder ends or the connection is closed. Once per connection. */
  async *subscribe(alias: string, from: number | 'end'): AsyncGenerator<{ offset: number; bytes: Uint8Array }> {
    await this.#send([subscribeRequest(alias, from)]);
    for await (const reply of this.#replies()) if (reply.type === 'data') yield reply;
  }

  /** States of a port: at once, then at each change. Once per connection. */
  async *watch(alias: string): AsyncGenerator<Extract<RecorderReply, { type: 'state' }>['state']> {
    await this.#send([watchRequest(alias)]);
    for await (const reply of this.#replies()) if (reply.type === 'state') yield reply.state;
  }

  /** Resolves when the recorder has ended, or the connection was closed. Nothing is sent meanwhile. */
  async ended(): Promise<void> {
    for await (const _reply of this.#replies()) continue;
  }

  /** Types bytes; resolves when the recorder has room for more. @throws TapestryError `closed` */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#send(inputRequests(bytes));
  }

  /** Forgets what a port recorded. */
  async clear(alias: string): Promise<void> {
    await this.#ask(clearRequest(alias));
  }

  /** Ends the recorder, after it has written what it has read. */
  async stop(): Promise<void> {
    await this.#ask(stopRequest());
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Lets the process end although this connection is open. */
  unref(): void {
    this.#socket.unref();
  }

  async #ask(request: Buffer): Promise<void> {
    await this.#send([request]);
    for await (const reply of this.#replies()) if (reply.type === 'done') return;
    throw new TapestryError('closed', 'The serial recorder ended before it answered.');
  }

  async #send(frames: Buffer[]): Promise<void> {
    for (const frame of frames) {
      if (!this.#socket.writable) throw new TapestryError('closed', 'The serial recorder ended.');
      if (this.#socket.write(frame)) continue;
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#socket.off('drain', done).off('close', done);
          resolve();
        };
        this.#socket.once('drain', done).once('close', done);
      });
    }
  }

  async *#replies(): AsyncGenerator<RecorderReply> {
    const decoder = new ReplyDecoder();
    const chunks: AsyncIterator<Buffer> = this.#socket[Symbol.asyncIterator]();
    try {
      for (;;) {
        const chunk = await nextOrEnd(chunks);
        if (chunk === undefined) return;
        for (const reply of decoder.push(chunk)) {
          if (reply.type === 'error') throw new TapestryError('internal', `The serial recorder refused: ${reply.message}.`);
          yield reply;
        }
      }
    } finally {
      this.#socket.destroy();
    }
  }
}

/** A connection that breaks is one that ended: what was received before it is all there is. */
const nextOrEnd = async (chunks: AsyncIterator<Buffer>): Promise<Buffer | undefined> => {
  try {
    const next = await chunks.next();
    return next.done === true ? undefined : next.value;
  } catch (error) {
    if (['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
};
