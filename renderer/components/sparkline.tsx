import { memo } from 'react';

interface SparklineProps {
  /** Oldest first; drawn as steps, newest at the right edge. */
  readonly values: readonly number[];
  /** The value at the top edge. */
  readonly top: number;
  /** Samples that fill the width. */
  readonly span?: number;
  readonly width?: number;
  readonly height?: number;
  readonly tone?: 'text' | 'saved';
}

/** A small line with a soft fill. It never moves by itself: a new sample replaces the drawing. Decorative: the number stands beside it. */
export const Sparkline = memo(function Sparkline({ values, top, span = 60, width = 64, height = 18, tone = 'text' }: SparklineProps) {
  const step = width / (span - 1);
  const y = (value: number) => height - 1 - (Math.min(Math.max(value, 0), top) / (top || 1)) * (height - 2);
  const points = values.map((value, index) => `${(width - (values.length - 1 - index) * step).toFixed(1)},${y(value).toFixed(1)}`);
  const colour = tone === 'text' ? 'var(--tp-dim)' : 'var(--tp-saved)';
  return (
    <svg width={width} height={height} aria-hidden className="sparkline">
      {points.length > 1 && (
        <>
          <polygon
            points={`${(width - (values.length - 1) * step).toFixed(1)},${String(height)} ${points.join(' ')} ${String(width)},${String(height)}`}
            fill={colour}
            opacity="0.16"
          />
          <polyline points={points.join(' ')} fill="none" stroke={colour} strokeWidth="1.25" strokeLinejoin="round" />
        </>
      )}
    </svg>
  );
});
