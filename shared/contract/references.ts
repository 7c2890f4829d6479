import { z } from 'zod';

export { embeddedConnection } from './embedded-connection.ts';

/** A connection, by a short name that is in addresses and keys: `embedded`, `test`. */
export const connectionId = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);
export type ConnectionId = string;

/** A machine's UUID, lower case. */
export const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

/** A machine: its UUID within its connection. Two connections may have a machine of the same UUID: those are two machines. */
export const machineRef = z.strictObject({ connection: connectionId, uuid });
export type MachineRef = Readonly<z.infer<typeof machineRef>>;

/** A machine as people call it, virsh's DOMAIN: by its name, its running id or its UUID. For the command line and tests; a window has the UUID. */
export const machineCalled = z.strictObject({ connection: connectionId, called: z.string().min(1).max(1024) });
export type MachineCalled = Readonly<z.infer<typeof machineCalled>>;

/** Either of them: what a method about a machine takes. */
export const machineTarget = z.union([machineRef, machineCalled]);
export type MachineTarget = MachineRef | MachineCalled;
