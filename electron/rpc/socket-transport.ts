import type { Socket } from 'node:net';
import { TapestryError } from '../../shared/errors.ts';
import { jsonOrUndefined } from '../../shared/json.ts';
import { channelHeader, maxByteFrame, maxMessage, violation, type Receiver, type Transport } from '../../shared/rpc/protocol.ts';

/** A frame is its payload's length (4 bytes, big-endian), its kind (1 byte) and the payload. */
const header = 5;
const messageKind = 0;
const bytesKind = 1;

/** The transport over a stream socket (unix socket between the hosts of one user). */
export function socketTransport(socket: Socket): Transport {
  let done = false;
  let receiver: Receiver | undefined;
  let pieces: Buffer[] = [];
  let buffered = 0;

  const shut = (error?: TapestryError): void => {
    if (done) return;
    done = true;
    pieces = [];
    socket.end();
    // A peer that doesn't read would keep what is not flushed, and so the socket, for ever.
    const late = setTimeout(() => socket.destroy(), 2000);
    socket.once('close', () => clearTimeout(late));
    // What still arrives must not fill a buffer.
    socket.resume();
    receiver?.closed(error);
  };
  /** The first `size` bytes of what is buffered; only called when they are there. */
  const peek = (size: number): Buffer => {
    const first = pieces[0];
    if (first !== undefined && first.byteLength >= size) return first.subarray(0, size);
    const whole = Buffer.concat(pieces);
    pieces = [whole];
    return whole.subarray(0, size);
  };
  const drop = (size: number): void => {
    const first = pieces[0];
    if (first === undefined) return;
    buffered -= size;
    if (first.byteLength === size) pieces.shift();
    else pieces[0] = first.subarray(size);
  };
  const frame = (kind: number, payload: Buffer): void => {
    if (kind === bytesKind) {
      receiver?.bytes(payload.readUInt32BE(0), payload.subarray(channelHeader));
      return;
    }
    receiver?.message(jsonOrUndefined(payload.toString('utf8')));
  };
  const onData = (data: Buffer): void => {
    if (done) return;
    pieces.push(data);
    buffered += data.byteLength;
    while (!done && buffered >= header) {
      const head = peek(header);
      const size = head.readUInt32BE(0);
      const kind = head.readUInt8(4);
      if (kind !== messageKind && kind !== bytesKind) return shut(violation('a frame of an unknown kind'));
      if (kind === bytesKind && size <= channelHeader) return shut(violation('a byte frame without a channel'));
      if (size > (kind === bytesKind ? channelHeader + maxByteFrame : maxMessage)) {
        return shut(new TapestryError('limit', 'The connection was closed: a frame was too large.'));
      }
      if (buffered < header + size) return;
      const payload = peek(header + size).subarray(header);
      drop(header + size);
      frame(kind, payload);
    }
  };

  return {
    start: (to) => {
      receiver = to;
      socket.on('data', onData);
      socket.on('end', () => shut());
      socket.on('error', () => shut());
      socket.on('close', () => shut());
    },
    send: (message) => {
      if (done) return;
      const payload = Buffer.from(JSON.stringify(message));
      if (payload.byteLength > maxMessage) throw new TapestryError('limit', 'The message is too large to be sent.');
      socket.write(withHeader(messageKind, payload));
    },
    sendBytes: (channel, bytes) => {
      if (done) return;
      const frameBytes = Buffer.allocUnsafe(header + channelHeader + bytes.byteLength);
      frameBytes.writeUInt32BE(channelHeader + bytes.byteLength, 0);
      frameBytes.writeUInt8(bytesKind, 4);
      frameBytes.writeUInt32BE(channel, header);
      frameBytes.set(bytes, header + channelHeader);
      socket.write(frameBytes);
    },
    close: () => shut(),
  };
}

function withHeader(kind: number, payload: Buffer): Buffer {
  const head = Buffer.allocUnsafe(header);
  head.writeUInt32BE(payload.byteLength, 0);
  head.writeUInt8(kind, 4);
  return Buffer.concat([head, payload]);
}
