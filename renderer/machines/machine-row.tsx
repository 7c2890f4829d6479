import { memo } from 'react';
import type { MachineStats, MachineSummary } from '../../shared/contract/machines.ts';
import { Sparkline } from '../components/sparkline.tsx';
import { useContextMenu } from '../components/context-menu.tsx';
import { useClock } from '../components/use-now.ts';
import { formatKiB } from '../format.ts';
import { go } from '../route.ts';
import { useLost } from '../shell/use-link-status.ts';
import { useServices } from '../state/services.ts';
import { useStats } from '../state/stats-store.ts';
import { useUi } from '../state/ui-store.ts';
import { NetworkCells } from './machine-address.tsx';
import { MachineMenuItems } from './machine-menu-items.tsx';
import { useMachineKeys } from './use-machine-keys.ts';
import { isActive, shownState } from './machine-state.ts';
import { uptimeOf } from './machine-times.ts';
import { StateGlyph } from './state-glyph.tsx';

/** CPU and memory subscribe by themselves: a sample renders these two cells and no row. */
function StatsCells({ machine }: { readonly machine: MachineSummary }) {
  const { stats } = useServices();
  const samples = useStats(stats, machine.uuid, isActive(machine));
  const last = samples.at(-1);
  return (
    <>
      <td>
        <div className="machine-meter num">
          <Sparkline values={samples.map((sample) => sample.cpuPercent)} top={100} />
          <span className="machine-cpu">{last ? `${last.cpuPercent.toFixed(0)} %` : ''}</span>
        </div>
      </td>
      <td className="machine-memory">
        <MemoryMeter machine={machine} samples={samples} />
      </td>
    </>
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
      title={
        last && !told ? `What QEMU takes of this computer’s memory. The guest has ${unit}, and doesn’t tell how much it uses.` : undefined
      }
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
  return useClock((now) => uptimeOf(machine, now), isActive(machine));
}

interface MachineRowProps {
  readonly machine: MachineSummary;
  readonly index: number;
  /** The row that Tab comes to. */
  readonly entry: boolean;
}

/** One machine of the table. */
export const MachineRow = memo(function MachineRow({ machine, index, entry }: MachineRowProps) {
  const lost = useLost();
  const state = shownState(machine, lost);
  const tab = useUi((ui) => ui.tab);
  const context = useContextMenu(`Actions for ${machine.name}`, () => <MachineMenuItems machine={machine} />);
  const onKey = useMachineKeys(machine);
  const open = () => go({ page: 'machine', uuid: machine.uuid, tab });
  return (
    <>
      <tr
        data-row
        aria-rowindex={index + 2}
        className={lost ? 'stale' : undefined}
        onDoubleClick={open}
        onContextMenu={context.props.onContextMenu}
      >
        <td>
          <button
            type="button"
            className="machine-open inset-focus"
            data-open
            title={machine.name}
            tabIndex={entry ? 0 : -1}
            onClick={open}
            onKeyDown={(event) => {
              onKey(event);
              context.props.onKeyDown(event);
            }}
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
        <td>
          <span className={`row machine-state${state.telling || state.tone !== 'running' ? ` tone-${state.tone}` : ''}`}>
            <StateGlyph state={state} /> {state.word}
          </span>
        </td>
        <StatsCells machine={machine} />
        <NetworkCells machine={machine} />
        <td className="machine-uptime right num">
          <Uptime machine={machine} />
        </td>
        <td>
          <span className="row machine-notes">
            {machine.pending && <span className="tag warn">pending</span>}
            {machine.lastError && <span className="tag warn">start failed</span>}
            {machine.type === 'qemu' && <span className="tag">TCG</span>}
            {machine.autostart && <span className="tag">autostart</span>}
            {!machine.persistent && <span className="tag">transient</span>}
          </span>
        </td>
      </tr>
      {context.menu}
    </>
  );
});
