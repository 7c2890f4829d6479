import type { ByteChannel } from '../contract/kinds.ts';
import type { ErrorData, TapestryError } from '../errors.ts';
import { ConsumerQueue } from './consumer-queue.ts';
import { SerialQueue } from '../serial-queue.ts';
import { Credit, Debt } from './credit.ts';
import { connectionClosed, fromErrorData } from './error-data.ts';
import { byteWindow, maxByteFrame } from './protocol.ts';

/** How a channel reaches its other end, and what it tells its owner. */
export interface ChannelLink {
  sendBytes(bytes: Uint8Array): void;
  sendWindow(units: number): void;
  sendEnd(error: ErrorData | undefined): void;
  /** What of an error may travel; logs the rest. */
  describe(error: unknown): ErrorData;
  /** This end closed, or the other end did and all its bytes were used (or nobody reads them). Called once. */
  over(): void;
}

/** A channel as its connection sees it. */
export interface ChannelEnd {
  readonly channel: ByteChannel;
  /** Bytes arrived. False when the sender overran its window. */
  receive(bytes: Uint8Array): boolean;
  /** Credit came back. False when it is more than was sent. */
  credit(units: number): boolean;
  /** The other end closed: what arrived can still be read, writes reject. */
  ended(error: ErrorData | undefined): void;
  /** The connection is gone. */
  lost(error: TapestryError): void;
}

/** Makes one end of a duplex byte channel with a window of {@link byteWindow} bytes each way. */
export function makeByteChannel(link: ChannelLink): ChannelEnd {
  const credit = new Credit(byteWindow);
  let state: 'open' | 'ended' = 'open';
  let isOver = false;
  const finished = Promise.withResolvers<void>();
  // Nobody has to look at `closed`: the error also comes out of `incoming` and `write`.
  finished.promise.catch(() => undefined);

  const over = (): void => {
    if (isOver) return;
    isOver = true;
    link.over();
  };
  const debt = new Debt(byteWindow, (units) => {
    if (state === 'open') link.sendWindow(units);
  });
  const queue = new ConsumerQueue<Uint8Array>({ used: (bytes) => debt.used(bytes.byteLength), drained: over });

  const remoteEnd = (error: TapestryError | undefined): void => {
    if (state !== 'open') return;
    state = 'ended';
    credit.end(error ?? connectionClosed());
    queue.end(error);
    if (error === undefined) finished.resolve();
    else finished.reject(error);
    if (!queue.reading) over();
  };

  const turns = new SerialQueue();
  const send = async (bytes: Uint8Array): Promise<void> => {
    let sent = 0;
    while (sent < bytes.byteLength) {
      const size = await credit.take(Math.min(bytes.byteLength - sent, maxByteFrame));
      link.sendBytes(bytes.subarray(sent, sent + size));
      sent += size;
    }
    if (state !== 'open') throw connectionClosed();
  };

  return {
    channel: {
      incoming: queue,
      closed: finished.promise,
      // One write after the other: a long write is split, and another must not get between its parts.
      write: (bytes) => turns.run(() => send(bytes)),
      close: (error) => {
        if (state === 'open') {
          state = 'ended';
          link.sendEnd(error === undefined ? undefined : link.describe(error));
          credit.end(connectionClosed());
          finished.resolve();
        }
        queue.discard();
        over();
      },
    },
    receive: (bytes) => {
      if (state !== 'open') return true;
      if (!debt.received(bytes.byteLength)) return false;
      queue.push(bytes);
      return true;
    },
    credit: (units) => state !== 'open' || credit.give(units),
    ended: (error) => remoteEnd(error === undefined ? undefined : fromErrorData(error)),
    lost: (error) => {
      remoteEnd(error);
      over();
    },
  };
}
