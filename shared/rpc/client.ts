import type { ByteChannel, Client, Contract, Method } from '../contract/kinds.ts';
import { TapestryError } from '../errors.ts';
import { toErrorData } from '../told-error.ts';
import { makeByteChannel, type ChannelEnd } from './byte-channel.ts';
import { ConsumerQueue } from './consumer-queue.ts';
import { Debt } from './credit.ts';
import { cancelled, connectionClosed, fromErrorData } from './error-data.ts';
import { eventWindow, serverMessage, violation, type ServerMessage, type Transport } from './protocol.ts';

/** A connection to a host. */
export interface Connected<C extends Contract> {
  /** The contract's methods. Calls reject with TapestryError: what the host said, `closed`, or `cancelled` after an abort. */
  readonly api: Client<C>;
  /** Resolves when the connection is gone, with why: what the host said, or `closed`. Never rejects. */
  readonly closed: Promise<TapestryError>;
  /** Ends the connection: what is pending rejects with `closed`. */
  close(): void;
}

/** What a client needs of its surroundings. */
export interface ConnectOptions {
  /** Gets failures of this side that the peer should not see (an error given to a channel's `close`). Default: nothing. */
  log?(error: unknown): void;
}

type Pending =
  | { kind: 'call'; resolve(value: unknown): void; reject(error: unknown): void }
  | { kind: 'events'; queue: ConsumerQueue<unknown>; debt: Debt }
  | { kind: 'bytes'; end: ChannelEnd };

interface Options {
  signal?: AbortSignal;
}

/** The kinds of a contract's methods: all that a client needs of it. */
export type KindsOf<C extends Contract> = { readonly [Name in keyof C]: C[Name]['kind'] };

/**
 * The client's end of a connection. Event streams that are aborted by their own signal, or left by `break`, end without an
 * error; so does a channel that is closed here. Outputs are as the host validated them.
 */
export function connect<C extends Contract>(contract: C | KindsOf<C>, transport: Transport, options: ConnectOptions = {}): Connected<C> {
  const pending = new Map<number, Pending>();
  const done = Promise.withResolvers<TapestryError>();
  let lastId = 0;
  let gone: TapestryError | undefined;

  const finish = (error: TapestryError): void => {
    if (gone !== undefined) return;
    gone = error;
    for (const target of pending.values()) {
      if (target.kind === 'call') target.reject(error);
      else if (target.kind === 'events') target.queue.end(error);
      else target.end.lost(error);
    }
    pending.clear();
    done.resolve(error);
  };
  const abandon = (error: TapestryError): void => {
    if (gone !== undefined) return;
    transport.send({ t: 'bye', e: error.data });
    finish(error);
    transport.close(error.message);
  };

  const receive = (message: ServerMessage): void => {
    if (message.t === 'bye') {
      finish(fromErrorData(message.e));
      transport.close();
      return;
    }
    if (message.id > lastId) return abandon(violation(`an answer to ${message.id}, which was never asked`));
    const target = pending.get(message.id);
    // Cancelled or closed here while the answer was under way.
    if (target === undefined) return;
    if (message.t === 'err') {
      const error = fromErrorData(message.e);
      pending.delete(message.id);
      if (target.kind === 'call') target.reject(error);
      else if (target.kind === 'events') target.queue.end(error);
      else target.end.ended(message.e);
    } else if (message.t === 'ok' && target.kind === 'call') {
      pending.delete(message.id);
      target.resolve(message.v);
    } else if (message.t === 'ev' && target.kind === 'events') {
      if (target.debt.received(1)) target.queue.push(message.v);
      else abandon(violation('more items than the window allows'));
    } else if (message.t === 'end' && target.kind === 'events') {
      pending.delete(message.id);
      target.queue.end();
    } else if (message.t === 'win' && target.kind === 'bytes') {
      if (!target.end.credit(message.n)) abandon(violation('credit was returned that was never used'));
    } else if (message.t === 'fin' && target.kind === 'bytes') {
      target.end.ended(message.e);
    } else {
      abandon(violation(`“${message.t}” doesn’t answer what was asked`));
    }
  };

  transport.start({
    message: (raw) => {
      if (gone !== undefined) return;
      const message = serverMessage.safeParse(raw);
      if (message.success) receive(message.data);
      else abandon(violation('a message of an unknown shape'));
    },
    bytes: (id, bytes) => {
      if (gone !== undefined) return;
      const target = pending.get(id);
      if (target === undefined && id >= 1 && id <= lastId) return;
      if (target?.kind !== 'bytes' || bytes.byteLength === 0) abandon(violation('bytes for a request that is no channel'));
      else if (!target.end.receive(bytes)) abandon(violation('more bytes than the window allows'));
    },
    closed: (error) => finish(error ?? connectionClosed()),
  });

  const call =
    (name: string) =>
    (input: unknown, { signal }: Options = {}): Promise<unknown> =>
      new Promise((resolve, reject) => {
        if (gone !== undefined) return reject(gone);
        if (signal?.aborted === true) return reject(cancelled(signal.reason));
        const id = ++lastId;
        const onAbort = (): void => {
          if (!pending.delete(id)) return;
          transport.send({ t: 'cancel', id });
          reject(cancelled(signal?.reason));
        };
        const settle = (): void => signal?.removeEventListener('abort', onAbort);
        pending.set(id, {
          kind: 'call',
          resolve: (value) => {
            settle();
            resolve(value);
          },
          reject: (error) => {
            settle();
            reject(error);
          },
        });
        signal?.addEventListener('abort', onAbort, { once: true });
        try {
          transport.send({ t: 'open', id, m: name, p: input });
        } catch (error) {
          pending.delete(id);
          settle();
          reject(error);
        }
      });

  const events =
    (name: string) =>
    (input: unknown, { signal }: Options = {}): AsyncIterable<unknown> => {
      let id = 0;
      const stop = (): void => {
        signal?.removeEventListener('abort', stop);
        if (pending.delete(id)) transport.send({ t: 'cancel', id });
        queue.discard();
      };
      const debt = new Debt(eventWindow, (n) => {
        if (pending.has(id)) transport.send({ t: 'ack', id, n });
      });
      const queue = new ConsumerQueue<unknown>({
        used: () => debt.used(1),
        left: stop,
        drained: () => signal?.removeEventListener('abort', stop),
      });
      if (gone !== undefined) queue.end(gone);
      else if (signal?.aborted === true) queue.end();
      else {
        id = ++lastId;
        pending.set(id, { kind: 'events', queue, debt });
        signal?.addEventListener('abort', stop, { once: true });
        try {
          transport.send({ t: 'open', id, m: name, p: input });
        } catch (error) {
          pending.delete(id);
          queue.end(error);
        }
      }
      return queue;
    };

  const bytes =
    (name: string) =>
    (input: unknown, { signal }: Options = {}): ByteChannel => {
      const id = ++lastId;
      const onAbort = (): void => end.channel.close();
      const end = makeByteChannel({
        sendBytes: (chunk) => transport.sendBytes(id, chunk),
        sendWindow: (n) => transport.send({ t: 'win', id, n }),
        sendEnd: (e) => {
          if (pending.has(id)) transport.send(e === undefined ? { t: 'fin', id } : { t: 'fin', id, e });
        },
        describe: (error) => toErrorData(error, (defect) => options.log?.(defect)),
        over: () => {
          signal?.removeEventListener('abort', onAbort);
          pending.delete(id);
        },
      });
      if (gone !== undefined) {
        end.lost(gone);
        return end.channel;
      }
      pending.set(id, { kind: 'bytes', end });
      try {
        transport.send({ t: 'open', id, m: name, p: input });
      } catch (error) {
        end.lost(error instanceof TapestryError ? error : connectionClosed(error));
        return end.channel;
      }
      if (signal?.aborted === true) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
      return end.channel;
    };

  const make = { call, events, bytes };
  const kinds = Object.entries<Method | Method['kind']>(contract);
  const api = Object.fromEntries(kinds.map(([name, method]) => [name, make[typeof method === 'string' ? method : method.kind](name)]));
  return { api: api as Client<C>, closed: done.promise, close: () => abandon(connectionClosed()) };
}
