import type { KeyboardEvent } from 'react';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { useDialogs } from '../state/dialog-store.ts';
import { refusal, useStanding } from '../state/use-link-status.ts';
import { isActive } from './machine-state.ts';

/** Keys of a row that stands for a machine: F2 renames it (while it is shut off), Delete asks to delete it. */
export function useMachineKeys(machine: MachineSummary): (event: KeyboardEvent) => void {
  const standing = useStanding(machine.connection);
  const can = (operation: 'rename' | 'undefine') => refusal(standing, operation, machine) === undefined;
  const open = useDialogs((state) => state.open);
  return (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.key === 'F2' && !isActive(machine) && can('rename')) open({ kind: 'rename', machine: refOf(machine) });
    else if (event.key === 'Delete' && can('undefine')) open({ kind: 'delete', machine: refOf(machine) });
    else return;
    event.preventDefault();
  };
}
