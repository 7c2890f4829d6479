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
  // The dialog's own way back comes first; it fails when the element it remembers (a menu's item) is gone.
  setTimeout(() => {
    const { activeElement } = document;
    if (to?.isConnected === true && (activeElement === null || activeElement === document.body)) to.focus();
  }, 50);
}
