/**
 * The frames between the serial recorder and its viewers: u32 length (of what follows it), u8 type, payload; integers
 * little-endian. The other side is serial-recorder/protocol.h: keep the two equal.
 */

/** Longest payload of a frame, bytes (PAYLOAD_MAX). */
export const payloadMax = 65_536;

/** Offset that stands for the present end in a subscription. */
const presentEnd = 0xffff_ffff_ffff_ffffn;

const requests = { subscribe: 1, watch: 2, input: 3, clear: 4, stop: 5 } as const;
const replies = { data: 1, state: 2, done: 3, error: 4 } as const;

/** State of a recorded port. Offsets count bytes since power-on; `since` is ms since the epoch. */
export interface PortState {
  readonly connected: boolean;
  readonly interactive: boolean;
  readonly viewers: number;
  readonly start: number;
  readonly end: number;
  readonly limit: number;
  readonly since: number;
  readonly message: string;
}

/** What the recorder sends. A long data frame is handed on in pieces as they arrive, each with its own offset. */
export type RecorderReply =
  | { readonly type: 'data'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly type: 'state'; readonly state: PortState }
  | { readonly type: 'done' }
  | { readonly type: 'error'; readonly message: string };

const frame = (type: number, payload: Uint8Array): Buffer => {
  const bytes = Buffer.alloc(5 + payload.length);
  bytes.writeUInt32LE(payload.length + 1, 0);
  bytes[4] = type;
  bytes.set(payload, 5);
  return bytes;
};

/** Asks for data from an offset on (`'end'`: only what comes from now on), then live. */
export function subscribeRequest(alias: string, from: number | 'end'): Buffer {
  const payload = Buffer.alloc(8 + Buffer.byteLength(alias));
  payload.writeBigUInt64LE(from === 'end' ? presentEnd : BigInt(from), 0);
  payload.write(alias, 8);
  return frame(requests.subscribe, payload);
}

/** Asks for the port's state, at once and at each change. */
export function watchRequest(alias: string): Buffer {
  return frame(requests.watch, Buffer.from(alias));
}

/** Types bytes. More than {@link payloadMax} become several frames. */
export function inputRequests(bytes: Uint8Array): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += payloadMax) frames.push(frame(requests.input, bytes.subarray(at, at + payloadMax)));
  return frames;
}

/** Forgets what a port recorded. */
export function clearRequest(alias: string): Buffer {
  return frame(requests.clear, Buffer.from(alias));
}

/** Ends the recorder. */
export function stopRequest(): Buffer {
  return frame(requests.stop, Buffer.alloc(0));
}

const readState = (payload: Buffer): PortState => {
  if (payload.length < 38) throw new Error(`the recorder sent a state of ${payload.length} bytes`);
  return {
    connected: payload[0] === 1,
    interactive: payload[1] === 1,
    viewers: payload.readUInt32LE(2),
    start: Number(payload.readBigUInt64LE(6)),
    end: Number(payload.readBigUInt64LE(14)),
    limit: Number(payload.readBigUInt64LE(22)),
    since: Number(payload.readBigUInt64LE(30)),
    message: payload.toString('utf8', 38),
  };
};

/** Splits what arrives into replies. Data is passed on without being copied or waited for. */
export class ReplyDecoder {
  #pending: Buffer = Buffer.alloc(0);
  /** Of the data frame under way: bytes still to come, and the offset of the next. */
  #dataLeft = 0;
  #dataOffset = 0;

  /** @throws Error when the bytes aren't frames of a recorder; nothing more can be decoded then */
  push(chunk: Buffer): RecorderReply[] {
    const found: RecorderReply[] = [];
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (;;) {
      if (this.#dataLeft > 0) {
        if (bytes.length === 0) break;
        const piece = bytes.subarray(0, this.#dataLeft);
        found.push({ type: 'data', offset: this.#dataOffset, bytes: piece });
        this.#dataLeft -= piece.length;
        this.#dataOffset += piece.length;
        bytes = bytes.subarray(piece.length);
        continue;
      }
      if (bytes.length < 5) break;
      const length = bytes.readUInt32LE(0) - 1;
      const type = bytes[4];
      if (length < 0 || length > payloadMax) throw new Error(`the recorder announced a frame of ${length} bytes`);
      if (type === replies.data) {
        if (length < 8) throw new Error('the recorder sent data without an offset');
        if (bytes.length < 13) break;
        this.#dataOffset = Number(bytes.readBigUInt64LE(5));
        this.#dataLeft = length - 8;
        bytes = bytes.subarray(13);
        continue;
      }
      if (bytes.length < 5 + length) break;
      found.push(readReply(type, bytes.subarray(5, 5 + length)));
      bytes = bytes.subarray(5 + length);
    }
    this.#pending = bytes;
    return found;
  }
}

const readReply = (type: number | undefined, payload: Buffer): RecorderReply => {
  if (type === replies.state) return { type: 'state', state: readState(payload) };
  if (type === replies.done) return { type: 'done' };
  if (type === replies.error) return { type: 'error', message: payload.toString('utf8') };
  throw new Error(`the recorder sent a frame of type ${type}`);
};
