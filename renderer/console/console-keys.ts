/** What a key does in the terminal for us; every other key is the guest's. */
export type ConsoleKey = 'copy' | 'paste' | 'search' | 'bigger' | 'smaller' | 'usual-size' | 'leave';

/**
 * The few keys that stay ours: Ctrl+Shift+C/V/F, Ctrl+Plus/Minus/0 and Ctrl+Shift+F6. Pure.
 * @returns what to do, or undefined when the key goes to the guest
 */
export function consoleKey(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey'>): ConsoleKey | undefined {
  if (!event.ctrlKey || event.altKey || event.metaKey) return undefined;
  if (event.shiftKey) {
    switch (event.key.toLowerCase()) {
      case 'c':
        return 'copy';
      case 'v':
        return 'paste';
      case 'f':
        return 'search';
      case 'f6':
        return 'leave';
      default:
        break;
    }
  }
  // Plus is Shift+= on many layouts, so Shift doesn't matter for these.
  switch (event.key) {
    case '+':
    case '=':
      return 'bigger';
    case '-':
      return 'smaller';
    case '0':
      return 'usual-size';
    default:
      return undefined;
  }
}
