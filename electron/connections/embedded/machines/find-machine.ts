import { TapestryError } from '../../../../shared/errors.ts';
import type { Machine } from '../machine/machine.ts';

/** A machine by id (while it runs), UUID or name, in virsh's order; undefined where there is none. */
export function lookForMachine(machines: readonly Machine[], ref: string): Machine | undefined {
  return (
    (/^\d+$/.test(ref) ? machines.find((one) => one.run?.record.id === Number(ref)) : undefined) ??
    machines.find((one) => one.uuid === ref.toLowerCase()) ??
    // The name that lists show first: the definition of a machine that runs may have another one since.
    machines.find((one) => one.name === ref) ??
    machines.find((one) => one.facts.name === ref)
  );
}

/** The same. @throws TapestryError `not-found` */
export function findMachine(machines: readonly Machine[], ref: string): Machine {
  const machine = lookForMachine(machines, ref);
  if (machine === undefined)
    throw new TapestryError('not-found', `There is no machine “${ref}”.`, { next: '`tapestry list --all` shows those there are.' });
  return machine;
}
