import { IconDownload, IconPlus, IconTerminal2 } from '@tabler/icons-react';
import { useState } from 'react';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { Display, ScreensState } from '../../shared/contract/screens.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { ErrorCallout } from '../components/error-callout.tsx';
import { HostButton } from '../components/host-button.tsx';
import { ReasonedButton } from '../components/reasoned-button.tsx';
import { isActive } from '../machine/machine-state.ts';
import { redefine } from '../machine/redefine.ts';
import { StateGlyph } from '../machine/state-glyph.tsx';
import { useApi } from '../state/services.ts';
import { useRefusal } from '../state/use-link-status.ts';
import { errorDataOf } from '../words/errors.ts';
import { insertDevice } from '../xml/edits.ts';
import { noScreen, PlacePicker } from './place-picker.tsx';
import { saveDownload } from './save-download.ts';
import { displayAddress, viewerCommand, viewerFile } from './viewer-file.ts';
import { withScreen } from './with-screen.ts';
import './screen-page.css';

interface NoScreenProps {
  readonly machine: MachineSummary;
  readonly seen: ScreensState;
  readonly onPick: (place: string) => void;
}

/** In place of a picture that this window can't show: why, what shows it elsewhere, and what adds one. */
export function NoScreen({ machine, seen, onPick }: NoScreenProps) {
  const spice = seen.displays.find(({ type }) => type === 'spice');
  return (
    <>
      <div className="console-bar" role="toolbar" aria-label="Screen">
        <PlacePicker machine={machine} screens={seen.screens} shown={noScreen} onPick={onPick} />
      </div>
      <div className="no-screen">
        <div className="empty-state">
          <Why machine={machine} displays={seen.displays} spice={spice} />
          {spice && <SpiceDisplay machine={machine} display={spice} />}
          <Additions machine={machine} spice={spice !== undefined} onPick={onPick} />
        </div>
      </div>
      <div className="console-status">
        <output className="row console-word">
          <StateGlyph state={{ word: 'No screen', glyph: 'ring', tone: 'off', telling: true }} /> No screen
        </output>
      </div>
    </>
  );
}

function Why(props: { readonly machine: MachineSummary; readonly displays: readonly Display[]; readonly spice: Display | undefined }) {
  const { machine, displays, spice } = props;
  const refused = useRefusal('screen', machine);
  if (spice) {
    return (
      <>
        <h1>{machine.name} shows its screen by SPICE</h1>
        <p className="dim">This window speaks VNC. virt-viewer shows SPICE; a VNC screen beside it shows the same picture here.</p>
      </>
    );
  }
  const [port] = machine.consoles;
  const rest = port ? `It was made without one and talks on ${port.label}.` : 'It was made without one, and without a serial port.';
  return (
    <>
      <h1>{machine.name} has no screen</h1>
      <p className="dim">{refused ?? (displays.length > 0 ? 'It has a VNC server, and no video card that gives it a picture.' : rest)}</p>
    </>
  );
}

/** Where SPICE is to be found, and what opens it. */
function SpiceDisplay({ machine, display }: { readonly machine: MachineSummary; readonly display: Display }) {
  const file = viewerFile(machine.name, display);
  const command = viewerCommand(display);
  const save = () => saveDownload(new Blob([file ?? ''], { type: 'application/x-virt-viewer' }), `${machine.name}.vv`);
  return (
    <>
      <p>
        <span className="dim">Listens at</span> <span className="mono selectable">{displayAddress(display)}</span>
        {display.hasPassword && <span className="dim"> and asks for the password of its definition</span>}
      </p>
      {command !== undefined && (
        <p className="row">
          <code className="mono selectable clip" title={command}>
            {command}
          </code>
          <CopyButton text={command} what="the command that opens it" />
        </p>
      )}
      {display.listen === 'address' && (
        <div className="row">
          <ReasonedButton
            variant="filled"
            leftSection={<IconDownload size={15} />}
            reason={
              isActive(machine)
                ? file === undefined
                  ? 'QEMU has not told its port yet'
                  : undefined
                : `${machine.name} doesn’t run: nothing listens`
            }
            onClick={save}
          >
            Open in virt-viewer
          </ReasonedButton>
          <span className="small dim">{machine.name}.vv, for remote-viewer</span>
        </div>
      )}
    </>
  );
}

/** What leads to a picture, or past it. */
function Additions({
  machine,
  spice,
  onPick,
}: {
  readonly machine: MachineSummary;
  readonly spice: boolean;
  readonly onPick: (place: string) => void;
}) {
  const api = useApi();
  const [error, setError] = useState<ErrorData | null>(null);
  const [added, setAdded] = useState<'screen' | 'port'>();
  const cannotShow = useRefusal('screen', machine) !== undefined;
  const [port] = machine.consoles;
  const add = async (what: 'screen' | 'port') => {
    setError(null);
    try {
      await redefine(api, machine, (xml) =>
        what === 'screen' ? withScreen(xml) : insertDevice(xml, `<serial type='pty'>\n  <target port='0'/>\n</serial>`),
      );
      setAdded(what);
    } catch (thrown) {
      setError(errorDataOf(thrown));
    }
  };
  const transient = machine.persistent ? undefined : `${machine.name} has no stored definition to add it to`;
  if (added !== undefined) {
    return (
      <output>
        The {added === 'screen' ? 'screen' : 'serial port'} is in the definition.
        {isActive(machine) && ' It is there when the machine has been off and is started again.'}
      </output>
    );
  }
  return (
    <>
      {error && <ErrorCallout error={error} />}
      <div className="row">
        {port && (
          <ReasonedButton
            variant={spice ? 'default' : 'filled'}
            leftSection={<IconTerminal2 size={15} />}
            onClick={() => onPick(port.alias)}
          >
            Open {port.label}
          </ReasonedButton>
        )}
        {!cannotShow && (
          <HostButton operation="define" reason={transient} leftSection={<IconPlus size={15} />} onClick={() => void add('screen')}>
            {spice ? 'Add a VNC Screen Beside It' : 'Add a Screen'}
          </HostButton>
        )}
        {!port && (
          <HostButton operation="define" reason={transient} leftSection={<IconPlus size={15} />} onClick={() => void add('port')}>
            Add a Serial Port
          </HostButton>
        )}
      </div>
      {!cannotShow && (
        <p className="small dim">
          {spice ? 'On a socket that only Tapestry can reach' : 'A VNC screen, a video card and a tablet'}
          {isActive(machine) ? ', at the next start.' : '.'}
        </p>
      )}
    </>
  );
}
