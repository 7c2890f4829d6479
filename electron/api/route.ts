import { contract, type ApiHandlers, type TapestryContract } from '../../shared/contract/index.ts';
import type { ByteChannel, CallContext, Needs } from '../../shared/contract/kinds.ts';
import type { MachineTarget } from '../../shared/contract/references.ts';
import { TapestryError } from '../../shared/errors.ts';
import type { Connection } from '../connections/connection.ts';
import type { ConnectionRegistry, Standing } from '../connections/registry.ts';
import { requireSupport } from '../connections/require-support.ts';

/** Any of a connection's methods: all but where the second argument is a channel are the same. */
type AnyHandler = (input: unknown, second: unknown, third?: unknown) => unknown;

/** What an input says of where it goes. */
interface Addressed {
  readonly connection?: string;
  readonly machine?: MachineTarget;
}

/**
 * The handler of a method that a connection answers, made from the contract alone: the connection that the input names (as `connection`, or as its
 * machine's) is asked for what its `support` doesn't refuse, and is given the input as it is. When the connection goes in the middle of it, the
 * method ends with `connection-offline`, whatever the connection is doing.
 */
export function routed<Name extends keyof ApiHandlers>(name: Name, registry: ConnectionRegistry): ApiHandlers[Name] {
  const { kind } = contract[name];
  return (kind === 'call'
    ? call(name, registry)
    : kind === 'events'
      ? events(name, registry)
      : bytes(name, registry)) as unknown as ApiHandlers[Name];
}

/**
 * The connection for an input, once nothing is against it.
 * @throws TapestryError `invalid`, `not-found`, `connection-offline`, `unsupported-operation` with the reason that `support` gives
 */
export async function admitted(name: keyof TapestryContract, input: Addressed, registry: ConnectionRegistry): Promise<Standing> {
  const { machine, connection = machine?.connection } = input;
  if (connection === undefined) throw new TapestryError('invalid', 'The connection is missing.', { path: 'connection' });
  if (machine !== undefined && machine.connection !== connection)
    throw new TapestryError('invalid', 'The machine is of another connection.', { path: 'machine' });
  const { needs = [] } = contract[name] as { readonly needs?: Needs<Addressed> };
  const operations = typeof needs === 'function' ? needs(input) : needs;
  const { support } = registry.source(connection);
  // What the connection as a whole can't do needs no connection to be refused.
  if (machine === undefined) for (const operation of operations) requireSupport(support, operation);
  const standing = await registry.use(connection);
  if (machine !== undefined && operations.length > 0) {
    const table = { ...support, ...standing.connection.differences(machine) };
    for (const operation of operations) requireSupport(table, operation);
  }
  return standing;
}

/** @throws TapestryError `internal` for a method of a part that the connection hasn't, though its support doesn't refuse it */
function methodOf(name: string, connection: Connection): AnyHandler {
  const [, area = '', own = ''] = /^(\w+)\.(.+)$/.exec(name) ?? [];
  const part = connection[area as keyof Connection] as Readonly<Record<string, AnyHandler>> | undefined;
  const method = part?.[own];
  if (method === undefined) throw new TapestryError('internal', `This connection has no ${name}, and doesn’t say so.`);
  return method.bind(part);
}

/** A signal that aborts with either, and what lets go of both. */
function either(caller: AbortSignal, gone: AbortSignal): AbortSignal {
  return AbortSignal.any([caller, gone]);
}

/** Rejects when the connection is gone; `settle` ends the waiting. */
function until(gone: AbortSignal): { readonly lost: Promise<never>; readonly settle: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined); // mostly the answer comes first
  const end = () => reject(gone.reason);
  if (gone.aborted) end();
  else gone.addEventListener('abort', end, { once: true });
  return { lost: promise, settle: () => gone.removeEventListener('abort', end) };
}

function call(name: keyof TapestryContract, registry: ConnectionRegistry) {
  return async (input: Addressed, context: CallContext): Promise<unknown> => {
    const { connection, gone } = await admitted(name, input, registry);
    const { lost, settle } = until(gone);
    try {
      return await Promise.race([methodOf(name, connection)(input, { ...context, signal: either(context.signal, gone) }), lost]);
    } finally {
      settle();
    }
  };
}

function events(name: keyof TapestryContract, registry: ConnectionRegistry) {
  return async function* (input: Addressed, context: CallContext): AsyncGenerator<unknown, void> {
    const { connection, gone } = await admitted(name, input, registry);
    const stream = methodOf(name, connection)(input, { ...context, signal: either(context.signal, gone) }) as AsyncIterable<unknown>;
    const items = stream[Symbol.asyncIterator]();
    // Each item has a promise of its own: one that lives as long as the stream would hold on to every item that was raced against it.
    let lose: (reason: unknown) => void = () => undefined;
    const end = () => lose(gone.reason);
    gone.addEventListener('abort', end, { once: true });
    try {
      for (;;) {
        const item = await new Promise<IteratorResult<unknown>>((resolve, reject) => {
          lose = reject;
          if (gone.aborted) reject(gone.reason);
          else items.next().then(resolve, reject);
        });
        if (gone.aborted) throw gone.reason;
        if (item.done === true) return;
        yield item.value;
      }
    } finally {
      gone.removeEventListener('abort', end);
      // Of a connection that is gone nothing more comes: its stream is told to end, and not waited for.
      const ending = items.return?.(undefined);
      if (gone.aborted) void ending?.catch(() => undefined);
      else await ending;
    }
  };
}

function bytes(name: keyof TapestryContract, registry: ConnectionRegistry) {
  return async (input: Addressed, channel: ByteChannel, context: CallContext): Promise<void> => {
    const { connection, gone } = await admitted(name, input, registry);
    const { lost, settle } = until(gone);
    try {
      await Promise.race([methodOf(name, connection)(input, channel, { ...context, signal: either(context.signal, gone) }), lost]);
    } finally {
      settle();
    }
  };
}
