import { Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { z } from 'zod';
import { refOf, sameMachine } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { Dialog, DialogCancel } from '../components/dialog.tsx';
import { ErrorCallout } from '../components/error-callout.tsx';
import { errorDataOf } from '../words/errors.ts';
import { useDraft } from '../state/use-draft.ts';
import { useMachinesOf } from '../state/machines-of.ts';
import { useApi } from '../state/services.ts';
import { renameDraftName } from '../state/machine-drafts.ts';
import { nameProblem } from '../machine/machine-name.ts';
import { HostButton } from '../components/host-button.tsx';
import { useLost } from '../state/use-link-status.ts';

/** Gives a machine another name. */
export function RenameDialog({ machine, onClose }: { readonly machine: MachineSummary; readonly onClose: () => void }) {
  const api = useApi();
  const taken = useMachinesOf(machine.connection)
    .filter((other) => !sameMachine(other, machine))
    .map((other) => other.name);
  const draft = useDraft(renameDraftName(machine), z.object({ name: z.string() }), { name: machine.name });
  const { name } = draft.value;
  const [error, setError] = useState<ErrorData | null>(null);
  const [busy, setBusy] = useState(false);
  const lost = useLost();
  const problem = nameProblem(name, taken);
  const submit = async () => {
    if (problem !== undefined || lost) return;
    if (name === machine.name) return onClose();
    setBusy(true);
    try {
      await api['machines.rename']({ machine: refOf(machine), name });
      draft.drop();
      onClose();
    } catch (thrown) {
      setError(errorDataOf(thrown));
      setBusy(false);
    }
  };
  return (
    <Dialog onClose={onClose} dirty={draft.dirty && !busy} onDiscard={draft.drop} title={`Rename ${machine.name}`} size={440}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {error && <ErrorCallout error={error} />}
        <TextInput
          label="Name"
          data-autofocus
          value={name}
          onChange={(event) => draft.set({ name: event.currentTarget.value })}
          error={problem}
          mt="sm"
        />
        <Group justify="flex-end" gap={8} mt="lg">
          <DialogCancel />
          <HostButton variant="filled" loading={busy} operation="rename" reason={problem} onClick={() => void submit()}>
            Rename
          </HostButton>
        </Group>
      </form>
    </Dialog>
  );
}
