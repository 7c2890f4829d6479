import { SegmentedControl } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { HostInterface } from '../../shared/contract/networks.ts';
import { formatBitRate, formatBytes, formatClock } from '../words/format.ts';
import { seenState } from '../machine/machine-state.ts';
import { useStanding } from '../state/use-link-status.ts';
import { useMachineNames } from '../state/machines-of.ts';
import { StateGlyph } from '../machine/state-glyph.tsx';
import type { Cable } from './drawing-layout.ts';
import { addressText, kindWords, mainAddress, managerOf, uplinkWord } from '../nics/interface-words.ts';
import type { Selection } from './network-drawing.tsx';
import { faultWords, macTail, nicName, unseenWords } from '../nics/nic-words.ts';

type Tab = 'cables' | 'bridges' | 'interfaces';

interface NetworkTablesProps {
  readonly cables: readonly Cable[];
  readonly interfaces: readonly HostInterface[];
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
}

const rateText = (value: number | null): string => (value === null ? '' : value < 1 ? '0' : formatBitRate(value));

function Row({
  selected,
  onSelect,
  label,
  mark,
  children,
}: {
  readonly selected: boolean;
  readonly onSelect: () => void;
  readonly label: string;
  /** In front of the label. */
  readonly mark?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <tr data-row data-selected={selected || undefined}>
      <td>
        {mark}
        <button type="button" className="net-open" aria-pressed={selected} onClick={onSelect}>
          {label}
        </button>
      </td>
      {children}
    </tr>
  );
}

function CableTable({ cables, selection, onSelect }: Omit<NetworkTablesProps, 'interfaces'>) {
  const standing = useStanding();
  if (cables.length === 0) return <p className="dim net-empty">No machine runs with a NIC now.</p>;
  return (
    <table className="table net-table" aria-label="Cables">
      <thead>
        <tr>
          <th>Machine</th>
          <th>NIC</th>
          <th className="net-more">TAP</th>
          <th>Bridge</th>
          <th>Port</th>
          <th className="right">To guest</th>
          <th className="right">From guest</th>
          <th className="right">Drops</th>
          <th>Address</th>
          <th className="net-more">Made</th>
        </tr>
      </thead>
      <tbody>
        {cables.map(({ id, machine, nic }) => {
          const drops = (nic.rxDrops ?? 0) + (nic.txDrops ?? 0);
          const address = nic.addresses.find((one) => !one.address.startsWith('fe80:')) ?? nic.addresses[0];
          return (
            <Row
              key={id}
              selected={selection?.kind === 'cable' && selection.id === id}
              onSelect={() => onSelect({ kind: 'cable', id })}
              label={machine.name}
              mark={<StateGlyph state={seenState(machine, standing)} labelled />}
            >
              <td>
                {nicName(nic)} <span className="dim mono">{macTail(nic.mac)}</span>
              </td>
              <td className="mono net-more">{nic.device ?? <span className="dim words">none</span>}</td>
              <td className="mono">{nic.bridge ?? <span className="dim words">none</span>}</td>
              <td className={nic.link === 'down' || nic.fault ? 'tone-paused' : ''} title={nic.fault?.message}>
                {nic.fault
                  ? faultWords(nic)
                  : nic.link === 'down'
                    ? 'cable pulled'
                    : (nic.portState ?? <span className="dim words">none</span>)}
              </td>
              <td className="right num">{rateText(nic.rxBps)}</td>
              <td className="right num">{rateText(nic.txBps)}</td>
              <td className={`right num ${drops > 0 ? 'tone-paused' : ''}`}>{nic.rxDrops === null ? '' : drops}</td>
              <td className="mono">
                {address?.address ?? (
                  <span className="dim words" title={nic.addressReason ?? undefined}>
                    {nic.expectedAddress === undefined ? 'none seen' : unseenWords(nic)}
                  </span>
                )}
              </td>
              <td className="num dim net-more">{nic.createdBy ? formatClock(nic.createdBy.at) : ''}</td>
            </Row>
          );
        })}
      </tbody>
    </table>
  );
}

function BridgeTable({ interfaces, selection, onSelect }: Omit<NetworkTablesProps, 'cables'>) {
  const bridges = interfaces.filter(({ kind }) => kind === 'bridge');
  if (bridges.length === 0) return <p className="dim net-empty">This computer has no bridge. New Bridge makes one.</p>;
  return (
    <table className="table net-table" aria-label="Bridges">
      <thead>
        <tr>
          <th>Bridge</th>
          <th>State</th>
          <th>Ports</th>
          <th>Uplink</th>
          <th>Host address</th>
          <th className="right">MTU</th>
          <th>Managed by</th>
        </tr>
      </thead>
      <tbody>
        {bridges.map((bridge) => (
          <Row
            key={bridge.name}
            selected={selection?.kind === 'interface' && selection.id === bridge.name}
            onSelect={() => onSelect({ kind: 'interface', id: bridge.name })}
            label={bridge.name}
          >
            <td>{bridge.up ? 'Up' : 'Down'}</td>
            <td className="mono net-ports" title={bridge.ports.join(', ')}>
              {bridge.ports.length === 0 ? <span className="dim words">none</span> : bridge.ports.join(', ')}
            </td>
            <td className={bridge.uplink === null ? 'dim' : 'mono'}>
              {uplinkWord(bridge)}
              {interfaces.some(({ name, kind }) => name === bridge.uplink && kind === 'veth') && (
                <span className="dim words"> another namespace</span>
              )}
            </td>
            <td className="mono">{mainAddress(bridge) ?? <span className="dim words">none</span>}</td>
            <td className="right num">{bridge.mtu}</td>
            <td>{bridge.managedBy ?? <span className="dim">nobody</span>}</td>
          </Row>
        ))}
      </tbody>
    </table>
  );
}

function InterfaceTable({ interfaces, selection, onSelect }: Omit<NetworkTablesProps, 'cables'>) {
  const names = useMachineNames();
  return (
    <table className="table net-table" aria-label="Host interfaces">
      <thead>
        <tr>
          <th>Interface</th>
          <th>Kind</th>
          <th>State</th>
          <th>Member of</th>
          <th>Addresses</th>
          <th>MAC</th>
          <th className="right">MTU</th>
          <th className="right">Received</th>
          <th className="right">Sent</th>
          <th>Managed by</th>
        </tr>
      </thead>
      <tbody>
        {interfaces.map((one) => (
          <Row
            key={one.name}
            selected={selection?.kind === 'interface' && selection.id === one.name}
            onSelect={() => onSelect({ kind: 'interface', id: one.name })}
            label={one.name}
          >
            <td>{kindWords[one.kind]}</td>
            <td>{one.up ? (one.carrier === false ? 'Up, no carrier' : 'Up') : 'Down'}</td>
            <td className="mono">{one.master ?? <span className="dim words">none</span>}</td>
            <td className="mono net-ports" title={one.addresses.map(addressText).join(', ')}>
              {one.addresses.length === 0 ? <span className="dim words">none</span> : one.addresses.map(addressText).join(', ')}
            </td>
            <td className="mono">{one.mac}</td>
            <td className="right num">{one.mtu}</td>
            <td className="right num">{formatBytes(one.rxBytes)}</td>
            <td className="right num">{formatBytes(one.txBytes)}</td>
            <td>{managerOf(one, names) ?? <span className="dim">nobody</span>}</td>
          </Row>
        ))}
      </tbody>
    </table>
  );
}

/** Everything that the drawing shows, and the rest of the host's interfaces, as tables. */
export function NetworkTables(props: NetworkTablesProps) {
  const [tab, setTab] = useState<Tab>('cables');
  const bridges = props.interfaces.filter(({ kind }) => kind === 'bridge').length;
  return (
    <section className="net-tables" aria-label="Tables">
      <div className="net-tabs">
        <SegmentedControl
          aria-label="Table"
          value={tab}
          onChange={(value) => setTab(value === 'bridges' || value === 'interfaces' ? value : 'cables')}
          data={[
            { value: 'cables', label: `Cables ${String(props.cables.length)}` },
            { value: 'bridges', label: `Bridges ${String(bridges)}` },
            { value: 'interfaces', label: `Host interfaces ${String(props.interfaces.length)}` },
          ]}
        />
      </div>
      <section className="net-table-box" tabIndex={0} aria-label="Table of the network">
        {tab === 'cables' ? <CableTable {...props} /> : tab === 'bridges' ? <BridgeTable {...props} /> : <InterfaceTable {...props} />}
      </section>
    </section>
  );
}
