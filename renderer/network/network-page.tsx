import { SegmentedControl } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { z } from 'zod';
import { keyOf } from '../../shared/contract/machine-key.ts';
import type { HostInterface } from '../../shared/contract/networks.ts';
import { RetryCallout } from '../components/retry-callout.tsx';
import { count } from '../words/format.ts';
import { HostButton } from '../components/host-button.tsx';
import { AwayNote } from '../machine/away-note.tsx';
import { embeddedConnection } from '../../shared/contract/references.ts';
import { ConnectionScope, useConnection, useConnections, useScope } from '../state/connections.ts';
import { go } from '../state/route.ts';
import { refusal, useStanding } from '../state/use-link-status.ts';
import { draftNames } from '../state/drafts.ts';
import { hasDraft, useKeptOpen } from '../state/kept-open.ts';
import { useMachinesOf } from '../state/machines-of.ts';
import { bridgeDraftName, CreateBridgeDialog } from '../nic-live/create-bridge-dialog.tsx';
import type { Cable } from './drawing-layout.ts';
import { useAllNics, useHostInterfaces, useHostInterfacesFailure } from '../nics/host-network.ts';
import { NetworkDrawing, type Selection } from './network-drawing.tsx';
import { NetworkTables } from './network-tables.tsx';
import { CablePanel, InterfacePanel } from './selection-panel.tsx';
import { AddUplinkDialog } from './uplinks.tsx';
import './network.css';

const dialogs = z.union([z.object({ kind: z.literal('bridge') }), z.object({ kind: z.literal('uplink'), bridge: z.string() })]);
const selected = z.object({ kind: z.enum(['cable', 'interface']), id: z.string() });

const noInterfaces: readonly HostInterface[] = [];

/** The network of one connection's host. */
export function NetworkPage({ connection }: { readonly connection: string }) {
  return (
    <ConnectionScope value={connection}>
      <HostNetwork key={connection} />
    </ConnectionScope>
  );
}

/** Which connection's host is shown, where there are several. */
function ConnectionChoice() {
  const connections = useConnections() ?? [];
  const connection = useScope();
  if (connections.length < 2) return null;
  return (
    <SegmentedControl
      aria-label="Network of"
      value={connection}
      data={connections.map(({ id, title }) => ({ value: id, label: title }))}
      onChange={(id) => go({ page: 'network', connection: id })}
    />
  );
}

/** The host's network: machines' NICs, TAPs, bridges and uplinks as a drawing and as tables, and what can be done with them. */
function HostNetwork() {
  const machines = useMachinesOf();
  const running = useMemo(() => machines.filter(({ id }) => id !== null), [machines]);
  const keys = useMemo(() => running.map(keyOf), [running]);
  const nics = useAllNics(keys);
  const scope = useScope();
  const connection = useConnection();
  const standing = useStanding();
  // What the connection can't do at all; while it is away, what was seen last stays.
  const none = refusal({ ...standing, away: undefined }, 'networks');
  const host = scope === embeddedConnection ? 'This computer' : (connection?.title ?? scope);
  const known = useHostInterfaces();
  const failure = useHostInterfacesFailure();
  const interfaces = known ?? noInterfaces;
  const [selection, setSelection] = useKeptOpen<Selection>(`network.selection.${scope}`, selected, () =>
    ['move.', 'bridge.'].some((name) => draftNames(name).length > 0),
  );
  const [moving, setMoving] = useState<{ readonly id: string; readonly to: string }>();
  const [dialog, setDialog] = useKeptOpen(`network.dialog.${scope}`, dialogs, ({ kind }) =>
    hasDraft(kind === 'uplink' ? 'uplink' : bridgeDraftName('')),
  );
  const cables = useMemo(
    () =>
      running.flatMap((machine): Cable[] =>
        (nics.get(keyOf(machine))?.nics ?? []).map((nic) => ({ id: `${keyOf(machine)} ${nic.alias}`, machine, nic })),
      ),
    [running, nics],
  );
  const bridges = interfaces.filter(({ kind }) => kind === 'bridge');
  const uplinks = bridges.filter(({ uplink }) => uplink !== null).length;
  const cable = selection?.kind === 'cable' ? cables.find(({ id }) => id === selection.id) : undefined;
  const one = selection?.kind === 'interface' ? interfaces.find(({ name }) => name === selection.id) : undefined;
  const close = () => setSelection(undefined);
  const move = (id: string, to: string) => {
    setSelection({ kind: 'cable', id });
    setMoving({ id, to });
  };
  return (
    <>
      <header className="page-header lined">
        <div className="grow">
          <h1>Network</h1>
          <p className="small dim num clip">
            {known
              ? `${host}: ${count(bridges.length, 'bridge')}, ${count(cables.length, 'cable')}, ${count(uplinks, 'uplink')}`
              : failure
                ? `${host}’s interfaces can’t be seen.`
                : none === undefined
                  ? `Looking at the interfaces of ${scope === embeddedConnection ? 'this computer' : host}…`
                  : host}
          </p>
        </div>
        <ConnectionChoice />
        <HostButton operation="bridges" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setDialog({ kind: 'bridge' })}>
          New Bridge
        </HostButton>
        <HostButton
          operation="uplinks"
          onClick={() => setDialog({ kind: 'uplink', bridge: bridges.find(({ uplink }) => uplink === null)?.name ?? '' })}
        >
          Add Uplink…
        </HostButton>
      </header>
      {connection && <AwayNote connection={connection} />}
      {failure && none === undefined && (
        <div className="page-note">
          <RetryCallout error={failure.error} title={`${host}’s interfaces can’t be seen.`} onRetry={failure.again} />
        </div>
      )}
      {none !== undefined && cables.length === 0 ? (
        <div className="page-body">
          <p className="dim">{none}</p>
        </div>
      ) : (
        <div className="net-page">
          <NetworkDrawing cables={cables} interfaces={interfaces} selection={selection} onSelect={setSelection} onMove={move} />
          {cable && (
            <CablePanel
              key={cable.id}
              cable={cable}
              onClose={close}
              moveTo={moving?.id === cable.id ? moving.to : undefined}
              onMoved={() => setMoving(undefined)}
            />
          )}
          {one && (
            <InterfacePanel
              key={one.name}
              one={one}
              interfaces={interfaces}
              onClose={close}
              onUplink={(bridge) => setDialog({ kind: 'uplink', bridge })}
            />
          )}
          <NetworkTables cables={cables} interfaces={interfaces} selection={selection} onSelect={setSelection} />
        </div>
      )}
      {dialog?.kind === 'bridge' && (
        <CreateBridgeDialog onClose={() => setDialog(undefined)} onCreated={(name) => setSelection({ kind: 'interface', id: name })} />
      )}
      {dialog?.kind === 'uplink' && <AddUplinkDialog bridge={dialog.bridge} interfaces={interfaces} onClose={() => setDialog(undefined)} />}
    </>
  );
}
