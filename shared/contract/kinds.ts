import type { z } from 'zod';
import type { Operation } from './operations.ts';

/**
 * The three kinds of method that the API has. A contract is a record of `area.name` → one of these;
 * types of server and client follow from it (see electron/rpc and renderer/link/api.ts).
 */

/** The operations whose {@link file://./support.ts} decides whether a method is asked of its connection at all; by the input, where it says. */
export type Needs<I> = readonly Operation[] | ((input: I) => readonly Operation[]);

/** One request, one answer. `input` is validated by the server, `output` by the server before it is sent. */
export function call<I extends z.ZodType, O extends z.ZodType, const R extends true | undefined = undefined>(
  input: I,
  output: O,
  {
    repeatable,
    needs,
  }: {
    /** It changes nothing: it is made again at the next owner of the state, even when the former one died in the middle of it. */
    readonly repeatable?: R;
    readonly needs?: Needs<z.output<I>>;
  } = {},
) {
  return { kind: 'call' as const, input, output, repeatable: repeatable as R, needs };
}

/** One request, many items with credits (256 items ahead at most); ends when either side ends it. */
export function events<I extends z.ZodType, T extends z.ZodType, const R extends true | undefined = undefined>(
  input: I,
  item: T,
  {
    resumable,
    needs,
  }: {
    /** Its first item is the whole state: it is opened again at the next owner of the state, and its reader sees the state anew. */
    readonly resumable?: R;
    readonly needs?: Needs<z.output<I>>;
  } = {},
) {
  return { kind: 'events' as const, input, item, resumable: resumable as R, needs };
}

/** A duplex byte channel with credits (1 MiB ahead at most each way); credit returns when the consumer has used the bytes. */
export function bytes<I extends z.ZodType>(input: I, { needs }: { readonly needs?: Needs<z.output<I>> } = {}) {
  return { kind: 'bytes' as const, input, needs };
}

/** What may be said of any method; see {@link Needs}. */
interface AnyMethod {
  readonly input: z.ZodType;
  readonly needs?: Needs<never> | undefined;
}
export interface CallMethod extends AnyMethod {
  readonly kind: 'call';
  readonly output: z.ZodType;
  readonly repeatable?: true | undefined;
}
export interface EventsMethod extends AnyMethod {
  readonly kind: 'events';
  readonly item: z.ZodType;
  readonly resumable?: true | undefined;
}
export interface BytesMethod extends AnyMethod {
  readonly kind: 'bytes';
}

/** Any method of a contract. */
export type Method = CallMethod | EventsMethod | BytesMethod;

/** A record of methods by their wire name (`machines.start`). */
export type Contract = Record<string, Method>;

/** One end of a byte channel. */
export interface ByteChannel {
  /** Bytes from the other end, in order; credit is returned as the iteration takes them. */
  readonly incoming: AsyncIterable<Uint8Array>;
  /** Resolves when the bytes were handed to the transport within the other side's credit. Rejects `closed`. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends both directions; `error` reaches the other side as its failure. */
  close(error?: unknown): void;
  /** Resolves when both directions have ended, for whatever reason; rejects with the other side's error if it sent one. */
  readonly closed: Promise<void>;
}

/** The handler that a server gives for a method. */
export type Handler<M> = M extends { kind: 'call'; input: infer I extends z.ZodType; output: infer O extends z.ZodType }
  ? (input: z.output<I>, context: CallContext) => Promise<z.input<O>>
  : M extends { kind: 'events'; input: infer I extends z.ZodType; item: infer T extends z.ZodType }
    ? (input: z.output<I>, context: CallContext) => AsyncIterable<z.input<T>>
    : M extends { kind: 'bytes'; input: infer I extends z.ZodType }
      ? (input: z.output<I>, channel: ByteChannel, context: CallContext) => Promise<void>
      : never;

/** The function that a client calls for a method. */
export type Caller<M> = M extends { kind: 'call'; input: infer I extends z.ZodType; output: infer O extends z.ZodType }
  ? (input: z.input<I>, options?: { signal?: AbortSignal }) => Promise<z.output<O>>
  : M extends { kind: 'events'; input: infer I extends z.ZodType; item: infer T extends z.ZodType }
    ? (input: z.input<I>, options?: { signal?: AbortSignal }) => AsyncIterable<z.output<T>>
    : M extends { kind: 'bytes'; input: infer I extends z.ZodType }
      ? (input: z.input<I>, options?: { signal?: AbortSignal }) => ByteChannel
      : never;

/** What a handler may know about its caller. */
export interface CallContext {
  /** Aborted when the caller cancels or its connection ends. */
  readonly signal: AbortSignal;
}

/** All handlers of a contract. */
export type Handlers<C extends Contract> = { [K in keyof C]: Handler<C[K]> };

/** All callers of a contract. */
export type Client<C extends Contract> = { [K in keyof C]: Caller<C[K]> };
