import type { KeyboardEvent } from 'react';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { useDialogs } from '../state/dialog-store.ts';
import { useLost } from '../state/use-link-status.ts';
import { isActive } from './machine-state.ts';

/** Keys of a row that stands for a machine: F2 renames it (while it is shut off), Delete asks to delete it. */
export function useMachineKeys(machine: MachineSummary): (event: KeyboardEvent) => void {
  const lost = useLost();
  const open = useDialogs((state) => state.open);
  return (event) => {
    if (lost || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.key === 'F2' && !isActive(machine)) open({ kind: 'rename', uuid: machine.uuid });
    else if (event.key === 'Delete') open({ kind: 'delete', uuid: machine.uuid });
    else return;
    event.preventDefault();
  };
}
