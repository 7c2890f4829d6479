import type { ShownState } from './machine-state.ts';
import './state-glyph.css';

const shapes: Record<ShownState['glyph'], React.ReactNode> = {
  disc: <circle cx="6" cy="6" r="4.5" fill="currentColor" />,
  ring: <circle cx="6" cy="6" r="3.75" fill="none" stroke="currentColor" strokeWidth="1.5" />,
  arc: (
    <g className="turning">
      <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.5" opacity="0.25" />
      <path d="M6 2a4 4 0 1 1-4 4" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
    </g>
  ),
  bars: <path d="M2.5 2h2.6v8H2.5zM6.9 2h2.6v8H6.9z" fill="currentColor" />,
  half: (
    <>
      <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.2" />
      <path d="M6 2a4 4 0 0 0 0 8z" fill="currentColor" />
    </>
  ),
  triangle: <path d="M6 1.2 11.2 10.6H.8z" fill="currentColor" />,
  crescent: <path d="M8.6 8.4A4.3 4.3 0 0 1 4.4 2a4.4 4.4 0 1 0 5.8 5.8 4.3 4.3 0 0 1-1.6.6z" fill="currentColor" />,
  dashed: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.4" strokeDasharray="2.2 1.9" />,
};

/** The shape of a state. The word stands beside it or, where it doesn't, is given to screen readers here. */
export function StateGlyph({ state, labelled = false }: { readonly state: ShownState; readonly labelled?: boolean }) {
  return (
    <svg
      className={`state-glyph tone-${state.tone}`}
      width="12"
      height="12"
      viewBox="0 0 12 12"
      data-glyph={state.glyph}
      {...(labelled ? { role: 'img', 'aria-label': state.word } : { 'aria-hidden': true })}
    >
      {shapes[state.glyph]}
    </svg>
  );
}
