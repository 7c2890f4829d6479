import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { ScreensState, ScreenState } from '../../shared/contract/screens.ts';
import type { ShownState } from '../machine/machine-state.ts';
import { StateGlyph } from '../machine/state-glyph.tsx';
import type { ScreenView } from '../screens/screen-session.ts';
import { connectionLost, useStanding } from '../state/use-link-status.ts';
import { layoutNames, type ScreenChoices } from './screen-choices.ts';
import { displayAddress } from './viewer-file.ts';

const shown = (word: string, glyph: ShownState['glyph'], tone: ShownState['tone']): ShownState => ({ word, glyph, tone, telling: true });

/** The state of a screen as the line shows it. Pure. */
export function screenShown(view: Pick<ScreenView, 'state'>, state: ScreenState['state'], away: string | undefined): ShownState {
  if (away !== undefined) return shown(away === connectionLost ? 'Connection lost' : 'Offline', 'dashed', 'off');
  if (state === 'off') return shown('Shut off', 'ring', 'off');
  if (state === 'missing') return shown('Not connected', 'ring', 'off');
  if (state === 'silent') return shown('QEMU doesn’t answer', 'dashed', 'paused');
  if (view.state !== 'shown') return shown(view.state === 'lost' ? 'Not connected, connecting' : 'Connecting', 'arc', 'off');
  return state === 'paused' ? shown('Paused', 'bars', 'paused') : shown('Connected', 'disc', 'running');
}

interface ScreenStatusProps {
  readonly machine: MachineSummary;
  readonly seen: ScreensState;
  readonly screen: ScreenState;
  readonly view: ScreenView;
  readonly layout: ScreenChoices['layout'];
  readonly readOnly: boolean;
}

/** Connected or not, by which way, who has the keys, and how large the picture is. */
export function ScreenStatus({ machine, seen, screen, view, layout, readOnly }: ScreenStatusProps) {
  const { away } = useStanding(machine.connection);
  const word = screenShown(view, screen.state, away);
  const { width, height, percent, grabbed } = view;
  const elsewhere = seen.displays.find(({ type, listen, port }) => type === 'vnc' && listen === 'address' && port !== null);
  return (
    <div className="console-status num">
      <output className="row console-word">
        <StateGlyph state={word} /> {word.word}
      </output>
      {grabbed ? (
        <span className="nowrap">Keys go to the guest; left Ctrl+Alt lets go</span>
      ) : (
        view.state === 'shown' && (
          <>
            <span className="screen-way">
              {elsewhere
                ? `Private socket; as its definition asks, also ${displayAddress(elsewhere)}`
                : 'Private socket, no port listens for it'}
            </span>
            <span className="screen-way">Text is typed as {layoutNames[layout]}</span>
          </>
        )
      )}
      {readOnly && <span className="nowrap">View only</span>}
      <span className="grow" />
      {width !== null && height !== null && (
        <span className="nowrap" title="Of the guest’s picture, pixels">
          {width} × {height}
          {percent !== null && ` shown at ${String(percent)} %`}
        </span>
      )}
    </div>
  );
}
