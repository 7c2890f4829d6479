import { embeddedConnection } from '../../shared/contract/embedded-connection.ts';
import type { MachineCalled } from '../../shared/contract/references.ts';

/** A machine by what it is called. */
export function called(name: string, connection: string = embeddedConnection): MachineCalled {
  return { connection, called: name };
}
