import type { MachineRef, MachineTarget } from './references.ts';

/** The reference of a machine from anything that has its connection and its UUID, such as a summary. */
export function refOf({ connection, uuid }: MachineRef): MachineRef {
  return { connection, uuid };
}

/** A text that is the same for the same machine and for no other: for maps, addresses and what a window keeps. `embedded/UUID`. */
export function keyOf({ connection, uuid }: MachineRef): string {
  return `${connection}/${uuid}`;
}

/** The machine of a {@link keyOf}; undefined when the text is none. */
export function refOfKey(key: string): MachineRef | undefined {
  const [, connection, uuid] = /^([a-z][a-z0-9-]{0,31})\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(key) ?? [];
  return connection === undefined || uuid === undefined ? undefined : { connection, uuid };
}

/** Are these two the same machine? */
export function sameMachine(a: MachineRef, b: MachineRef): boolean {
  return a.connection === b.connection && a.uuid === b.uuid;
}

/** What the reference says of the machine, within its connection: the UUID, or what it is called. */
export function nameIn(target: MachineTarget): string {
  return 'uuid' in target ? target.uuid : target.called;
}
