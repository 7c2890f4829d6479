import type { Api, ApiHandlers } from '../../shared/contract/index.ts';
import type { ByteChannel, CallContext } from '../../shared/contract/kinds.ts';
import { methodKinds } from '../../shared/contract/method-kinds.ts';

type Caller = (input: unknown, options: { signal: AbortSignal }) => unknown;

/** Handlers that hand everything on to another host, window and all: what its consumer has not used holds that host back. */
export function attachedHandlers(api: Api): ApiHandlers {
  const make = {
    call: (caller: Caller) => (input: unknown, context: CallContext) => caller(input, context),
    events: (caller: Caller) => (input: unknown, context: CallContext) => caller(input, context),
    bytes:
      (caller: Caller) =>
      (input: unknown, channel: ByteChannel): Promise<void> =>
        join(channel, caller(input, { signal: new AbortController().signal }) as ByteChannel),
  };
  return Object.fromEntries(
    Object.entries(methodKinds).map(([name, kind]) => [name, make[kind](api[name as keyof Api] as unknown as Caller)]),
  ) as unknown as ApiHandlers;
}

/** Joins two channels until either ends. What was written before the near end closed still arrives at the far one. */
async function join(near: ByteChannel, far: ByteChannel): Promise<void> {
  const typing = (async () => {
    for await (const chunk of near.incoming) await far.write(chunk);
  })();
  // Whatever ended it, the far end closes, and so does the loop below, which tells why if it was the far one.
  void typing.then(
    () => far.close(),
    () => far.close(),
  );
  for await (const chunk of far.incoming) await near.write(chunk);
  await far.closed;
}
