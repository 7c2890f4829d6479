import { z } from 'zod';
import { errorData, TapestryError } from '../errors.ts';

/**
 * What goes over a connection between a client and a host: small messages (JSON or structured clone) and byte frames that
 * name a channel. Ids are given by the client, count upwards and are never used twice on a connection.
 */

/** Bytes that may be under way on a channel in one direction before its consumer has used them. */
export const byteWindow = 1024 * 1024;

/** Items of an events method that may be under way before their consumer has used them. */
export const eventWindow = 256;

/** Largest payload of one byte frame; longer writes are split. Bytes. */
export const maxByteFrame = 256 * 1024;

/** Largest message, as UTF-8 JSON. Holds domain XML of its own limit (4 MiB) even when every other character needs an escape. Bytes. */
export const maxMessage = 16 * 1024 * 1024;

/** Calls, event streams and channels that one connection may have open at a time. */
export const maxOpen = 1024;

/** Byte channels that one connection may have open at a time: each may hold {@link byteWindow} bytes each way. */
export const maxChannels = 128;

/** Reserved on byte frames: the channel's id, big-endian, where a transport has no other place for it. Bytes. */
export const channelHeader = 4;

const id = z.int().min(1).max(0xffffffff);

/** What a client may send. */
export const clientMessage = z.discriminatedUnion('t', [
  z.object({ t: z.literal('open'), id, m: z.string().max(200), p: z.unknown().optional() }),
  z.object({ t: z.literal('cancel'), id }),
  z.object({ t: z.literal('ack'), id, n: z.int().min(1).max(eventWindow) }),
  z.object({ t: z.literal('win'), id, n: z.int().min(1).max(byteWindow) }),
  z.object({ t: z.literal('fin'), id, e: errorData.optional() }),
  z.object({ t: z.literal('bye'), e: errorData }),
]);

/** See {@link clientMessage}. */
export type ClientMessage = z.infer<typeof clientMessage>;

/** What a server may send. */
export const serverMessage = z.discriminatedUnion('t', [
  z.object({ t: z.literal('ok'), id, v: z.unknown().optional() }),
  z.object({ t: z.literal('err'), id, e: errorData }),
  z.object({ t: z.literal('ev'), id, v: z.unknown().optional() }),
  z.object({ t: z.literal('end'), id }),
  z.object({ t: z.literal('win'), id, n: z.int().min(1).max(byteWindow) }),
  z.object({ t: z.literal('fin'), id, e: errorData.optional() }),
  z.object({ t: z.literal('bye'), e: errorData }),
]);

/** See {@link serverMessage}. */
export type ServerMessage = z.infer<typeof serverMessage>;

/** What a transport delivers to. Every value is untrusted until the receiver has validated it. */
export interface Receiver {
  message(message: unknown): void;
  bytes(channel: number, bytes: Uint8Array): void;
  /** Called once, last. `error` is set when the transport itself met something wrong (a frame over its limit, no JSON). */
  closed(error?: TapestryError): void;
}

/**
 * Carries messages and byte frames in order over one medium. It frames and bounds; it knows nothing of methods.
 */
export interface Transport {
  /** Begins to deliver. Called once, before anything is sent. */
  start(receiver: Receiver): void;
  /** Throws `limit` when the message is over {@link maxMessage}; does nothing once the transport is closed. */
  send(message: ClientMessage | ServerMessage): void;
  /** Copies or sends `bytes` (at most {@link maxByteFrame}) before it returns; does nothing once the transport is closed. */
  sendBytes(channel: number, bytes: Uint8Array): void;
  /** Ends the connection after what was sent; `reason` reaches the other side where the medium has a place for it. */
  close(reason?: string): void;
}

/** The error for a peer that doesn't keep to the protocol: its connection is closed with it. */
export function violation(what: string): TapestryError {
  return new TapestryError('invalid', `The connection was closed because the other side broke the protocol: ${what}.`);
}
