import { IconKeyboard } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { ScreenState } from '../../shared/contract/screens.ts';
import { useClock } from '../components/use-now.ts';
import { formatSpan } from '../words/format.ts';
import type { ScreenView } from '../screens/screen-session.ts';

/** How long the way back is told, ms. */
const hintFor = 6000;
/** A connection that is there sooner needs no word, ms. */
const patience = 150;

/** True once a time has gone by. */
function useAfter(ms: number): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setOver(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return over;
}

/** Told at each grab, for a while; to a screen reader only the first time. */
export function GrabHint({ name, aloud }: { readonly name: string; readonly aloud: boolean }) {
  const over = useAfter(hintFor);
  if (over) return null;
  return (
    <output className="screen-hint" aria-live={aloud ? 'polite' : 'off'}>
      <IconKeyboard size={15} aria-hidden />
      <span>
        {name} has your keyboard. <kbd>Left Ctrl</kbd>+<kbd>Alt</kbd> gives it back.
      </span>
    </output>
  );
}

function Connecting() {
  return useAfter(patience) ? <p className="screen-note">Connecting</p> : null;
}

/** How old the last picture is, and what brings the next. */
function Lost({ at }: { readonly at: number }) {
  const age = useClock((now) => formatSpan(now - at));
  return <p className="screen-note">The picture is {age} old. It is back as soon as QEMU answers.</p>;
}

/** Over the picture: why there is none, or not the present one. One sentence, and never a dialog. */
export function ScreenNote({ screen, view }: { readonly screen: ScreenState; readonly view: ScreenView }) {
  if (screen.state === 'off') return null;
  if (screen.state === 'missing') return <p className="screen-note">{screen.message ?? 'It can be seen after the next start.'}</p>;
  if (screen.state === 'silent') return <p className="screen-note">QEMU doesn’t answer. The picture is back as soon as it does.</p>;
  if (view.state === 'connecting') return <Connecting />;
  if (view.state === 'lost' && view.lostAt !== null) return <Lost at={view.lostAt} />;
  if (view.state === 'shown' && (view.width === 0 || view.height === 0)) {
    return <p className="screen-note">The guest has switched its picture off.</p>;
  }
  return null;
}
