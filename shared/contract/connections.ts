import { z } from 'zod';
import { errorData } from '../errors.ts';
import { call, events } from './kinds.ts';
import { connectionId } from './references.ts';
import { supportTable } from './support.ts';

/**
 * How a connection stands. `connecting`: it is being opened; `needs`: it waits for what the error says (a password, a program); `offline`: it
 * isn't there since then (ms since the epoch), because somebody disconnected it, or because of the error.
 */
export const connectionState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('connecting') }),
  z.object({ kind: z.literal('connected') }),
  z.object({ kind: z.literal('needs'), error: errorData }),
  z.object({ kind: z.literal('offline'), since: z.number(), error: errorData.optional() }),
]);
export type ConnectionState = Readonly<z.infer<typeof connectionState>>;

/** One place where machines live. `support` says what it can do; what is otherwise with a machine is in the machine's summary. */
export const connectionInfo = z.object({
  id: connectionId,
  /** As libvirt writes them: `tapestry:///`, `test:///default`. */
  uri: z.string(),
  /** What people call it: “This computer”. */
  title: z.string(),
  state: connectionState,
  support: supportTable,
});
export type ConnectionInfo = z.infer<typeof connectionInfo>;

export const connections = {
  'connections.list': call(z.object({}), z.array(connectionInfo), { repeatable: true }),
  /** All connections at once, and again at each change of one. */
  'connections.watch': events(z.object({}), z.array(connectionInfo), { resumable: true }),
  /** Connects one that is offline; answers when it is connected, and has failed when it can't be. Nothing to do for one that is. */
  'connections.connect': call(z.object({ connection: connectionId }), z.object({})),
  /** Lets go of it: its machines go on, and nothing is asked of it until it is connected again. */
  'connections.disconnect': call(z.object({ connection: connectionId }), z.object({})),
};
