import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { keyOf, refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { ScreensState, ScreenState } from '../../shared/contract/screens.ts';
import { formatClock } from '../words/format.ts';
import { ScreenSession } from '../screens/screen-session.ts';
import { useServices } from '../state/services.ts';
import { ConsoleOverlay } from './console-overlay.tsx';
import { screenLabel } from './place-picker.tsx';
import { useScreenChoices } from './screen-choices.ts';
import { ScreenToolbar } from './screen-toolbar.tsx';
import { useLetGo } from './use-let-go.ts';
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
  const stage = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const toolbar = useRef<HTMLDivElement>(null);
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
    if (view.grabbed) onUse();
  }, [view.grabbed, onUse]);
  useEffect(() => {
    if (!view.grabbed || !shared) return;
    // What was copied elsewhere is the guest's as one comes to it.
    void navigator.clipboard.readText().then(
      (text) => session.copy(text),
      () => undefined,
    ); // without leave nothing crosses
  }, [session, view.grabbed, shared]);

  const fullScreen = () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void stage.current?.requestFullscreen().then(() => session.focus());
  };
  useLetGo(view.grabbed, {
    letGo: () => {
      session.letGo();
      toolbar.current?.querySelector<HTMLElement>('button')?.focus();
    },
    fullScreen,
    sendDelete: () => void api['screens.sendKey']({ machine: { connection, uuid }, keys: ['KEY_LEFTCTRL', 'KEY_LEFTALT', 'KEY_DELETE'] }),
  });

  const label = screenLabel(seen.screens, screen.id);
  const isBlank = view.state === 'shown' && (view.width === 0 || view.height === 0);
  return (
    <>
      <div ref={toolbar}>
        <ScreenToolbar
          machine={machine}
          seen={seen}
          screen={screen.id}
          session={session}
          view={view}
          choices={choices}
          readOnly={readOnly}
          onReadOnly={setReadOnly}
          onPick={onPick}
          onFullScreen={fullScreen}
        />
      </div>
      <div className="screen-stage" ref={stage} data-grabbed={view.grabbed || undefined} data-scale={scale}>
        <div className="screen-box" ref={box} aria-label={`${label} of ${machine.name}`} data-lost={view.state === 'lost' || undefined} />
        <button type="button" className="screen-leave" onClick={() => void document.exitFullscreen()}>
          {view.grabbed ? 'Leave: Ctrl+Alt, then F11' : 'Leave F11'}
        </button>
        {screen.state === 'missing' && <p className="screen-note">{screen.message ?? 'It can be seen after the next start.'}</p>}
        {screen.state === 'silent' && <p className="screen-note">QEMU doesn’t answer. The picture is back as soon as it does.</p>}
        {view.state === 'connecting' && screen.state !== 'off' && <p className="screen-note">Connecting</p>}
        {isBlank && <p className="screen-note">The guest has switched its picture off.</p>}
        {view.state === 'lost' && view.lostAt !== null && screen.state !== 'off' && (
          <p className="screen-note">The picture is that of {formatClock(view.lostAt)}. It is back as soon as QEMU answers.</p>
        )}
        <ConsoleOverlay machine={machine} onGo={() => session.focus()} />
      </div>
      <div className="console-status num">
        <output className="row console-word">
          {screen.state === 'off'
            ? 'Shut off'
            : view.state === 'shown'
              ? screen.state === 'paused'
                ? 'Paused'
                : 'Connected'
              : 'Not connected'}
        </output>
        {view.state === 'shown' && <span className="screen-way">Private socket, no port listens for it</span>}
        {view.grabbed && <span className="nowrap">Keys go to the guest; left Ctrl+Alt lets go</span>}
        {readOnly && <span className="nowrap">View only</span>}
        <span className="grow" />
        {view.width !== null && view.height !== null && (
          <span className="nowrap" title="Of the guest’s picture, pixels">
            {view.width} × {view.height}
          </span>
        )}
      </div>
    </>
  );
}
