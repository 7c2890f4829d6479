import { Switch } from '@mantine/core';
import { useState } from 'react';
import { refOf } from '../../../shared/contract/machine-key.ts';
import type { ErrorData } from '../../../shared/errors.ts';
import { ErrorCallout } from '../../components/error-callout.tsx';
import { Field } from '../../components/field.tsx';
import { errorDataOf } from '../../words/errors.ts';
import { useHostFacts } from '../../computer/use-host-facts.ts';
import { autostartWords } from '../../machine/autostart-words.ts';
import { isActive } from '../../machine/machine-state.ts';
import { ReasonedButton } from '../../components/reasoned-button.tsx';
import { useDialogs } from '../../state/dialog-store.ts';
import { useRefusal } from '../../state/use-link-status.ts';
import { useApi } from '../../state/services.ts';
import type { DeviceFormProps } from '../../forms/types.ts';

/** What is not part of the XML edit: the name (renamed by itself) and autostart (in force at once). */
export function OverviewHead({ context: { machine } }: DeviceFormProps) {
  const api = useApi();
  const words = autostartWords[useHostFacts(machine.connection)?.autostartWhen ?? 'unsaid'];
  const openDialog = useDialogs((state) => state.open);
  const refusedRename = useRefusal('rename', machine);
  const refusedAutostart = useRefusal('autostart', machine);
  const [error, setError] = useState<ErrorData | null>(null);
  const setAutostart = async (autostart: boolean) => {
    setError(null);
    try {
      await api['machines.autostart']({ machine: refOf(machine), autostart });
    } catch (thrown) {
      setError(errorDataOf(thrown));
    }
  };
  return (
    <div className="form">
      <Field label="Name">
        {({ id }) => (
          <>
            <span className="medium selectable">{machine.name}</span>
            <ReasonedButton
              reason={refusedRename ?? (isActive(machine) ? 'A machine is renamed while it is shut off' : undefined)}
              onClick={() => openDialog({ kind: 'rename', machine: refOf(machine) })}
            >
              <span id={id}>Rename…</span>
            </ReasonedButton>
          </>
        )}
      </Field>
      <Field label="Autostart" hint={refusedAutostart ?? words.hint}>
        {(props) => (
          <Switch
            id={props.id}
            aria-describedby={props['aria-describedby']}
            label={words.label}
            checked={machine.autostart}
            disabled={!machine.persistent || refusedAutostart !== undefined}
            onChange={(event) => void setAutostart(event.currentTarget.checked)}
          />
        )}
      </Field>
      {error && <ErrorCallout error={error} />}
    </div>
  );
}
