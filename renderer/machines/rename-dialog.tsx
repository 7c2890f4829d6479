import { Button, Group, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { z } from 'zod';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { Dialog, DialogCancel } from '../components/dialog.tsx';
import { ErrorCallout } from '../components/error-callout.tsx';
import { errorDataOf } from '../errors.ts';
import { useDraft } from '../state/use-draft.ts';
import { useMachines } from '../state/machines-feed.ts';
import { useApi } from '../state/services.ts';
import { nameProblem } from './machine-name.ts';
import { connectionLost, useLost } from '../shell/use-link-status.ts';

/** Gives a machine another name. */
export function RenameDialog({ machine, onClose }: { readonly machine: MachineSummary; readonly onClose: () => void }) {
  const api = useApi();
  const taken = (useMachines()?.machines ?? []).filter((other) => other.uuid !== machine.uuid).map((other) => other.name);
  const draft = useDraft(`rename.${machine.uuid}`, z.object({ name: z.string() }), { name: machine.name });
  const { name } = draft.value;
  const [error, setError] = useState<ErrorData | null>(null);
  const [busy, setBusy] = useState(false);
  const lost = useLost();
  const problem = nameProblem(name, taken);
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (problem !== undefined || lost) return;
    if (name === machine.name) return onClose();
    setBusy(true);
    try {
      await api['machines.rename']({ machine: machine.uuid, name });
      draft.drop();
      onClose();
    } catch (thrown) {
      setError(errorDataOf(thrown));
      setBusy(false);
    }
  };
  return (
    <Dialog onClose={onClose} dirty={draft.dirty && !busy} onDiscard={draft.drop} title={`Rename ${machine.name}`} size={440}>
      <form onSubmit={(event) => void submit(event)} noValidate>
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
          <Button
            type="submit"
            variant="filled"
            loading={busy}
            aria-disabled={problem !== undefined || lost}
            title={lost ? connectionLost : undefined}
          >
            Rename
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
