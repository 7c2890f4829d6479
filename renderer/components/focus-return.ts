/** What had the focus when a dialog was asked for; for an item of a menu, the button that the menu belongs to. */
export function presentFocus(): HTMLElement | null {
  const active = document.activeElement;
  if (!(active instanceof HTMLElement) || active === document.body) return null;
  const menu = active.closest<HTMLElement>('[role=menu]');
  if (!menu) return active;
  return menu.id === '' ? null : document.querySelector<HTMLElement>(`[aria-controls="${CSS.escape(menu.id)}"]`);
}

/** Gives the focus back when a closed dialog left it nowhere; another place that took it meanwhile keeps it. */
export function returnFocus(to: HTMLElement | null): void {
  if (to === null) return;
  // The dialog's own way back comes first; it fails when the element it remembers (a menu's item) is gone. The element's own document
  // is asked, since the page may be gone by then.
  setTimeout(() => {
    const { activeElement, body } = to.ownerDocument;
    if (to.isConnected && (activeElement === null || activeElement === body)) to.focus();
  }, 50);
}
