import { IconArrowsMinimize, IconCamera } from '@tabler/icons-react';
import { useEffect, useRef, useState, type PointerEvent, type ReactNode } from 'react';

/** How long the bar is open by itself, ms. */
const openFor = 4000;
/** A pointer that moved less than this pressed, px. */
const slack = 4;
/** Free of the clocks and menus of common desktops. */
const usualPlace = 0.75;

interface FullScreenBarProps {
  readonly name: string;
  readonly size: string | undefined;
  readonly grabbed: boolean;
  readonly onLeave: () => void;
  readonly onPicture: () => void;
  /** More of what one sends. */
  readonly children: ReactNode;
}

/** On top of a picture in full screen: a way out that never goes, and can be moved along the edge; what else one needs, while one is at it. */
export function FullScreenBar({ name, size, grabbed, onLeave, onPicture, children }: FullScreenBarProps) {
  const [isNew, setNew] = useState(true);
  const [place, setPlace] = useState(usualPlace);
  const drag = useRef<{ readonly from: number; moved: boolean }>(undefined);
  useEffect(() => {
    const timer = setTimeout(() => setNew(false), openFor);
    return () => clearTimeout(timer);
  }, []);
  const move = (event: PointerEvent) => {
    if (!drag.current || Math.abs(event.clientX - drag.current.from) < slack) return;
    drag.current.moved = true;
    setPlace(Math.min(Math.max(event.clientX / innerWidth, 0.1), 0.9));
  };
  return (
    <div className="full-bar" data-open={isNew || undefined} style={{ right: `calc(${String(100 * (1 - place))}% - 92px)` }}>
      <div className="full-bar-more">
        <span className="medium clip">{name}</span>
        {size !== undefined && <span className="num nowrap">{size}</span>}
        {children}
        <button type="button" className="full-bar-button" aria-label="Save a picture of the screen" onClick={onPicture}>
          <IconCamera size={15} />
        </button>
      </div>
      <button
        type="button"
        className="full-bar-leave"
        onPointerDown={(event) => {
          drag.current = { from: event.clientX, moved: false };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={move}
        onClick={() => {
          const { moved } = drag.current ?? { moved: false };
          drag.current = undefined;
          if (!moved) onLeave();
        }}
      >
        <IconArrowsMinimize size={14} aria-hidden /> {grabbed ? 'Leave: Ctrl+Alt, then F11' : 'Leave Full Screen F11'}
      </button>
    </div>
  );
}
