/** Keys that a window or the computer keeps for itself, by Linux' names: what Send Key sends. */
export const keyCombinations: readonly { readonly label: string; readonly keys: readonly string[] }[] = [
  { label: 'Ctrl+Alt+Delete', keys: ['KEY_LEFTCTRL', 'KEY_LEFTALT', 'KEY_DELETE'] },
  { label: 'Ctrl+Alt+Backspace', keys: ['KEY_LEFTCTRL', 'KEY_LEFTALT', 'KEY_BACKSPACE'] },
  ...Array.from({ length: 12 }, (_, index) => ({
    label: `Ctrl+Alt+F${String(index + 1)}`,
    keys: ['KEY_LEFTCTRL', 'KEY_LEFTALT', `KEY_F${String(index + 1)}`],
  })),
  { label: 'Alt+Tab', keys: ['KEY_LEFTALT', 'KEY_TAB'] },
  { label: 'Alt+F4', keys: ['KEY_LEFTALT', 'KEY_F4'] },
  { label: 'Super', keys: ['KEY_LEFTMETA'] },
  { label: 'Print', keys: ['KEY_SYSRQ'] },
  { label: 'F11', keys: ['KEY_F11'] },
];
