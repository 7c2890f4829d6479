import { ActionIcon, TextInput } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconX } from '@tabler/icons-react';
import { useEffect, useState, type KeyboardEvent } from 'react';
import type { ConsoleSession } from '../consoles/console-session.ts';

const decorations = {
  matchBackground: '#5a4a1d',
  matchOverviewRuler: '#eba941',
  activeMatchBackground: '#8a4595',
  activeMatchColorOverviewRuler: '#d8acdf',
};

/** The field takes the focus when the bar opens: one opened it to type. */
const focus = (input: HTMLInputElement | null): void => input?.focus();

/** Search in the scrollback: Enter and Shift+Enter walk the matches, Esc goes back to the terminal. */
export function ConsoleSearch({ session, onClose }: { readonly session: ConsoleSession; readonly onClose: () => void }) {
  const [words, setWords] = useState('');
  const [found, setFound] = useState<{ readonly index: number; readonly count: number } | null>(null);
  useEffect(() => {
    const listener = session.search.onDidChangeResults(({ resultIndex, resultCount }) =>
      setFound({ index: resultIndex, count: resultCount }),
    );
    return () => listener.dispose();
  }, [session]);
  const find = (text: string, backwards: boolean, incremental = false) => {
    if (text === '') return session.search.clearDecorations();
    // A new search begins at the newest output, as one reads a log.
    if (backwards || incremental) session.search.findPrevious(text, { decorations, incremental });
    else session.search.findNext(text, { decorations });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onClose();
    else if (event.key === 'Enter') find(words, !event.shiftKey);
    else return;
    event.preventDefault();
  };
  const result =
    words === '' || !found
      ? ''
      : found.count === 0
        ? 'No match'
        : found.index < 0
          ? `${String(found.count)}+ matches`
          : `${String(found.index + 1)} of ${String(found.count)}`;
  return (
    <search className="console-search" aria-label="Search in the console">
      <TextInput
        aria-label="Search in the console"
        placeholder="Search the scrollback"
        w={220}
        ref={focus}
        value={words}
        onChange={(event) => {
          setWords(event.currentTarget.value);
          find(event.currentTarget.value, true, true);
        }}
        onKeyDown={onKeyDown}
      />
      <output className="small dim num console-found">{result}</output>
      <ActionIcon size={24} aria-label="Older match" onClick={() => find(words, true)}>
        <IconArrowUp size={14} />
      </ActionIcon>
      <ActionIcon size={24} aria-label="Newer match" onClick={() => find(words, false)}>
        <IconArrowDown size={14} />
      </ActionIcon>
      <ActionIcon size={24} aria-label="Close search" onClick={onClose}>
        <IconX size={14} />
      </ActionIcon>
    </search>
  );
}
