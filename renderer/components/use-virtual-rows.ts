import { useVirtualizer } from '@tanstack/react-virtual';
import type { RefObject } from 'react';

/** Lists above this length draw only the rows in sight. */
const drawnWhole = 100;

/** Which rows of a long list to draw. */
export interface VirtualRows {
  /** False: the list is short, all its rows are drawn. */
  readonly virtual: boolean;
  /** The rows to draw, in order; `start` is their place in px from the top of the list. */
  readonly rows: readonly { readonly index: number; readonly start: number }[];
  /** px above the first and below the last drawn row. */
  readonly before: number;
  readonly after: number;
  /** px of all rows. */
  readonly height: number;
  readonly show: (index: number) => void;
}

/**
 * Rows in sight of a list in a scrolling box; the only place that knows the library.
 * @param rowHeight px
 * @param overscan rows drawn beyond either edge
 */
export function useVirtualRows(
  box: RefObject<HTMLElement | null>,
  options: { readonly count: number; readonly rowHeight: number; readonly overscan: number },
): VirtualRows {
  const { count, rowHeight, overscan } = options;
  const virtual = count > drawnWhole;
  const list = useVirtualizer({
    count: virtual ? count : 0,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan,
  });
  const rows = list.getVirtualItems().map(({ index, start }) => ({ index, start }));
  const height = list.getTotalSize();
  return {
    virtual,
    rows,
    before: rows[0]?.start ?? 0,
    after: height - (list.getVirtualItems().at(-1)?.end ?? 0),
    height,
    show: (index) => list.scrollToIndex(index, { align: 'auto' }),
  };
}
