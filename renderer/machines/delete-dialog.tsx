import { Checkbox, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { z } from 'zod';
import { refOf, sameMachine } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { Dialog, DialogCancel } from '../components/dialog.tsx';
import { ErrorCallout } from '../components/error-callout.tsx';
import { errorDataOf } from '../words/errors.ts';
import { count } from '../words/format.ts';
import { embeddedConnection } from '../../shared/contract/references.ts';
import { useComputerFacts } from '../computer/use-host-facts.ts';
import { go, presentRoute } from '../state/route.ts';
import { machineXmlKey } from '../state/machines-feed.ts';
import { useServices } from '../state/services.ts';
import { useRefusal } from '../state/use-link-status.ts';
import { useDraft } from '../state/use-draft.ts';
import { dropEdits, hasEdits } from '../details/kept-edits.ts';
import { deleteDraftName } from '../state/machine-drafts.ts';
import { machineDisks } from '../machine/machine-disks.ts';
import { isActive } from '../machine/machine-state.ts';
import { machineVariables } from '../machine/machine-variables.ts';
import { HostButton } from '../components/host-button.tsx';

/** What stays, in words. */
const whatItIs = { nvram: 'UEFI variables', tpm: 'TPM state', dumps: 'memory of crashed guests' } as const;

const deleteDraft = z.object({ chosen: z.array(z.string()), removesVariables: z.boolean().optional() });

/**
 * Deletes a machine, and those of its files that are ticked: of themselves only UEFI variables that Tapestry keeps, never a disk or another
 * file.
 */
export function DeleteDialog({ machine, onClose }: { readonly machine: MachineSummary; readonly onClose: () => void }) {
  const { api, consoles } = useServices();
  const draft = useDraft(deleteDraftName(machine), deleteDraft, { chosen: [] });
  const { chosen, removesVariables } = draft.value;
  const [error, setError] = useState<ErrorData | null>(null);
  const [busy, setBusy] = useState(false);
  const refusedFiles = useRefusal('delete-image', machine);
  const active = isActive(machine);
  const [edited] = useState(() => hasEdits(machine));
  const xml = useQuery({
    queryKey: machineXmlKey(machine),
    queryFn: ({ signal }) => api['machines.xml']({ machine: refOf(machine) }, { signal }),
  }).data;
  const text = xml?.inactive ?? xml?.live;
  const disks = text === undefined || text === null ? [] : machineDisks(text);
  // Where Tapestry keeps them, its own connection's machines have them.
  const ownDirectory = useComputerFacts().data?.stateDirectory;
  const stateDirectory = machine.connection === embeddedConnection ? ownDirectory : undefined;
  const variables = text === undefined || text === null ? undefined : machineVariables(text, stateDirectory);
  const withVariables = variables !== undefined && (removesVariables ?? variables.own);
  // What was not shown yet is not removed.
  const nvram = withVariables || (variables === undefined && typeof text === 'string') ? 'remove' : 'keep';
  const files = chosen.length + (withVariables && !variables.own ? 1 : 0);
  const toggle = (path: string) =>
    draft.set((before) => ({
      chosen: before.chosen.includes(path) ? before.chosen.filter((other) => other !== path) : [...before.chosen, path],
    }));
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      // In one go: what refuses is asked before the machine is forced off.
      const { kept } = await api['machines.undefine']({ machine: refOf(machine), removeDisks: chosen, nvram, destroy: active });
      consoles.drop(machine);
      dropEdits(machine);
      const route = presentRoute();
      if (route.page === 'machine' && sameMachine(route, machine)) go({ page: 'machines' }, { replace: true, unasked: true });
      const stays = kept.map(({ path, what }) => ` ${whatItIs[what]} in ${path}.`).join('');
      notifications.show({ message: `${machine.name} is deleted.${stays === '' ? '' : ` Kept:${stays}`}` });
      onClose();
    } catch (thrown) {
      setError(errorDataOf(thrown));
      setBusy(false);
    }
  };
  return (
    <Dialog onClose={onClose} dirty={draft.dirty && !busy} onDiscard={draft.drop} title={`Delete ${machine.name}?`} size={560}>
      {error && <ErrorCallout error={error} title={`${machine.name} was not deleted.`} />}
      <p>
        The definition is deleted, with what is kept for it (TPM state, recordings)
        {active
          ? `, and since ${machine.name} has not been shut down, it is forced off first: what its programs have not written is lost`
          : ''}
        . Files stay unless they are ticked.{edited && ' What you changed here and did not apply goes too.'}
      </p>
      {(disks.length > 0 || variables !== undefined) && (
        <fieldset className="plain-group delete-files">
          <legend className="small dim">{refusedFiles ?? 'Delete these files too'}</legend>
          {disks.map((disk) => (
            <Checkbox
              key={disk.path}
              mt={6}
              disabled={refusedFiles !== undefined}
              checked={chosen.includes(disk.path)}
              onChange={() => toggle(disk.path)}
              label={
                <>
                  <span className="mono">{disk.path}</span>{' '}
                  <span className="dim small">{[disk.target, disk.spare].filter(Boolean).join(', ')}</span>
                </>
              }
            />
          ))}
          {variables && (
            <Checkbox
              mt={6}
              checked={withVariables}
              onChange={(event) => draft.set({ removesVariables: event.currentTarget.checked })}
              label={
                variables.path === undefined ? (
                  <>
                    UEFI variables <span className="dim small">in Tapestry’s own directory</span>
                  </>
                ) : (
                  <>
                    <span className="mono">{variables.path}</span> <span className="dim small">UEFI variables</span>
                  </>
                )
              }
            />
          )}
        </fieldset>
      )}
      {files > 0 && <p className="field-error">What is on {count(files, 'ticked file')} can’t be brought back.</p>}
      <Group justify="flex-end" gap={8} mt="lg">
        <DialogCancel data-autofocus />
        <HostButton variant="filled" color="red.7" operation="undefine" loading={busy} onClick={() => void run()}>
          Delete {machine.name}
          {files > 0 ? ` and ${count(files, 'file')}` : ''}
        </HostButton>
      </Group>
    </Dialog>
  );
}
