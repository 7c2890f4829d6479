import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { MachineAction, MachineSummary } from '../../shared/contract/machines.ts';
import type { ErrorFix } from '../../shared/errors.ts';
import { ErrorCallout } from '../components/error-callout.tsx';
import { errorDataOf } from '../errors.ts';
import { useDialogs } from '../shell/dialog-store.ts';
import { useServices } from '../state/services.ts';
import { applyFix } from './apply-fix.ts';

const failed: Record<MachineAction, string> = {
  start: 'did not start',
  'start-paused': 'did not start',
  shutdown: 'was not asked to shut down',
  reboot: 'was not rebooted',
  reset: 'was not reset',
  destroy: 'was not forced off',
  suspend: 'was not paused',
  resume: 'was not resumed',
};

/** What went wrong with this machine last: an action of this window, or what the host tells of its last run. */
export function MachineProblem({ machine }: { readonly machine: MachineSummary }) {
  const services = useServices();
  const own = services.problems((state) => state.byMachine[machine.uuid]);
  const openDialog = useDialogs((state) => state.open);
  const [dismissed, setDismissed] = useState<string | null>(null);
  const error = own?.error ?? machine.lastError;
  if (!error || (!own && dismissed === JSON.stringify(error))) return null;
  const fix = async (chosen: ErrorFix) => {
    try {
      const done = await applyFix(services, machine, error, chosen, own?.action ?? 'start');
      if (done !== undefined) notifications.show({ message: done });
    } catch (thrown) {
      services.problems.getState().report(machine.uuid, { error: errorDataOf(thrown), at: Date.now(), action: own?.action });
    }
  };
  const title = own?.action ? `${machine.name} ${failed[own.action]}.` : own ? undefined : `The last run of ${machine.name} failed.`;
  // The log is of the last run: it tells of a run that failed, and of a start that came as far as QEMU.
  const aboutRun = !own || own.action === 'start' || own.action === 'start-paused';
  return (
    <div className="machine-problem">
      <ErrorCallout
        error={error}
        title={title}
        at={own?.at}
        onFix={fix}
        onDismiss={() => {
          services.problems.getState().dismiss(machine.uuid);
          if (machine.lastError) setDismissed(JSON.stringify(machine.lastError));
        }}
      >
        {aboutRun && <Button onClick={() => openDialog({ kind: 'log', uuid: machine.uuid })}>Show QEMU Log…</Button>}
      </ErrorCallout>
    </div>
  );
}
