import { keyOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';

/** The draft of a machine's new name. */
export function renameDraftName(machine: MachineRef): string {
  return `rename.${keyOf(machine)}`;
}

/** The draft of what goes with a machine that is to be deleted. */
export function deleteDraftName(machine: MachineRef): string {
  return `delete.${keyOf(machine)}`;
}

/** The draft of the move of a NIC's cable; without a MAC, what those of all NICs of the machine begin with. */
export function moveDraftName(machine: MachineRef, mac = ''): string {
  return `move.${keyOf(machine)}.${mac}`;
}
