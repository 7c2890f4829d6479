import { useEffect, useEffectEvent, useLayoutEffect, useState } from 'react';

/** Something that lies over the page and is closed by Esc: a dialog, or the question on top of it. */
interface Layer {
  /** Grows with each layer that is rendered: the newest lies on top, also where a parent and its child appear together. */
  readonly order: number;
  /** Asks it to close; it may ask back. */
  readonly close: () => void;
}

const layers: Layer[] = [];
let rendered = 0;

const top = (): Layer | undefined => layers.toSorted((a, b) => a.order - b.order).at(-1);

/** Lists, menus and popovers of the component library: they close themselves on Esc, and mark where the key would reach them. */
const floating = '[data-mantine-stop-propagation="true"], [role="menu"], .mantine-Popover-dropdown';

/** Does this key press belong to a list or a menu that is open above everything else? */
const isFloating = (target: EventTarget | null): boolean => target instanceof Element && target.closest(floating) !== null;

/** Is a list or a menu open anywhere: a press beside it closes it, and nothing below. */
const floats = (): boolean => document.querySelector('[data-mantine-stop-propagation="true"], [role="menu"]') !== null;

// Whether they were open can only be known before they handle the event themselves.
const claimed = new WeakSet<Event>();
let pressedBesideFloating = false;

/** A dialog must not close by the press that closed a list above it. */
export function wasPressBesideFloating(): boolean {
  return pressedBesideFloating;
}

function onKeyFirst(event: KeyboardEvent): void {
  pressedBesideFloating = false;
  if (event.key !== 'Escape' || event.isComposing) return;
  if (isFloating(event.target)) {
    claimed.add(event);
    return;
  }
  const inside = event.target instanceof Element && event.target.closest('[role="dialog"]') !== null;
  if (inside || event.target === document.body) return;
  // The focus is on the page below (in its search): the dialog lies over it and is meant.
  event.preventDefault();
  event.stopPropagation();
  top()?.close();
}

function onKeyLast(event: KeyboardEvent): void {
  if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented || claimed.has(event)) return;
  event.preventDefault();
  top()?.close();
}

const onPress = () => {
  pressedBesideFloating = floats();
};

function add(layer: Layer): () => void {
  if (layers.length === 0) {
    addEventListener('keydown', onKeyFirst, { capture: true });
    addEventListener('keydown', onKeyLast);
    addEventListener('pointerdown', onPress, { capture: true });
    addEventListener('mousedown', onPress, { capture: true });
  }
  layers.push(layer);
  return () => {
    layers.splice(layers.indexOf(layer), 1);
    if (layers.length > 0) return;
    removeEventListener('keydown', onKeyFirst, { capture: true });
    removeEventListener('keydown', onKeyLast);
    removeEventListener('pointerdown', onPress, { capture: true });
    removeEventListener('mousedown', onPress, { capture: true });
  };
}

/**
 * Makes the component a layer for as long as it is mounted. Esc reaches the topmost layer alone: a list or menu that is open, else the
 * newest dialog; what handles the key itself (an editor's search) calls `preventDefault`.
 */
export function useLayer(close: () => void): void {
  const [order] = useState(() => (rendered += 1));
  const onClose = useEffectEvent(close);
  useLayoutEffect(() => add({ order, close: () => onClose() }), [order]);
}

/** Calls back on Esc while no layer is open and nothing else took the key: a form's Cancel. */
export function useEscapeBelow(active: boolean, run: () => void): void {
  const onEscape = useEffectEvent(run);
  useEffect(() => {
    if (!active) return undefined;
    const first = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && isFloating(event.target)) claimed.add(event);
    };
    const last = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented || claimed.has(event) || layers.length > 0) return;
      event.preventDefault();
      onEscape();
    };
    addEventListener('keydown', first, { capture: true });
    addEventListener('keydown', last);
    return () => {
      removeEventListener('keydown', first, { capture: true });
      removeEventListener('keydown', last);
    };
  }, [active]);
}
