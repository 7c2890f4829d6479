import { Checkbox, Group } from '@mantine/core';
import { useState } from 'react';
import { z } from 'zod';
import type { MachineRef } from '../../shared/contract/references.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { Dialog, DialogCancel } from '../components/dialog.tsx';
import { ErrorCallout } from '../components/error-callout.tsx';
import { HostButton } from '../components/host-button.tsx';
import { errorDataOf } from '../words/errors.ts';
import { bridgeDraftName, CreateBridgeDialog } from './create-bridge-dialog.tsx';
import { useInterfaceFacts } from '../nics/host-network.ts';
import { InterfaceField } from './interface-field.tsx';
import { bridgeFacts } from '../nics/interface-words.ts';
import { moveDraftName } from '../state/machine-drafts.ts';
import { useApi } from '../state/services.ts';
import { hasDraft, useKeptOpen, wasOpen } from '../state/kept-open.ts';
import { useDraft } from '../state/use-draft.ts';
import { readPlace } from '../xml/edits.ts';
import { changeNic, type RunningNic } from './change-nic.ts';

interface MoveCableDialogProps {
  readonly nic: RunningNic;
  /** What a person calls the NIC. */
  readonly title: string;
  /** The bridge that is proposed. */
  readonly to?: string;
  readonly onClose: () => void;
}

const overMove = 'move-cable.bridge';
const newBridge = '';

/** Was something typed into the move of a NIC's cable, or into the new bridge on top of it, that a reload of the page interrupted? */
export function moveWasTyped(machine: MachineRef, mac: string): boolean {
  return (
    hasDraft(moveDraftName(machine, mac)) || wasOpen(overMove, z.literal(mac), () => hasDraft(bridgeDraftName(newBridge))) !== undefined
  );
}

const moveDraft = z.object({ to: z.string(), flap: z.boolean(), persist: z.boolean() });

/** Moves the cable of a running NIC to another bridge. When the new bridge refuses, the helper puts the cable back, and this tells why. */
export function MoveCableDialog({ nic, title, to: proposed = '', onClose }: MoveCableDialogProps) {
  const api = useApi();
  const interfaces = useInterfaceFacts();
  const from = (nic.live && readPlace(nic.live, 'source/@bridge')) ?? '';
  const mac = (nic.live && readPlace(nic.live, 'mac/@address')) ?? '';
  const draft = useDraft(moveDraftName(nic.machine, mac), moveDraft, { to: proposed, flap: true, persist: nic.stored !== undefined });
  const { to, flap, persist } = draft.value;
  const [creating, setCreating] = useKeptOpen(overMove, z.literal(mac), () => hasDraft(bridgeDraftName(newBridge)));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorData | null>(null);
  const bridge = interfaces?.find((one) => one.name === to);
  const fault =
    to === ''
      ? 'Pick the bridge to move it to'
      : to === from
        ? `It is on ${from} already`
        : interfaces && !bridge
          ? `There is no bridge ${to}`
          : bridge && bridge.kind !== 'bridge'
            ? `${to} is no bridge`
            : undefined;
  const move = async () => {
    setBusy(true);
    setError(null);
    try {
      await changeNic(api, nic, [{ place: 'source/@bridge', value: to }], { persist, linkFlap: flap });
      draft.drop();
      onClose();
    } catch (thrown) {
      setError(errorDataOf(thrown));
      setBusy(false);
    }
  };
  return (
    <Dialog
      onClose={onClose}
      dirty={draft.dirty && !busy}
      onDiscard={draft.drop}
      title={`Move the cable of ${nic.machine.name}, ${title}`}
      size={600}
    >
      {error && <ErrorCallout error={error} title={`The cable stays on ${from}.`} />}
      <div className="form dialog-form">
        <span className="form-label">From</span>
        <span className="mono form-static">{from}</span>
        <InterfaceField
          label="To bridge"
          focusFirst
          what="bridge"
          value={to}
          interfaces={interfaces?.filter(({ name }) => name !== from)}
          fault={fault}
          hint={bridge?.kind === 'bridge' ? bridgeFacts(bridge) : 'The TAP, its MAC and its traffic counters stay the same.'}
          onChange={(name) => draft.set({ to: name })}
          onCreate={() => setCreating(mac)}
        />
        <span className="form-label">Guest</span>
        <div className="col nic-checks">
          <Checkbox
            label="Flap the link, so that the guest asks for an address again (DHCP)"
            checked={flap}
            onChange={(event) => draft.set({ flap: event.currentTarget.checked })}
          />
          <Checkbox
            label="Also at the next start"
            checked={persist}
            disabled={nic.stored === undefined}
            onChange={(event) => draft.set({ persist: event.currentTarget.checked })}
          />
        </div>
      </div>
      <Group justify="flex-end" gap={8} mt="lg">
        <DialogCancel />
        <HostButton variant="filled" loading={busy} reason={fault} onClick={() => void move()}>
          Move Cable
        </HostButton>
      </Group>
      {creating !== undefined && (
        <CreateBridgeDialog onClose={() => setCreating(undefined)} onCreated={(name) => draft.set({ to: name })} />
      )}
    </Dialog>
  );
}
