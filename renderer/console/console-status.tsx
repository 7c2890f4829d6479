import type { ConsoleState } from '../../shared/contract/consoles.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { formatBytes, formatClock } from '../words/format.ts';
import { isActive, type ShownState } from '../machine/machine-state.ts';
import { StateGlyph } from '../machine/state-glyph.tsx';
import { connectionLost, useStanding } from '../state/use-link-status.ts';
import type { ConsoleView } from '../consoles/console-session.ts';

const words: Record<ConsoleState['state'], ShownState> = {
  connected: { word: 'Connected', glyph: 'disc', tone: 'running', telling: true },
  paused: { word: 'Paused', glyph: 'bars', tone: 'paused', telling: true },
  off: { word: 'Shut off', glyph: 'ring', tone: 'off', telling: true },
  connecting: { word: 'Connecting', glyph: 'arc', tone: 'off', telling: true },
  failed: { word: 'Failed', glyph: 'triangle', tone: 'danger', telling: true },
};

/** The state of a port as the line shows it. */
export function portState(view: ConsoleView, lost: boolean, offline = false): ShownState {
  if (lost || offline) return { word: lost ? 'Connection lost' : 'Offline', glyph: 'dashed', tone: 'off', telling: true };
  if (!view.state) return words.connecting;
  return view.state.state === 'connected' && !view.open ? words.connecting : words[view.state.state];
}

/** The size that the guest goes by, as far as it was told from here, where that is another one than the terminal's. */
function sizeOf({ cols, rows, told, open }: Pick<ConsoleView, 'cols' | 'rows' | 'told' | 'open'>): string {
  // Without a word a guest takes a serial terminal for the usual one.
  const { cols: guestCols, rows: guestRows } = told ?? { cols: 80, rows: 24 };
  if (!open || (guestCols === cols && guestRows === rows)) return '';
  return told === null ? ', not told to the guest' : `, the guest was told ${String(told.cols)} × ${String(told.rows)}`;
}

/** Connected or not, since when recorded, how much, and how big the terminal is. */
export function ConsoleStatus({ machine, view }: { readonly machine: MachineSummary; readonly view: ConsoleView }) {
  const { away } = useStanding(machine.connection);
  const shown = portState(view, away === connectionLost, away !== undefined);
  const { state } = view;
  return (
    <div className="console-status num">
      <output className="row console-word">
        <StateGlyph state={shown} /> {shown.word}
      </output>
      {state?.message !== undefined && <span className="tone-danger clip">{state.message}</span>}
      {state && state.recordedSince !== null && (
        <span className="nowrap">
          Recorded since {isActive(machine) ? 'power-on, ' : ''}
          {formatClock(state.recordedSince)}
        </span>
      )}
      {state && state.limit > 0 && (
        <span className="nowrap" title={state.start > 0 ? 'The recording is a ring: the oldest output was overwritten' : undefined}>
          {formatBytes(state.end - state.start)} of {formatBytes(state.limit)}
        </span>
      )}
      {state && !state.interactive && <span className="nowrap">Output only</span>}
      <span className="grow" />
      {view.cut && <span className="nowrap console-cut">Older output is in the recording</span>}
      <span className="nowrap" title="Columns × rows of this terminal">
        {view.cols} × {view.rows}
        {sizeOf(view)}
      </span>
    </div>
  );
}
