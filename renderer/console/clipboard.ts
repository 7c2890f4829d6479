import { notifications } from '@mantine/notifications';
import type { Terminal } from '@xterm/xterm';

/** Says that the clipboard couldn't be used, with the browser's reason. It stays until it is closed: the clipboard holds something else. */
const tellRefused = (what: string, next: string, thrown: unknown): void => {
  const reason = thrown instanceof Error && thrown.message !== '' ? thrown.message.replace(/\.$/, '') : 'no reason is given';
  notifications.show({ message: `${what}: the clipboard refused (${reason}). ${next}`, autoClose: false });
};

/** Copies the selection; without one there is nothing to copy. A refusal is told to the user, never thrown. */
export async function copySelection(terminal: Pick<Terminal, 'getSelection'>): Promise<void> {
  const text = terminal.getSelection();
  if (text === '') return;
  try {
    await navigator.clipboard.writeText(text);
  } catch (thrown) {
    tellRefused('Nothing was copied', 'Select the text and copy it again.', thrown);
  }
}

/** Pastes as if typed, bracketed where the guest asked for it. A refusal is told to the user, never thrown; nothing is pasted then. */
export async function pasteText(terminal: Pick<Terminal, 'paste'>): Promise<void> {
  let text: string;
  try {
    text = await navigator.clipboard.readText();
  } catch (thrown) {
    tellRefused('Nothing was pasted', 'Allow the clipboard to be read here, then paste again.', thrown);
    return;
  }
  terminal.paste(text);
}
