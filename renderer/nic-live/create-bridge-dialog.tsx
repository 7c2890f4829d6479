import { Checkbox, Group, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { z } from 'zod';
import type { ErrorData } from '../../shared/errors.ts';
import { Dialog, DialogCancel } from '../components/dialog.tsx';
import { ErrorCallout } from '../components/error-callout.tsx';
import { Field } from '../components/field.tsx';
import { HostButton } from '../components/host-button.tsx';
import { errorDataOf } from '../words/errors.ts';
import { useScope } from '../state/connections.ts';
import { useApi } from '../state/services.ts';
import { useDraft } from '../state/use-draft.ts';
import { useInterfaceFacts } from '../nics/host-network.ts';
import { bridgeNameFault } from '../nics/interface-words.ts';

interface CreateBridgeDialogProps {
  readonly name?: string;
  readonly onClose: () => void;
  readonly onCreated: (name: string) => void;
}

/** The draft of a new bridge. @param first the name that is proposed */
export function bridgeDraftName(first: string): string {
  return `bridge.${first}`;
}

const bridgeDraft = z.object({ name: z.string(), mtu: z.string(), stp: z.boolean() });

/** Makes a bridge without ports; the helper keeps in mind that it is ours, so that it can be deleted here. */
export function CreateBridgeDialog({ name: first = '', onClose, onCreated }: CreateBridgeDialogProps) {
  const api = useApi();
  const connection = useScope();
  const interfaces = useInterfaceFacts() ?? [];
  const draft = useDraft(bridgeDraftName(first), bridgeDraft, { name: first, mtu: '', stp: false });
  const { name, mtu, stp } = draft.value;
  const [touched, setTouched] = useState(first !== '');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorData | null>(null);
  const nameFault = bridgeNameFault(name, interfaces);
  const mtuFault =
    mtu === '' || (/^\d+$/.test(mtu) && Number(mtu) >= 68 && Number(mtu) <= 65521) ? undefined : '68 to 65521, or empty for 1500.';
  const create = async () => {
    setBusy(true);
    setError(null);
    try {
      await api['networks.createBridge']({ connection, name, ...(mtu === '' ? {} : { mtu: Number(mtu) }), ...(stp ? { stp } : {}) });
      draft.drop();
      notifications.show({ message: `The bridge ${name} is made.` });
      onCreated(name);
      onClose();
    } catch (thrown) {
      setError(errorDataOf(thrown));
      setBusy(false);
    }
  };
  return (
    <Dialog onClose={onClose} dirty={draft.dirty && !busy} onDiscard={draft.drop} title="New bridge" size={520}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          // The dialog may stand in another form's tree.
          event.stopPropagation();
          setTouched(true);
          if (nameFault === undefined && mtuFault === undefined) void create();
        }}
      >
        {error && <ErrorCallout error={error} title="The bridge was not made." />}
        <p className="small dim dialog-lead">
          A switch inside this computer. Guests on it reach each other; with an uplink, also the network behind that card. It is gone after
          the computer starts again.
        </p>
        <div className="form">
          <Field label="Name" error={touched ? nameFault : undefined} hint="At most 15 characters, as br-lab.">
            {(control) => (
              <TextInput
                {...control}
                w={220}
                data-autofocus
                styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } }}
                value={name}
                onChange={(event) => {
                  draft.set({ name: event.currentTarget.value.trim() });
                  setTouched(true);
                }}
              />
            )}
          </Field>
          <Field label="MTU" error={mtuFault}>
            {(control) => (
              <TextInput
                {...control}
                w={92}
                inputMode="numeric"
                placeholder="1500"
                value={mtu}
                onChange={(event) => draft.set({ mtu: event.currentTarget.value.trim() })}
              />
            )}
          </Field>
          <Field label="Spanning tree" hint="Only for bridges that are joined in a ring; ports then wait 30 s before they forward.">
            {({ id }) => (
              <Checkbox id={id} label="Run STP on it" checked={stp} onChange={(event) => draft.set({ stp: event.currentTarget.checked })} />
            )}
          </Field>
        </div>
        <Group justify="flex-end" gap={8} mt="lg">
          <DialogCancel />
          <HostButton
            variant="filled"
            operation="bridges"
            loading={busy}
            reason={touched ? (nameFault ?? mtuFault) : undefined}
            onClick={() => {
              setTouched(true);
              if (nameFault === undefined && mtuFault === undefined) void create();
            }}
          >
            Create Bridge
          </HostButton>
        </Group>
      </form>
    </Dialog>
  );
}
