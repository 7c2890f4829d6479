import { TapestryError } from '../../shared/errors.ts';
import type { ConsoleMachine } from './console-source.types.ts';

/** Lets a port pass that the machine has. @throws TapestryError `not-found` */
export function requirePort(machine: ConsoleMachine, alias: string): void {
  if (machine.ports.some((port) => port.alias === alias)) return;
  const known = machine.ports.map((port) => port.alias).join(', ');
  throw new TapestryError('not-found', `The machine ${machine.name} has no serial port ${alias}.`, {
    next: known === '' ? 'Add a serial port to it.' : `It has: ${known}.`,
  });
}
