/** What Send Key sends: keys by Linux' names. */
export interface KeyCombination {
  readonly label: string;
  readonly keys: readonly string[];
  /** What sends it, too, from the keyboard. */
  readonly also?: string;
}

/** Keys that a window or the computer keeps for itself. */
export const keyCombinations: readonly KeyCombination[] = [
  { label: 'Ctrl+Alt+Delete', keys: ['KEY_LEFTCTRL', 'KEY_LEFTALT', 'KEY_DELETE'], also: 'Ctrl+Alt+End' },
  { label: 'Ctrl+Alt+Backspace', keys: ['KEY_LEFTCTRL', 'KEY_LEFTALT', 'KEY_BACKSPACE'] },
  { label: 'Alt+Tab', keys: ['KEY_LEFTALT', 'KEY_TAB'] },
  { label: 'Alt+F4', keys: ['KEY_LEFTALT', 'KEY_F4'] },
  { label: 'Super', keys: ['KEY_LEFTMETA'] },
  { label: 'Print', keys: ['KEY_SYSRQ'] },
  { label: 'F11', keys: ['KEY_F11'] },
];

/** The virtual terminals of Linux. */
export const functionKeys: readonly KeyCombination[] = Array.from({ length: 12 }, (_, index) => ({
  label: `Ctrl+Alt+F${String(index + 1)}`,
  keys: ['KEY_LEFTCTRL', 'KEY_LEFTALT', `KEY_F${String(index + 1)}`],
}));
