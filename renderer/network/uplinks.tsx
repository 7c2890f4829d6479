import { Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { z } from 'zod';
import type { HostInterface } from '../../shared/contract/networks.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { Dialog, DialogCancel } from '../components/dialog.tsx';
import { ErrorCallout } from '../components/error-callout.tsx';
import { Field } from '../components/field.tsx';
import { HostButton } from '../components/host-button.tsx';
import { errorDataOf } from '../words/errors.ts';
import { useScope } from '../state/connections.ts';
import { useApi } from '../state/services.ts';
import { useDraft } from '../state/use-draft.ts';
import { InterfaceField } from '../nic-live/interface-field.tsx';
import { bridgeFacts, kindWords, mainAddress } from '../nics/interface-words.ts';
import { uplinkWords } from './uplink-words.ts';

/** Why an interface can't be made a port of a bridge; undefined when it can. */
export function portFault(one: HostInterface | undefined, name: string): string | undefined {
  if (name === '') return 'Pick the interface to add';
  if (!one) return `There is no interface ${name}`;
  if (one.master !== null) return `${name} is a port of ${one.master} already`;
  if (one.kind === 'wireless') return 'Most access points refuse what a bridge sends: a wireless card can’t be a port';
  if (['bridge', 'loopback', 'tap', 'tun', 'macvtap'].includes(one.kind)) return `A ${kindWords[one.kind]} is no uplink`;
  return undefined;
}

const uplinkDraft = z.object({ bridge: z.string(), port: z.string(), seconds: z.string() });

/** Adds a card to a bridge, on trial: whoever is cut off by it needs only wait. */
export function AddUplinkDialog({
  bridge: first,
  interfaces,
  onClose,
}: {
  readonly bridge: string;
  readonly interfaces: readonly HostInterface[];
  readonly onClose: () => void;
}) {
  const api = useApi();
  const connection = useScope();
  const draft = useDraft('uplink', uplinkDraft, { bridge: first, port: '', seconds: '30' });
  const { bridge, port, seconds } = draft.value;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorData | null>(null);
  const target = interfaces.find(({ name }) => name === bridge);
  const card = interfaces.find(({ name }) => name === port);
  const bridgeFault = bridge === '' ? 'Pick a bridge' : target?.kind === 'bridge' ? undefined : `There is no bridge ${bridge}`;
  const cardFault = portFault(card, port);
  const timeFault = /^\d+$/.test(seconds) && Number(seconds) >= 5 && Number(seconds) <= 300 ? undefined : '5 to 300 seconds.';
  const fault = bridgeFault ?? cardFault ?? timeFault;
  const add = async () => {
    setBusy(true);
    setError(null);
    try {
      await api['networks.addUplink']({ connection, bridge, port, confirmWithin: Number(seconds) });
      draft.drop();
      onClose();
    } catch (thrown) {
      setError(errorDataOf(thrown));
      setBusy(false);
    }
  };
  const host = card && mainAddress(card);
  const names = { bridge, card: port, addresses: card?.addresses ?? [] };
  return (
    <Dialog onClose={onClose} dirty={draft.dirty && !busy} onDiscard={draft.drop} title="Add an uplink" size={600}>
      {error && <ErrorCallout error={error} title="Nothing was changed." />}
      <p className="small dim dialog-lead">
        {uplinkWords['becomes-port'](names)} {uplinkWords['taken-back'](names)}
      </p>
      <div className="form dialog-form">
        <InterfaceField
          label="Bridge"
          focusFirst
          what="bridge"
          value={bridge}
          interfaces={interfaces}
          fault={bridgeFault}
          hint={target && bridgeFacts(target)}
          onChange={(name) => draft.set({ bridge: name })}
        />
        <InterfaceField
          label="Interface"
          what="lower"
          value={port}
          interfaces={interfaces.filter(
            (one) => one.master === null && ['physical', 'vlan', 'bond', 'veth', 'other', 'wireless'].includes(one.kind),
          )}
          fault={cardFault}
          hint={card?.kind === 'veth' ? `${port} leads to another namespace of this computer.` : undefined}
          warning={card && cardFault === undefined && host !== undefined ? uplinkWords.moves(names) : undefined}
          onChange={(name) => draft.set({ port: name })}
        />
        <Field label="Confirm within" error={timeFault}>
          {(control) => (
            <>
              <TextInput
                {...control}
                w={72}
                inputMode="numeric"
                value={seconds}
                onChange={(event) => draft.set({ seconds: event.currentTarget.value.trim() })}
              />
              <span className="small dim">seconds</span>
            </>
          )}
        </Field>
      </div>
      <Group justify="flex-end" gap={8} mt="lg">
        <DialogCancel />
        <HostButton variant="filled" operation="uplinks" loading={busy} reason={fault} onClick={() => void add()}>
          Add Uplink
        </HostButton>
      </Group>
    </Dialog>
  );
}
