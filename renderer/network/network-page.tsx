import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { z } from 'zod';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { HostInterface } from '../../shared/contract/networks.ts';
import { RetryCallout } from '../components/retry-callout.tsx';
import { count } from '../words/format.ts';
import { draftNames } from '../state/drafts.ts';
import { hasDraft, useKeptOpen } from '../state/kept-open.ts';
import { useMachines } from '../state/machines-feed.ts';
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

const noMachines: readonly MachineSummary[] = [];
const noInterfaces: readonly HostInterface[] = [];

/** The host's network: machines' NICs, TAPs, bridges and uplinks as a drawing and as tables, and what can be done with them. */
export function NetworkPage() {
  const machines = useMachines()?.machines ?? noMachines;
  const running = useMemo(() => machines.filter(({ id }) => id !== null), [machines]);
  const uuids = useMemo(() => running.map(({ uuid }) => uuid), [running]);
  const nics = useAllNics(uuids);
  const known = useHostInterfaces();
  const failure = useHostInterfacesFailure();
  const interfaces = known ?? noInterfaces;
  const [selection, setSelection] = useKeptOpen<Selection>('network.selection', selected, () =>
    ['move.', 'bridge.'].some((name) => draftNames(name).length > 0),
  );
  const [moving, setMoving] = useState<{ readonly id: string; readonly to: string }>();
  const [dialog, setDialog] = useKeptOpen('network.dialog', dialogs, ({ kind }) =>
    hasDraft(kind === 'uplink' ? 'uplink' : bridgeDraftName('')),
  );
  const cables = useMemo(
    () =>
      running.flatMap((machine): Cable[] =>
        (nics.get(machine.uuid)?.nics ?? []).map((nic) => ({ id: `${machine.uuid} ${nic.alias}`, machine, nic })),
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
              ? `This computer: ${count(bridges.length, 'bridge')}, ${count(cables.length, 'cable')}, ${count(uplinks, 'uplink')}`
              : failure
                ? 'This computer’s interfaces can’t be seen.'
                : 'Looking at this computer’s interfaces…'}
          </p>
        </div>
        <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setDialog({ kind: 'bridge' })}>
          New Bridge
        </Button>
        <Button onClick={() => setDialog({ kind: 'uplink', bridge: bridges.find(({ uplink }) => uplink === null)?.name ?? '' })}>
          Add Uplink…
        </Button>
      </header>
      {failure && (
        <div className="page-note">
          <RetryCallout error={failure.error} title="This computer’s interfaces can’t be seen." onRetry={failure.again} />
        </div>
      )}
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
      {dialog?.kind === 'bridge' && (
        <CreateBridgeDialog onClose={() => setDialog(undefined)} onCreated={(name) => setSelection({ kind: 'interface', id: name })} />
      )}
      {dialog?.kind === 'uplink' && <AddUplinkDialog bridge={dialog.bridge} interfaces={interfaces} onClose={() => setDialog(undefined)} />}
    </>
  );
}
