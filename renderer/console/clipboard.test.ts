import { notifications } from '@mantine/notifications';
import { afterEach, expect, it, vi } from 'vitest';
import { copySelection, pasteText } from './clipboard.ts';

const refuse = () => Promise.reject(new Error('Document is not focused.'));
const withClipboard = (clipboard: Partial<Clipboard>) => vi.stubGlobal('navigator', { clipboard });
const shown = () => vi.spyOn(notifications, 'show').mockReturnValue('1');

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it('copies the selection, and says so when the clipboard refuses', async () => {
  const writeText = vi.fn(() => Promise.resolve());
  const show = shown();
  withClipboard({ writeText });
  await copySelection({ getSelection: () => '' });
  await copySelection({ getSelection: () => 'words' });
  expect(writeText.mock.calls).toEqual([['words']]);
  expect(show).not.toHaveBeenCalled();
  withClipboard({ writeText: refuse });
  await copySelection({ getSelection: () => 'words' });
  expect(show.mock.calls).toEqual([
    [
      {
        message: 'Nothing was copied: the clipboard refused (Document is not focused). Select the text and copy it again.',
        autoClose: false,
      },
    ],
  ]);
});

it('pastes, and says so when the clipboard refuses', async () => {
  const paste = vi.fn();
  const show = shown();
  withClipboard({ readText: () => Promise.resolve('ls') });
  await pasteText({ paste });
  withClipboard({ readText: refuse });
  await pasteText({ paste });
  expect(paste.mock.calls).toEqual([['ls']]);
  expect(show.mock.calls[0]?.[0].message).toContain('Nothing was pasted: the clipboard refused');
});
