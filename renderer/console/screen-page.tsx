import { IconKeyboard } from '@tabler/icons-react';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { keyOf, refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { ScreensState, ScreenState } from '../../shared/contract/screens.ts';
import { ScreenSession } from '../screens/screen-session.ts';
import { useServices } from '../state/services.ts';
import { ConsoleOverlay } from './console-overlay.tsx';
import { screenLabel } from './place-picker.tsx';
import { useScreenChoices } from './screen-choices.ts';
import { FullScreenBar } from './full-screen-bar.tsx';
import { GrabHint, ScreenNote } from './screen-notes.tsx';
import { ScreenStatus } from './screen-status.tsx';
import { ScreenToolbar } from './screen-toolbar.tsx';
import { SendKeyMenu } from './send-key-menu.tsx';
import { useFullScreen } from './use-full-screen.ts';
import { useLetGo } from './use-let-go.ts';
import { useScreenDeeds } from './use-screen-deeds.tsx';
import './screen-page.css';

interface ScreenPageProps {
  readonly machine: MachineSummary;
  readonly seen: ScreensState;
  readonly screen: ScreenState;
  readonly onPick: (place: string) => void;
  /** Somebody works at it: the page doesn't go elsewhere by itself any more. */
  readonly onUse: () => void;
}

/** A guest's picture, and its keyboard and pointer. */
export function ScreenPage({ machine, seen, screen, onPick, onUse }: ScreenPageProps) {
  const { api } = useServices();
  const { connection, uuid } = refOf(machine);
  const [session] = useState(
    () =>
      new ScreenSession({
        open: (limits) => api['screens.open']({ machine: { connection, uuid }, screen: screen.id, ...limits }),
        load: async () => (await import('@novnc/novnc')).default,
      }),
  );
  const view = useSyncExternalStore(session.subscribe, session.view);
  const choices = useScreenChoices(keyOf(machine));
  const [readOnly, setReadOnly] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const toolbar = useRef<HTMLDivElement>(null);
  const leave = useRef<HTMLDivElement>(null);
  /** The way back was told once: it is shown from then on, and not said aloud again. */
  const [told, setTold] = useState(false);
  const { scale, clipboard } = choices;
  const shared = clipboard && seen.clipboard === 'on';

  useEffect(() => {
    if (!box.current) return undefined;
    session.attach(box.current);
    return () => session.detach();
  }, [session]);
  useEffect(() => session.setReady(screen.state === 'ready' || screen.state === 'paused'), [session, screen.state]);
  useEffect(() => session.setScale(scale), [session, scale]);
  useEffect(() => session.setLimits({ readOnly, clipboard: shared }), [session, readOnly, shared]);
  useEffect(() => {
    // The browser asks whoever looks; without leave nothing crosses.
    session.whenCopied((text) => void navigator.clipboard.writeText(text).catch(() => undefined));
  }, [session]);
  useEffect(() => {
    if (!view.grabbed) return undefined;
    onUse();
    return () => setTold(true);
  }, [view.grabbed, onUse]);
  useEffect(() => {
    if (!view.grabbed || !shared) return;
    // What was copied elsewhere is the guest's as one comes to it.
    void navigator.clipboard.readText().then(
      (text) => session.copy(text),
      () => undefined,
    ); // without leave nothing crosses
  }, [session, view.grabbed, shared]);

  const [full, toggleFull] = useFullScreen();
  const fullScreen = () => void toggleFull().then(() => session.focus());
  const deeds = useScreenDeeds(machine, screen.id, session, choices);
  useLetGo(view.grabbed, {
    letGo: () => {
      session.letGo();
      (full ? leave : toolbar).current?.querySelector<HTMLElement>('button')?.focus();
    },
    fullScreen,
    sendDelete: () => deeds.send(['KEY_LEFTCTRL', 'KEY_LEFTALT', 'KEY_DELETE']),
  });

  const label = screenLabel(seen.screens, screen.id);
  return (
    <>
      <div ref={toolbar}>
        <ScreenToolbar
          machine={machine}
          seen={seen}
          screen={screen}
          view={view}
          deeds={deeds}
          choices={choices}
          readOnly={readOnly}
          onReadOnly={setReadOnly}
          onPick={onPick}
          onFullScreen={fullScreen}
        />
      </div>
      <div className="screen-stage" data-full={full || undefined} data-grabbed={view.grabbed || undefined} data-scale={scale}>
        <div className="screen-box" ref={box} aria-label={`${label} of ${machine.name}`} data-lost={view.state === 'lost' || undefined} />
        {full && (
          <div ref={leave}>
            <FullScreenBar
              name={machine.name}
              size={view.width === null ? undefined : `${String(view.width)} × ${String(view.height)}`}
              grabbed={view.grabbed}
              onLeave={() => void toggleFull()}
              onPicture={deeds.save}
            >
              <SendKeyMenu reason={deeds.noKeys} onSend={deeds.send} onTypeText={deeds.typeText}>
                <button type="button" className="full-bar-button" aria-label="Send Key">
                  <IconKeyboard size={15} />
                </button>
              </SendKeyMenu>
            </FullScreenBar>
          </div>
        )}
        {view.grabbed && <GrabHint name={machine.name} aloud={!told} />}
        <ScreenNote screen={screen} view={view} />
        <ConsoleOverlay machine={machine} onGo={() => session.focus()} />
      </div>
      <ScreenStatus machine={machine} seen={seen} screen={screen} view={view} layout={choices.layout} readOnly={readOnly} />
      {deeds.dialog}
    </>
  );
}
