import { memo, type ReactNode } from 'react';
import { keyOf, refOf } from '../../shared/contract/machine-key.ts';
import type { MachineStats, MachineSummary } from '../../shared/contract/machines.ts';
import { OsTile } from '../components/os-tile.tsx';
import { Sparkline } from '../components/sparkline.tsx';
import { useContextMenu } from '../components/context-menu.tsx';
import { useClock } from '../components/use-now.ts';
import { formatKiB } from '../words/format.ts';
import { go } from '../state/route.ts';
import { useConnection } from '../state/connections.ts';
import { useStanding } from '../state/use-link-status.ts';
import { useServices } from '../state/services.ts';
import { useStats } from '../state/stats-store.ts';
import { useUi } from '../state/ui-store.ts';
import { BulkMenuItems } from './list/bulk-bar.tsx';
import type { ColumnId } from './list/list-columns.ts';
import { useList } from './list/list-store.ts';
import type { SelectHow } from './list/selection.ts';
import { AddressCell, NetworkCell } from '../machine/machine-address.tsx';
import { MachineMenuItems } from '../machine/machine-menu-items.tsx';
import { movedWords } from '../machine/moved-mark.tsx';
import { useMachineKeys } from '../machine/use-machine-keys.ts';
import { isActive, seenState } from '../machine/machine-state.ts';
import { uptimeOf } from '../machine/machine-times.ts';
import { troubleWord } from '../machine/machine-trouble.ts';
import { StateGlyph } from '../machine/state-glyph.tsx';

/** Is it seen to run: what it was like before its connection went says nothing about now. */
function useIsSeen(machine: MachineSummary): boolean {
  const kind = useConnection(machine.connection)?.state.kind ?? 'connected';
  return kind === 'connected' && isActive(machine);
}

/** CPU and memory subscribe by themselves: a sample renders these cells and no row. */
function CpuCell({ machine }: { readonly machine: MachineSummary }) {
  const samples = useStats(useServices().stats, machine, useIsSeen(machine));
  const last = samples.at(-1);
  return (
    <td>
      <div className="machine-meter num">
        <Sparkline values={samples.map((sample) => sample.cpuPercent)} top={100} />
        <span className="machine-cpu">{last ? `${last.cpuPercent.toFixed(0)} %` : ''}</span>
      </div>
    </td>
  );
}

function MemoryCell({ machine }: { readonly machine: MachineSummary }) {
  const samples = useStats(useServices().stats, machine, useIsSeen(machine));
  return (
    <td className="machine-memory">
      <MemoryMeter machine={machine} samples={samples} />
    </td>
  );
}

/** A size before another one: without its unit where that is the other's too, as in `30.8 of 256 MiB`. */
const shortened = (size: string, other: string): string =>
  size.split(' ')[1] === other.split(' ')[1] ? (size.split(' ')[0] ?? size) : size;

/** What the guest uses of its memory, where it tells; else what QEMU takes of the host's, which is no part of the guest's memory. */
function MemoryMeter({ machine, samples }: { readonly machine: MachineSummary; readonly samples: readonly MachineStats[] }) {
  const last = samples.at(-1);
  const told = last?.guestMemoryKiB !== undefined;
  const values = samples.map((sample) => (told ? (sample.guestMemoryKiB ?? 0) : sample.memoryKiB));
  const unit = formatKiB(machine.memoryKiB);
  return (
    <div
      className="machine-meter num"
      title={last && !told ? `What QEMU takes of its host’s memory. The guest has ${unit}, and doesn’t tell how much it uses.` : undefined}
    >
      <Sparkline values={values} top={told ? machine.maxMemoryKiB : Math.max(machine.maxMemoryKiB, ...values)} tone="saved" />
      <span>
        {last && `${told ? shortened(formatKiB(last.guestMemoryKiB ?? 0), unit) : formatKiB(last.memoryKiB)} `}
        <span className="dim">{last === undefined ? unit : told ? `of ${unit}` : 'on host'}</span>
      </span>
    </div>
  );
}

function Uptime({ machine }: { readonly machine: MachineSummary }) {
  const seen = useIsSeen(machine);
  return useClock((now) => (seen ? uptimeOf(machine, now) : ''), seen);
}

/** What one should know of a machine besides its state: what waits, how it runs, and what somebody wrote about it. */
function Notes({ machine }: { readonly machine: MachineSummary }) {
  return (
    <td>
      <span className="row machine-notes">
        {machine.pending && <span className="tag warn">pending</span>}
        {machine.moved && (
          <span className="tag warn" title={movedWords(machine)}>
            cable moved
          </span>
        )}
        {machine.type === 'qemu' && <span className="tag">TCG</span>}
        {machine.autostart && <span className="tag">autostart</span>}
        {!machine.persistent && <span className="tag">transient</span>}
        {machine.description !== undefined && (
          <span className="dim clip" title={machine.description}>
            {machine.description}
          </span>
        )}
      </span>
    </td>
  );
}

/** The state in words; of a machine that is off after a failure, what failed. */
function StateCell({ machine }: { readonly machine: MachineSummary }) {
  const standing = useStanding(machine.connection);
  const lost = standing.away !== undefined;
  const state = seenState(machine, standing);
  const failed =
    !lost && machine.lastError !== undefined && !isActive(machine) && machine.transition === undefined ? troubleWord(machine) : undefined;
  const tone = failed === undefined ? state.tone : 'danger';
  return (
    <td>
      <span
        className={`row machine-state${state.telling || tone !== 'running' ? ` tone-${tone}` : ''}`}
        title={failed === undefined ? undefined : machine.lastError?.message}
      >
        <StateGlyph state={{ ...state, tone }} />
        <span className="clip">{failed ?? state.word}</span>
      </span>
    </td>
  );
}

const cells: Readonly<Record<ColumnId, (machine: MachineSummary) => ReactNode>> = {
  state: (machine) => <StateCell key="state" machine={machine} />,
  cpu: (machine) => <CpuCell key="cpu" machine={machine} />,
  memory: (machine) => <MemoryCell key="memory" machine={machine} />,
  address: (machine) => <AddressCell key="address" machine={machine} />,
  network: (machine) => <NetworkCell key="network" machine={machine} />,
  uptime: (machine) => (
    <td key="uptime" className="machine-uptime right num">
      <Uptime machine={machine} />
    </td>
  ),
  notes: (machine) => <Notes key="notes" machine={machine} />,
  vcpus: (machine) => (
    <td key="vcpus" className="right num">
      {machine.vcpus}
    </td>
  ),
  mac: (machine) => (
    <td key="mac" className="mono" title={machine.macs.join(', ')}>
      {machine.macs[0] ?? ''}
    </td>
  ),
  machine: (machine) => (
    <td key="machine" className="dim" title={machine.machine}>
      {machine.machine}
    </td>
  ),
};

interface MachineRowProps {
  readonly machine: MachineSummary;
  readonly index: number;
  /** The row that Tab comes to. */
  readonly entry: boolean;
  readonly shown: readonly ColumnId[];
  readonly onSelect: (key: string, how: SelectHow) => void;
  /** The context menu of a row that is selected with others acts on all of them. */
  readonly selected: () => readonly MachineSummary[];
}

/** How a click with these keys chooses a row. */
const selectHow = (event: { readonly ctrlKey: boolean; readonly metaKey: boolean; readonly shiftKey: boolean }): SelectHow =>
  event.shiftKey ? 'range' : event.ctrlKey || event.metaKey ? 'toggle' : 'only';

/** One machine of the table. */
export const MachineRow = memo(function MachineRow({ machine, index, entry, shown, onSelect, selected }: MachineRowProps) {
  const { away } = useStanding(machine.connection);
  const lost = away !== undefined;
  const tab = useUi((ui) => ui.tab);
  const key = keyOf(machine);
  const chosen = useList(({ selection }) => selection.chosen.has(key));
  const several = useList(({ selection }) => selection.chosen.has(key) && selection.chosen.size > 1);
  const context = useContextMenu(several ? 'Actions for the selected machines' : `Actions for ${machine.name}`, () =>
    several ? <BulkMenuItems machines={selected()} /> : <MachineMenuItems machine={machine} />,
  );
  const onKey = useMachineKeys(machine);
  const open = () => go({ page: 'machine', ...refOf(machine), tab });
  return (
    <>
      <tr
        data-row={key}
        aria-rowindex={index + 2}
        className={lost ? 'stale' : undefined}
        data-selected={chosen || undefined}
        data-marked={context.menu ? true : undefined}
        onClick={(event) => {
          if (!(event.target as HTMLElement).closest('button, input, label, a')) onSelect(key, selectHow(event));
        }}
        onDoubleClick={open}
        onContextMenu={context.props.onContextMenu}
      >
        <td className="machine-check-column">
          {/* The browser's own: the component library's costs more than all the rest of a row. */}
          <input
            type="checkbox"
            className="row-check"
            aria-label={`Select ${machine.name}`}
            tabIndex={-1}
            checked={chosen}
            onChange={() => undefined}
            onClick={(event) => onSelect(key, event.shiftKey ? 'range' : 'toggle')}
          />
        </td>
        <td>
          <OsTile id={machine.os} />{' '}
          <button
            type="button"
            className="machine-open inset-focus"
            data-open
            title={machine.name}
            tabIndex={entry ? 0 : -1}
            onClick={(event) => {
              const how = selectHow(event);
              if (how === 'only') open();
              else onSelect(key, how);
            }}
            onKeyDown={(event) => {
              onKey(event);
              context.props.onKeyDown(event);
            }}
            // A button is pressed when Space is let go: here Space selects.
            onKeyUp={(event) => event.key === ' ' && event.preventDefault()}
          >
            {machine.name}
          </button>
          {machine.title !== undefined && (
            <span className="dim machine-title" title={machine.title}>
              {' '}
              {machine.title}
            </span>
          )}
        </td>
        {shown.map((id) => cells[id](machine))}
      </tr>
      {context.menu}
    </>
  );
});
