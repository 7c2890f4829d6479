import { Menu, Portal } from '@mantine/core';
import { useState, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react';

interface Place {
  readonly x: number;
  readonly y: number;
  readonly from: HTMLElement;
}

/** A menu at the pointer (right click) or at the row (Menu key, Shift+F10). Closing it gives the focus back to the row. */
export function useContextMenu(label: string, items: () => ReactNode) {
  const [place, setPlace] = useState<Place | null>(null);
  const close = () => {
    // A row of a table takes no focus itself; what is in it does.
    const from = place?.from;
    // Its box for choosing it comes first there and is out of the tab order.
    const takesFocus = 'button, [tabindex]:not([tabindex="-1"])';
    (from?.matches('button, [tabindex]') === true ? from : from?.querySelector<HTMLElement>(takesFocus))?.focus();
    setPlace(null);
  };
  const menu = place && (
    // Outside of the page: a row of a table can't have the menu's anchor for a neighbour.
    <Portal>
      <Menu opened onClose={close} position="bottom-start" returnFocus={false} trapFocus withinPortal>
        <Menu.Target>
          <span aria-hidden aria-label={label} style={{ position: 'fixed', left: place.x, top: place.y, width: 1, height: 1 }} />
        </Menu.Target>
        <Menu.Dropdown aria-label={label}>{items()}</Menu.Dropdown>
      </Menu>
    </Portal>
  );
  return {
    menu,
    props: {
      onContextMenu: (event: MouseEvent<HTMLElement>) => {
        event.preventDefault();
        setPlace({ x: event.clientX, y: event.clientY, from: event.currentTarget });
      },
      onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
        if (event.key !== 'ContextMenu' && !(event.key === 'F10' && event.shiftKey)) return;
        event.preventDefault();
        // The menu listens on the document as soon as it is there; this very key would reach it and close it again.
        event.stopPropagation();
        const box = event.currentTarget.getBoundingClientRect();
        setPlace({ x: box.left + 24, y: box.bottom, from: event.currentTarget });
      },
    },
  };
}
