import { IconMinus, IconPlus } from '@tabler/icons-react';
import { ReasonedIcon } from '../components/reasoned-button.tsx';
import { zoomSteps } from './drawing-zoom.ts';

interface DrawingFootProps {
  readonly zoom: number;
  readonly onZoom: (zoom: number) => void;
  /** The zoom at which the whole drawing is in sight. */
  readonly fitting: () => number;
}

/** What the lines of the drawing mean, and how large it is. */
export function DrawingFoot({ zoom, onZoom, fitting }: DrawingFootProps) {
  const smaller = zoomSteps.findLast((step) => step < zoom);
  const larger = zoomSteps.find((step) => step > zoom);
  return (
    <div className="net-foot tiny">
      <div className="net-legend dim grow" aria-hidden>
        <span>Thicker is faster</span>
        <svg width="28" height="6" className="net-wire">
          <path d="M0 3H28" strokeWidth="3" data-live />
        </svg>
        <span>traffic</span>
        <svg width="28" height="6" className="net-wire">
          <path d="M0 3H28" strokeWidth="1.5" data-still />
        </svg>
        <span>no link or paused</span>
      </div>
      <button type="button" className="link" onClick={() => onZoom(fitting())}>
        Fit
      </button>
      <ReasonedIcon
        label="Smaller"
        size={22}
        reason={smaller === undefined ? 'It is as small as it gets' : undefined}
        onClick={() => onZoom(smaller ?? zoom)}
      >
        <IconMinus size={13} />
      </ReasonedIcon>
      <output className="num net-zoom" aria-label="Size of the drawing">
        {Math.round(zoom * 100)} %
      </output>
      <ReasonedIcon
        label="Larger"
        size={22}
        reason={larger === undefined ? 'It is as large as it gets' : undefined}
        onClick={() => onZoom(larger ?? zoom)}
      >
        <IconPlus size={13} />
      </ReasonedIcon>
    </div>
  );
}
