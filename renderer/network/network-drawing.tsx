import { useElementSize } from '@mantine/hooks';
import { useMemo, useRef, type KeyboardEvent, type ReactNode } from 'react';
import type { HostInterface } from '../../shared/contract/networks.ts';
import { formatBitRate } from '../words/format.ts';
import { keyOf } from '../../shared/contract/machine-key.ts';
import { seenState } from '../machine/machine-state.ts';
import { StateGlyph } from '../machine/state-glyph.tsx';
import { useStanding } from '../state/use-link-status.ts';
import { useMachineNames } from '../state/machines-of.ts';
import { DrawingFoot } from './drawing-foot.tsx';
import { layOut, leastWidth, type Box, type Cable } from './drawing-layout.ts';
import { curve, flow, Wire } from './drawing-wire.tsx';
import { fittingZoom, useDrawingZoom } from './drawing-zoom.ts';
import { mainAddress, portLeadsTo, uplinkWord, whatItIs } from '../nics/interface-words.ts';
import { macTail, nicName } from '../nics/nic-words.ts';
import { canDrag, useCableDrag } from './use-cable-drag.ts';

/** What is selected in the drawing and the table: a cable (machine and alias), or an interface by name. */
export type Selection = { readonly kind: 'cable' | 'interface'; readonly id: string } | undefined;

interface NetworkDrawingProps {
  readonly cables: readonly Cable[];
  readonly interfaces: readonly HostInterface[];
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
  /** The end of a cable (by its id) was taken to another bridge. */
  readonly onMove: (id: string, bridge: string) => void;
}

/** A cable as it is spoken: `web-01, NIC LAN br0 …1c:12, TAP vt3f9c21a7, on br0, 4.2 Mbit/s`. */
export function spokenCable(cable: Cable): string {
  const { machine, nic } = cable;
  return [
    machine.name,
    `NIC ${nicName(nic)} ${macTail(nic.mac)}`,
    nic.device === null ? 'no TAP' : `TAP ${nic.device}`,
    nic.bridge === null ? 'on no bridge' : `on ${nic.bridge}`,
    nic.link === 'down' ? 'cable pulled' : nic.rxBps === null ? undefined : formatBitRate(flow(cable)),
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

/** A bridge as it is spoken. */
export function spokenBridge(bridge: HostInterface): string {
  return `Bridge ${bridge.name}, ${bridge.up ? 'up' : 'down'}, ${String(bridge.ports.length)} ports, ${bridge.uplink === null ? 'no uplink' : `uplink ${bridge.uplink}`}`;
}

function Node({
  box,
  column,
  label,
  selected,
  first,
  onSelect,
  className = '',
  children,
}: {
  readonly box: Box;
  readonly column: number;
  readonly label: string;
  readonly selected: boolean;
  readonly first: boolean;
  readonly onSelect: () => void;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  return (
    <button
      type="button"
      className={`net-node ${className}`}
      style={{ left: box.x, top: box.y, width: box.width, height: box.height }}
      data-column={column}
      data-y={box.y}
      aria-label={label}
      aria-pressed={selected}
      tabIndex={selected || first ? 0 : -1}
      onClick={onSelect}
    >
      {children}
    </button>
  );
}

/** Machines, TAPs, bridges and uplinks in fixed columns. One tab stop; arrow keys walk it. The tables below say all of it too. */
export function NetworkDrawing({ cables, interfaces, selection, onSelect, onMove }: NetworkDrawingProps) {
  const { ref, width, height } = useElementSize();
  const root = useRef<HTMLFieldSetElement>(null);
  const machineNames = useMachineNames();
  const standing = useStanding();
  const [zoom, setZoom] = useDrawingZoom();
  const available = Math.max(width / zoom, leastWidth);
  const layout = useMemo(() => layOut(cables, interfaces, available), [cables, interfaces, available]);
  const fitting = () => fittingZoom({ width: leastWidth, height: layout.height }, { width, height });
  const { drag, handleOf } = useCableDrag(root, layout, onMove);
  const isSelected = (kind: 'cable' | 'interface', id: string) => selection?.kind === kind && selection.id === id;
  const anySelected = selection !== undefined;
  const firstId = layout.machines[0]?.cables[0]?.id;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') return onSelect(undefined);
    const nodes = [...(root.current?.querySelectorAll<HTMLElement>('[data-column]') ?? [])];
    const at = nodes.find((node) => node === document.activeElement);
    if (!at) return undefined;
    const place = (node: HTMLElement) => ({ column: Number(node.dataset['column']), y: Number(node.dataset['y']) });
    const here = place(at);
    const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const along = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (side === undefined && along === undefined) return undefined;
    event.preventDefault();
    const others = nodes.filter((node) => {
      const there = place(node);
      return side === undefined
        ? there.column === here.column && (there.y - here.y) * (along ?? 0) > 0
        : (there.column - here.column) * side > 0;
    });
    const distance = (node: HTMLElement) => {
      const there = place(node);
      return Math.abs(there.column - here.column) * 10_000 + Math.abs(there.y - here.y);
    };
    others.toSorted((a, b) => distance(a) - distance(b))[0]?.focus();
    return undefined;
  };
  return (
    <div className="net-canvas">
      <div className="net-scroll" ref={ref}>
        <fieldset
          ref={root}
          className="plain-group net-drawing"
          aria-label="Drawing of the network"
          style={{ width: layout.width, height: layout.height, zoom }}
          onKeyDown={onKeyDown}
        >
          {layout.columns.map(({ title, x }) => (
            <span key={title} className="net-column small strong dim" style={{ left: x }} aria-hidden>
              {title}
            </span>
          ))}
          <svg width={layout.width} height={layout.height} aria-hidden>
            {layout.uplinks.map((uplink) => {
              const node = layout.bridges.find(({ bridge }) => bridge.name === uplink.bridge);
              if (!node) return null;
              const carries = uplink.one.carrier === true && uplink.one.up;
              return (
                <g key={uplink.one.name} className="net-wire">
                  <path
                    d={curve(node.x + node.width, node.y + node.height / 2, uplink.x, uplink.y + uplink.height / 2)}
                    strokeWidth={carries && uplink.role === 'uplink' ? 3 : 1.5}
                    data-live={carries || undefined}
                    data-still={!carries || undefined}
                  />
                </g>
              );
            })}
            {layout.cables.map((node) => {
              const machine = layout.machines.find((one) => one.machine === node.cable.machine);
              return (
                machine && (
                  <Wire
                    key={node.cable.id}
                    node={node}
                    from={machine.x + machine.width}
                    drag={drag?.id === node.cable.id ? drag : undefined}
                  />
                )
              );
            })}
          </svg>
          {layout.machines.map((node) => (
            <div
              key={keyOf(node.machine)}
              className="net-machine"
              style={{ left: node.x, top: node.y, width: node.width, height: node.height }}
            >
              <span className="row net-machine-name">
                <StateGlyph state={seenState(node.machine, standing)} labelled />
                <span className="clip medium">{node.machine.name}</span>
              </span>
            </div>
          ))}
          {layout.cables.map(({ cable, y, tap }) => {
            const machine = layout.machines.find((one) => one.machine === cable.machine);
            const selected = isSelected('cable', cable.id);
            const select = () => onSelect({ kind: 'cable', id: cable.id });
            return (
              <div key={cable.id} className="net-pair">
                {machine && (
                  <Node
                    box={{ x: machine.x + 4, y: y - 12, width: machine.width - 8, height: 24 }}
                    column={0}
                    label={spokenCable(cable)}
                    selected={selected}
                    first={!anySelected && cable.id === firstId}
                    onSelect={select}
                    className="net-nic"
                  >
                    <span className="clip grow">{nicName(cable.nic)}</span>
                    <span className="dim mono">{macTail(cable.nic.mac)}</span>
                  </Node>
                )}
                {tap && (
                  <Node
                    box={tap}
                    column={1}
                    label={`TAP ${cable.nic.device ?? ''} of ${cable.machine.name}, ${cable.nic.bridge === null ? 'on no bridge' : `on ${cable.nic.bridge}`}`}
                    selected={selected}
                    first={false}
                    onSelect={select}
                  >
                    <span className="mono medium clip">{cable.nic.device}</span>
                    <span className="tiny dim num clip">
                      {cable.nic.descriptors.length === 0 ? cable.nic.type : `fd ${cable.nic.descriptors.join(', ')}`}
                    </span>
                  </Node>
                )}
              </div>
            );
          })}
          {layout.bridges.map((node, index) => (
            <Node
              key={node.bridge.name}
              box={node}
              column={2}
              label={spokenBridge(node.bridge)}
              selected={isSelected('interface', node.bridge.name)}
              first={!anySelected && firstId === undefined && index === 0}
              onSelect={() => onSelect({ kind: 'interface', id: node.bridge.name })}
              className={
                drag === undefined || drag.from === node.bridge.name
                  ? ''
                  : drag.over === node.bridge.name
                    ? 'net-drop net-drop-here'
                    : 'net-drop'
              }
            >
              <span className="mono medium clip">{node.bridge.name}</span>
              <span className="tiny dim num clip">
                {node.bridge.up ? 'Up' : 'Down'} · {node.bridge.ports.length} {node.bridge.ports.length === 1 ? 'port' : 'ports'}
              </span>
              <span className="tiny mono clip">{mainAddress(node.bridge) ?? <span className="dim words">no host address</span>}</span>
              <span className="tiny dim clip">
                {[node.bridge.managedBy, uplinkWord(node.bridge) === 'none' ? 'no uplink' : undefined].filter((part) => part).join(' · ')}
              </span>
            </Node>
          ))}
          {layout.uplinks.map((node) => (
            <Node
              key={node.one.name}
              box={node}
              column={3}
              label={`${node.role === 'uplink' ? 'Uplink' : 'Port'} ${node.one.name}, ${node.one.carrier === true ? 'connected' : 'no carrier'}`}
              selected={isSelected('interface', node.one.name)}
              first={false}
              onSelect={() => onSelect({ kind: 'interface', id: node.one.name })}
              className={node.one.carrier === true ? '' : 'net-dashed'}
            >
              <span className="mono medium clip">{node.one.name}</span>
              <span className="tiny dim num clip">
                {node.one.carrier !== true
                  ? 'No carrier'
                  : (portLeadsTo(node.one) ??
                    (node.role === 'port'
                      ? whatItIs(node.one, machineNames)
                      : node.one.speed === null
                        ? 'Connected'
                        : `${String(node.one.speed)} Mbit/s`))}
              </span>
            </Node>
          ))}
          {/* For the pointer; by keyboard, Move Cable… of the selected NIC does the same. */}
          {layout.cables.map(
            (node) =>
              node.end &&
              canDrag(node) && (
                <span
                  key={node.cable.id}
                  className="net-end"
                  data-cable={node.cable.nic.device}
                  data-held={drag?.id === node.cable.id || undefined}
                  title={`Drag to another bridge to move the cable of ${node.cable.machine.name}`}
                  style={drag?.id === node.cable.id ? { left: drag.x, top: drag.y } : { left: node.end.x, top: node.end.y }}
                  {...handleOf(node)}
                />
              ),
          )}
          {cables.length === 0 && <p className="net-none small dim">No machine runs with a NIC now: its cable shows here when it does.</p>}
        </fieldset>
      </div>
      <DrawingFoot zoom={zoom} onZoom={setZoom} fitting={fitting} />
    </div>
  );
}
