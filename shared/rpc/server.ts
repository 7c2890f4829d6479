import { z } from 'zod';
import type { ByteChannel, CallContext, Contract, Handlers, Method } from '../contract/kinds.ts';
import { TapestryError } from '../errors.ts';
import { toErrorData } from '../told-error.ts';
import { makeByteChannel, type ChannelEnd } from './byte-channel.ts';
import { Credit } from './credit.ts';
import { cancelled, connectionClosed, invalidRequest } from './error-data.ts';
import { clientMessage, eventWindow, maxChannels, maxOpen, violation, type ClientMessage, type Transport } from './protocol.ts';

/** What a server needs of its surroundings. */
export interface ServeOptions {
  /** Gets each failure that is a defect of ours, with the method's name: the peer only sees `internal`. */
  log(error: unknown, where: string): void;
}

/** One connection that is being served. */
export interface Session {
  /** Resolves when the connection is gone, with the reason if there was one. Never rejects. */
  readonly closed: Promise<TapestryError | undefined>;
  /** Tells the client why, aborts every handler and closes the transport. */
  close(reason: TapestryError): void;
  /**
   * Ends the session without cutting a call in two: begins nothing more, waits until the calls that run have been answered
   * (event streams and channels are not waited for), then closes with `reason`.
   */
  leave(reason: TapestryError): Promise<void>;
}

interface Running {
  readonly controller: AbortController;
  readonly credit?: Credit;
  readonly channel?: ChannelEnd;
}

type AnyHandler = (input: unknown, second: unknown, third?: unknown) => unknown;

/**
 * Serves a contract on one connection: validates inputs and outputs, maps errors, keeps the windows, and aborts everything
 * when the connection ends. A client that breaks the protocol (unknown frame, id used twice, window overrun) is told so and
 * disconnected; one that opens too much gets `limit` for what is too much.
 */
export function serve<C extends Contract>(contract: C, handlers: Handlers<C>, transport: Transport, options: ServeOptions): Session {
  const running = new Map<number, Running>();
  const done = Promise.withResolvers<TapestryError | undefined>();
  let channels = 0;
  let lastId = 0;
  let over = false;
  let leaving = false;
  let calls = 0;
  let answered: (() => void) | undefined;

  const finish = (error: TapestryError | undefined): void => {
    if (over) return;
    over = true;
    const reason = error ?? connectionClosed();
    for (const { controller, credit, channel } of running.values()) {
      controller.abort(reason);
      credit?.end(reason);
      channel?.lost(reason);
    }
    running.clear();
    done.resolve(error);
  };
  const close = (reason: TapestryError): void => {
    if (over) return;
    transport.send({ t: 'bye', e: reason.data });
    finish(reason);
    transport.close(reason.message);
  };

  const open = (id: number, name: string, params: unknown): void => {
    const describe = (error: unknown) => toErrorData(error, (defect) => options.log(defect, name));
    const fail = (error: unknown): void => {
      if (!over) transport.send({ t: 'err', id, e: describe(error) });
    };
    const method: Method | undefined = Object.hasOwn(contract, name) ? contract[name] : undefined;
    if (method === undefined) {
      fail(
        new TapestryError('unknown-method', 'This host doesn’t know the request that was made.', {
          detail: name,
          next: 'Update the older side.',
        }),
      );
      return;
    }
    if (running.size >= maxOpen || (method.kind === 'bytes' && channels >= maxChannels)) {
      fail(new TapestryError('limit', 'Too many requests are open on this connection.', { next: 'Close consoles that you don’t need.' }));
      return;
    }
    const parsed = method.input.safeParse(params);
    if (!parsed.success) {
      fail(invalidRequest(name, parsed.error));
      return;
    }
    const handler = handlers[name] as unknown as AnyHandler;
    const controller = new AbortController();
    const context: CallContext = { signal: controller.signal };
    const forget = (): void => {
      running.delete(id);
    };

    if (method.kind === 'call') {
      running.set(id, { controller });
      calls += 1;
      void (async () => {
        try {
          const value = checkOutput(method.output, await handler(parsed.data, context));
          if (!controller.signal.aborted) transport.send({ t: 'ok', id, v: value });
        } catch (error) {
          if (!controller.signal.aborted) fail(error);
        } finally {
          forget();
          calls -= 1;
          if (calls === 0) answered?.();
        }
      })();
      return;
    }

    if (method.kind === 'events') {
      const credit = new Credit(eventWindow);
      controller.signal.addEventListener('abort', () => credit.end(cancelled()), { once: true });
      running.set(id, { controller, credit });
      void (async () => {
        try {
          const items = handler(parsed.data, context) as AsyncIterable<unknown>;
          await pump(
            items,
            credit,
            controller.signal,
            (error) => options.log(error, name),
            (item) => {
              transport.send({ t: 'ev', id, v: checkOutput(method.item, item) });
            },
          );
          if (!controller.signal.aborted) transport.send({ t: 'end', id });
        } catch (error) {
          if (!controller.signal.aborted) fail(error);
        } finally {
          // A handler that left something waiting for the signal can let go of it now.
          controller.abort();
          forget();
        }
      })();
      return;
    }

    channels += 1;
    const end = makeByteChannel({
      sendBytes: (bytes) => transport.sendBytes(id, bytes),
      sendWindow: (n) => transport.send({ t: 'win', id, n }),
      sendEnd: (e) => {
        if (!over) transport.send(e === undefined ? { t: 'fin', id } : { t: 'fin', id, e });
      },
      describe,
      over: () => {
        channels -= 1;
        controller.abort();
        forget();
      },
    });
    running.set(id, { controller, channel: end });
    void (async () => {
      const channel: ByteChannel = end.channel;
      try {
        await handler(parsed.data, channel, context);
        channel.close();
      } catch (error) {
        // The handler meets the end of its channel as an error of its reads and writes: that is no news to anybody.
        if (controller.signal.aborted) channel.close();
        else channel.close(error);
      }
    })();
  };

  const receive = (message: ClientMessage): void => {
    if (message.t === 'bye') {
      finish(connectionClosed());
      transport.close();
      return;
    }
    if (message.t === 'open') {
      if (message.id <= lastId) return close(violation(`the id ${message.id} was used twice`));
      lastId = message.id;
      if (leaving) return;
      return open(message.id, message.m, message.p);
    }
    if (message.id > lastId) return close(violation(`the id ${message.id} is not open`));
    const target = running.get(message.id);
    // What is under way when an answer or an end is sent arrives late: that is no fault.
    if (target === undefined) return;
    if (message.t === 'cancel') {
      if (target.channel !== undefined) return close(violation('a channel was cancelled'));
      target.controller.abort(cancelled());
      running.delete(message.id);
    } else if (message.t === 'ack') {
      if (target.credit === undefined || !target.credit.give(message.n)) close(violation('credit was returned that was never used'));
    } else if (message.t === 'win') {
      if (target.channel === undefined || !target.channel.credit(message.n)) close(violation('credit was returned that was never used'));
    } else if (target.channel === undefined) {
      close(violation('the end of a channel that is none'));
    } else {
      target.channel.ended(message.e);
    }
  };

  transport.start({
    message: (raw) => {
      if (over) return;
      const message = clientMessage.safeParse(raw);
      if (message.success) receive(message.data);
      else close(violation('a message of an unknown shape'));
    },
    bytes: (id, bytes) => {
      if (over) return;
      if (id < 1 || id > lastId) return close(violation('bytes for a channel that was never opened'));
      if (bytes.byteLength === 0) return close(violation('an empty byte frame'));
      const target = running.get(id);
      if (target === undefined) return;
      if (target.channel === undefined) close(violation('bytes for a request that is no channel'));
      else if (!target.channel.receive(bytes)) close(violation('more bytes than the window allows'));
    },
    closed: (error) => finish(error),
  });

  const leave = async (reason: TapestryError): Promise<void> => {
    leaving = true;
    if (calls > 0 && !over) await Promise.race([new Promise<void>((resolve) => (answered = resolve)), done.promise]);
    close(reason);
  };

  return { closed: done.promise, close, leave };
}

/** An output that doesn't fit the contract is our defect, not the caller's. */
function checkOutput(schema: z.ZodType, value: unknown): unknown {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  throw new Error(`an answer doesn’t fit the contract: ${z.prettifyError(checked.error)}`);
}

/** Sends items as long as there is credit; pulls the producer only when an item may go, so it stops where the consumer does. */
async function pump(
  items: AsyncIterable<unknown>,
  credit: Credit,
  signal: AbortSignal,
  log: (error: unknown) => void,
  send: (item: unknown) => void,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<'aborted'>();
  const onAbort = (): void => aborted.resolve('aborted');
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  let finished = false;
  try {
    for (;;) {
      await credit.take(1);
      const next = iterator.next();
      const result = await Promise.race([next, aborted.promise]);
      if (result === 'aborted') {
        next.catch((error: unknown) => {
          if (!(error instanceof TapestryError)) log(error);
        });
        return;
      }
      if (result.done === true) {
        finished = true;
        return;
      }
      send(result.value);
    }
  } catch (error) {
    // A generator that threw is finished; return() on it does nothing.
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: a generator that waits for something settles its return only after that.
    if (!finished) void Promise.resolve(iterator.return?.()).catch(log);
  }
}
