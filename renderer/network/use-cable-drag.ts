import { useEffect, useState, type PointerEvent, type RefObject } from 'react';
import type { CableNode, Layout } from './drawing-layout.ts';

/** The end of a cable in the user's hand, px in the drawing, and the bridge that it would go to. */
export interface CableDrag {
  readonly id: string;
  /** The bridge that it is on. */
  readonly from: string | null;
  readonly x: number;
  readonly y: number;
  /** Another bridge than its own, under the pointer. */
  readonly over: string | undefined;
}

/** Can the end of this cable be taken to another bridge? Only a TAP on a bridge can. Pure. */
export function canDrag({ cable, tap, end }: CableNode): boolean {
  return cable.nic.type === 'bridge' && tap !== undefined && end !== undefined;
}

/** The bridge at a point of the drawing. Pure. */
export function bridgeAt(layout: Layout, x: number, y: number): string | undefined {
  return layout.bridges.find((node) => x >= node.x && x <= node.x + node.width && y >= node.y && y <= node.y + node.height)?.bridge.name;
}

/**
 * Taking the end of a cable to another bridge with a pointer. Escape, or letting go anywhere else, leaves it where it is.
 * @param onDrop with the cable's id and the bridge's name
 */
export function useCableDrag(root: RefObject<HTMLElement | null>, layout: Layout, onDrop: (id: string, bridge: string) => void) {
  const [drag, setDrag] = useState<CableDrag>();
  const dragging = drag !== undefined;
  useEffect(() => {
    if (!dragging) return undefined;
    const cancel = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      // It gives the cable up, not the selection too.
      event.stopPropagation();
      setDrag(undefined);
    };
    window.addEventListener('keydown', cancel, true);
    return () => window.removeEventListener('keydown', cancel, true);
  }, [dragging]);
  const at = (node: CableNode, event: PointerEvent): CableDrag => {
    const box = root.current?.getBoundingClientRect();
    // The drawing may be shown smaller or larger than it is laid out.
    const scale = box === undefined || box.width === 0 ? 1 : box.width / layout.width;
    const x = (event.clientX - (box?.left ?? 0)) / scale;
    const y = (event.clientY - (box?.top ?? 0)) / scale;
    const over = bridgeAt(layout, x, y);
    return { id: node.cable.id, from: node.cable.nic.bridge, x, y, over: over === node.cable.nic.bridge ? undefined : over };
  };
  /** Handlers of the end of one cable. */
  const handleOf = (node: CableNode) => ({
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      setDrag(at(node, event));
    },
    onPointerMove: (event: PointerEvent) => {
      if (dragging) setDrag(at(node, event));
    },
    onPointerUp: (event: PointerEvent) => {
      if (!dragging) return;
      const { over } = at(node, event);
      setDrag(undefined);
      if (over !== undefined) onDrop(node.cable.id, over);
    },
    onPointerCancel: () => setDrag(undefined),
  });
  return { drag, handleOf };
}
