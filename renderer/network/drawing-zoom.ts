import { useState } from 'react';

/** How large the drawing can be, as parts of its own size; below the first nobody reads it. */
export const zoomSteps = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2] as const;

const stored = 'tapestry.network-zoom';

/** A size within {@link zoomSteps}; anything that isn't a number is 1. Pure. */
export function zoomWithin(zoom: number): number {
  return Number.isFinite(zoom) && zoom > 0 ? Math.min(2, Math.max(0.5, zoom)) : 1;
}

/** The size at which a drawing is wholly in a box (px), never larger than 1. Pure. */
export function fittingZoom(
  drawing: { readonly width: number; readonly height: number },
  box: { readonly width: number; readonly height: number },
): number {
  return zoomWithin(Math.min(1, Math.floor(Math.min(box.width / drawing.width, box.height / drawing.height) * 100) / 100));
}

/** The size of the drawing, the same in the next window. */
export function useDrawingZoom(): readonly [zoom: number, setZoom: (zoom: number) => void] {
  const [zoom, setZoom] = useState(() => zoomWithin(Number(localStorage.getItem(stored))));
  return [
    zoom,
    (next) => {
      localStorage.setItem(stored, String(zoomWithin(next)));
      setZoom(zoomWithin(next));
    },
  ];
}
