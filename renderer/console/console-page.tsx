import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { keyOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { ScreenState } from '../../shared/contract/screens.ts';
import { ErrorCallout } from '../components/error-callout.tsx';
import { useServices } from '../state/services.ts';
import { fontSize, useUi } from '../state/ui-store.ts';
import { copySelection, pasteText } from './clipboard.ts';
import { consoleKey } from './console-keys.ts';
import { ConsoleOverlay } from './console-overlay.tsx';
import { ConsoleSearch } from './console-search.tsx';
import { ConsoleStatus } from './console-status.tsx';
import { ConsoleToolbar } from './console-toolbar.tsx';
import { NoScreen } from './no-screen.tsx';
import { noScreen } from './place-picker.tsx';
import { ScreenPage } from './screen-page.tsx';
import { useScreens } from './use-screens.ts';
import './console-page.css';

/**
 * Is somebody walking over the tabs by keyboard? The terminal's keys are the guest's, so it must not take the focus from them:
 * they would not get past it. Whoever clicks, or opens the console in any other way, wants to type.
 */
const walksTabs = (): boolean => document.activeElement?.matches('[role=tab]:focus-visible') === true;

/**
 * What one sees of a machine and types into it: its screens and its serial ports. It opens on a screen until the guest has written to its serial port,
 * and stays where somebody went or works.
 */
export function ConsolePage({ machine }: { readonly machine: MachineSummary }) {
  const [picked, setPicked] = useState<string | null>(null);
  const seen = useScreens(machine);
  const [first] = machine.consoles;
  const written = useWritten(machine, first?.alias);
  const screens = seen?.screens ?? noScreens;
  const port = machine.consoles.find((one) => one.alias === picked);
  // Until somebody chose, what shows something: a screen as long as the serial port says nothing.
  const silent = port === undefined && (!first || written === false);
  const screen = screens.find(({ id }) => id === picked) ?? (silent || picked === noScreen ? screens[0] : undefined);
  if (seen && screen) {
    const { id } = screen;
    return (
      <ScreenPage
        key={`${keyOf(machine)} ${id}`}
        machine={machine}
        seen={seen}
        screen={screen}
        onPick={setPicked}
        onUse={() => setPicked(id)}
      />
    );
  }
  const shown = port ?? first;
  const elsewhere = silent && seen?.displays.some(({ type }) => type === 'spice') === true;
  if (!shown || picked === noScreen || elsewhere)
    return seen ? <NoScreen machine={machine} seen={seen} onPick={setPicked} /> : <div aria-busy="true" />;
  return <Console key={shown.alias} machine={machine} screens={screens} alias={shown.alias} onPick={setPicked} />;
}

const noScreens: readonly ScreenState[] = [];

/** Has the guest written to this port, in this run or the last; undefined until it is known. */
function useWritten(machine: MachineSummary, alias: string | undefined): boolean | undefined {
  const { consoles } = useServices();
  const session = alias === undefined ? undefined : consoles.get(machine, alias);
  return useSyncExternalStore(session?.subscribe ?? never, () => {
    const state = session?.view().state;
    return state ? state.end > 0 : undefined;
  });
}

const never = () => () => undefined;

function Console({
  machine,
  screens,
  alias,
  onPick,
}: {
  readonly machine: MachineSummary;
  readonly screens: readonly ScreenState[];
  readonly alias: string;
  readonly onPick: (alias: string) => void;
}) {
  const { consoles } = useServices();
  const session = consoles.get(machine, alias);
  const view = useSyncExternalStore(session.subscribe, session.view);
  const box = useRef<HTMLElement>(null);
  const toolbar = useRef<HTMLDivElement>(null);
  const [searching, setSearching] = useState(false);
  const font = useUi((state) => state.terminalFont);
  const setFont = useUi((state) => state.setTerminalFont);

  useEffect(() => {
    const place = box.current;
    if (!place) return undefined;
    // The terminal measures letters when it opens: its font must be there by then.
    let gone = false;
    const fonts = 'fonts' in document ? document.fonts.load("13px 'JetBrains Mono Variable'") : Promise.resolve();
    void fonts
      .catch(() => undefined)
      .then(() => {
        if (gone) return;
        session.attach(place);
        session.setFontSize(useUi.getState().terminalFont);
        if (document.querySelector('[role=dialog]') === null && !walksTabs()) session.terminal.focus();
      });
    const resized = new ResizeObserver(() => session.fit());
    resized.observe(place);
    return () => {
      gone = true;
      resized.disconnect();
      session.detach();
    };
  }, [session]);

  useEffect(() => session.setFontSize(font), [session, font]);

  useEffect(() => {
    session.terminal.attachCustomKeyEventHandler((event) => {
      const key = consoleKey(event);
      if (key === undefined) return true;
      event.preventDefault();
      if (event.type !== 'keydown') return false;
      const { terminalFont, setTerminalFont } = useUi.getState();
      if (key === 'copy') void copySelection(session.terminal);
      else if (key === 'paste') void pasteText(session.terminal);
      else if (key === 'search') setSearching(true);
      else if (key === 'bigger') setTerminalFont(terminalFont + 1);
      else if (key === 'smaller') setTerminalFont(terminalFont - 1);
      else if (key === 'usual-size') setTerminalFont(fontSize.usual);
      else toolbar.current?.querySelector<HTMLElement>('button')?.focus();
      return false;
    });
    return () => session.terminal.attachCustomKeyEventHandler(() => true);
  }, [session]);

  return (
    <>
      <div ref={toolbar}>
        <ConsoleToolbar
          machine={machine}
          screens={screens}
          alias={alias}
          session={session}
          view={view}
          font={font}
          onFont={setFont}
          onPick={onPick}
          searching={searching}
          onSearch={() => setSearching(!searching)}
        />
      </div>
      {view.error && (
        <div className="machine-problem">
          <ErrorCallout error={view.error} title="The console can’t be read." />
        </div>
      )}
      <div className="console-stage">
        {searching && (
          <ConsoleSearch
            session={session}
            onClose={() => {
              setSearching(false);
              session.search.clearDecorations();
              session.terminal.focus();
            }}
          />
        )}
        <section className="console-box" ref={box} aria-label={`Serial console ${alias} of ${machine.name}`} />
        <ConsoleOverlay machine={machine} view={view} onGo={() => session.terminal.focus()} />
      </div>
      <ConsoleStatus machine={machine} view={view} />
    </>
  );
}
