import { IconAlertCircle } from '@tabler/icons-react';
import { memo } from 'react';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { useContextMenu } from '../components/context-menu.tsx';
import { MachineMenuItems } from '../machine/machine-menu-items.tsx';
import { isActive, seenState } from '../machine/machine-state.ts';
import { troubleWord } from '../machine/machine-trouble.ts';
import { MovedIcon } from '../machine/moved-mark.tsx';
import { StateGlyph } from '../machine/state-glyph.tsx';
import { useMachineKeys } from '../machine/use-machine-keys.ts';
import { go } from '../state/route.ts';
import { useServices } from '../state/services.ts';
import { useStats } from '../state/stats-store.ts';
import { useUi } from '../state/ui-store.ts';
import { useStanding } from '../state/use-link-status.ts';

function Cpu({ machine }: { readonly machine: MachineSummary }) {
  const { stats } = useServices();
  const last = useStats(stats, machine, isActive(machine)).at(-1);
  return <span className="nav-right num">{last ? `${last.cpuPercent.toFixed(0)} %` : ''}</span>;
}

/** One machine of the navigation: its shape, its name, and the word of a transition or trouble, else its CPU. */
export const NavigationMachine = memo(function NavigationMachine({
  machine,
  current,
  stop = false,
}: {
  readonly machine: MachineSummary;
  readonly current: boolean;
  /** A stop of the Tab key though it isn't current: a list that scrolls has one, so that it can be scrolled by keys. */
  readonly stop?: boolean;
}) {
  const standing = useStanding(machine.connection);
  const lost = standing.away !== undefined;
  const state = seenState(machine, standing);
  const trouble = machine.transition || lost ? undefined : troubleWord(machine);
  const tab = useUi((ui) => ui.tab);
  const context = useContextMenu(`Actions for ${machine.name}`, () => <MachineMenuItems machine={machine} />);
  const onKey = useMachineKeys(machine);
  return (
    <>
      <button
        type="button"
        className={`nav-item inset-focus${lost ? ' stale' : ''}`}
        data-stop
        title={machine.name}
        tabIndex={current || stop ? 0 : -1}
        aria-current={current ? 'page' : undefined}
        onClick={() => go({ page: 'machine', ...refOf(machine), tab })}
        {...context.props}
        onKeyDown={(event) => {
          onKey(event);
          context.props.onKeyDown(event);
        }}
      >
        <span className="nav-icon">
          <StateGlyph state={trouble === undefined ? state : { ...state, tone: 'danger' }} labelled={!state.telling} />
        </span>
        <span className="clip">{machine.name}</span>
        <MovedIcon machine={machine} />
        {trouble !== undefined ? (
          <span className="nav-right nav-mark">
            <IconAlertCircle size={12} aria-hidden /> {trouble}
          </span>
        ) : state.telling ? (
          <span className="nav-right">{state.word}</span>
        ) : (
          !lost && <Cpu machine={machine} />
        )}
      </button>
      {context.menu}
    </>
  );
});
