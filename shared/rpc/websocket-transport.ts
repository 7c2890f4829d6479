import { TapestryError } from '../errors.ts';
import { jsonOrUndefined } from '../json.ts';
import { channelHeader, maxByteFrame, maxMessage, violation, type Receiver, type Transport } from './protocol.ts';

/** What the browser's WebSocket and that of the `ws` package have in common. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
  addEventListener(type: 'error', listener: (event: unknown) => void): void;
}

/** Close code of our own range (RFC 6455 §7.4.2) for a connection that was ended with a reason. */
const closedWithReason = 4400;
const openState = 1;

/** The transport over an open WebSocket: JSON in text frames, bytes in binary frames behind the channel's id. */
export function webSocketTransport(socket: WebSocketLike): Transport {
  let done = false;
  let tooLarge = false;
  let receiver: Receiver | undefined;
  const encoder = new TextEncoder();
  socket.binaryType = 'arraybuffer';
  const shut = (error?: TapestryError): void => {
    if (done) return;
    done = true;
    socket.close(error === undefined ? 1000 : closedWithReason, error === undefined ? undefined : clip(error.message, encoder));
    receiver?.closed(error);
  };
  return {
    start: (to) => {
      receiver = to;
      socket.addEventListener('message', ({ data }) => {
        if (done) return;
        if (typeof data === 'string') {
          to.message(jsonOrUndefined(data));
        } else if (data instanceof ArrayBuffer && data.byteLength > channelHeader && data.byteLength <= channelHeader + maxByteFrame) {
          to.bytes(new DataView(data).getUint32(0), new Uint8Array(data, channelHeader));
        } else {
          shut(violation('a binary frame that is empty or too large'));
        }
      });
      socket.addEventListener('close', ({ code, reason }) => {
        if (done) return;
        done = true;
        if (code === 1009 || tooLarge) to.closed(new TapestryError('limit', 'The connection was closed: a frame was too large.'));
        else if (reason !== '') to.closed(new TapestryError('closed', reason));
        else to.closed();
      });
      // A close event follows, which tells the rest. Only `ws` names its reason, and only here.
      socket.addEventListener('error', (event) => {
        tooLarge = errorCodeOf(event) === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
      });
    },
    send: (message) => {
      if (done || socket.readyState !== openState) return;
      const text = JSON.stringify(message);
      // UTF-16 code units make at most three bytes each; only what may be too long is counted.
      if (text.length * 3 > maxMessage && encoder.encode(text).byteLength > maxMessage)
        throw new TapestryError('limit', 'The message is too large to be sent.');
      socket.send(text);
    },
    sendBytes: (channel, bytes) => {
      if (done || socket.readyState !== openState) return;
      const frame = new Uint8Array(channelHeader + bytes.byteLength);
      new DataView(frame.buffer).setUint32(0, channel);
      frame.set(bytes, channelHeader);
      socket.send(frame);
    },
    close: (reason) => {
      if (done) return;
      done = true;
      socket.close(reason === undefined ? 1000 : closedWithReason, reason === undefined ? undefined : clip(reason, encoder));
      receiver?.closed();
    },
  };
}

/** A close frame has room for 123 bytes of reason. */
function clip(text: string, encoder: TextEncoder): string {
  let end = Math.min(text.length, 123);
  while (encoder.encode(text.slice(0, end)).byteLength > 123) end -= 1;
  return text.slice(0, end);
}

function errorCodeOf(event: unknown): unknown {
  if (typeof event !== 'object' || event === null || !('error' in event)) return undefined;
  const { error } = event;
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
