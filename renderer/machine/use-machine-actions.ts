import { useCallback } from 'react';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import type { MachineAction, MachineSummary } from '../../shared/contract/machines.ts';
import { errorDataOf, isCancelled } from '../words/errors.ts';
import { useDialogs } from '../state/dialog-store.ts';
import { useServices, type Services } from '../state/services.ts';
import { actionLabels, harmful } from './machine-actions.ts';

/** Asks the host for an action; a failure is put where the machine's page shows it. Never rejects. */
export async function actOn(services: Services, machine: MachineRef, action: MachineAction): Promise<boolean> {
  const { problems } = services;
  problems.getState().dismiss(machine);
  try {
    await services.api['machines.act']({ machine: refOf(machine), action });
    return true;
  } catch (thrown) {
    if (!isCancelled(thrown)) problems.getState().report(machine, { error: errorDataOf(thrown), at: Date.now(), action });
    return false;
  }
}

/** Returns the function behind every action button: it asks first where something would be lost. */
export function useMachineActions(): (machine: MachineSummary, action: MachineAction) => void {
  const services = useServices();
  const openDialog = useDialogs((state) => state.open);
  return useCallback(
    (machine, action) => {
      if (!harmful.has(action)) return void actOn(services, machine, action);
      openDialog({
        kind: 'confirm',
        connection: machine.connection,
        title: `${actionLabels[action]} ${machine.name}?`,
        text:
          action === 'destroy'
            ? `This is like pulling the plug of ${machine.name}: what its programs have not written to disk is lost.`
            : `This is like the reset button of ${machine.name}: it starts again at once, and what its programs have not written to disk is lost.`,
        confirm: `${actionLabels[action]} ${machine.name}`,
        run: async () => {
          await actOn(services, machine, action);
        },
      });
    },
    [services, openDialog],
  );
}
