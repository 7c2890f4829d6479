import { IconArrowDown, IconArrowUp, IconFile, IconFolder } from '@tabler/icons-react';
import { useRef, type KeyboardEvent } from 'react';
import type { z } from 'zod';
import type { fileEntry } from '../../shared/contract/storage.ts';
import { FileContent } from './file-content.tsx';
import { formatBytes, formatClock } from '../words/format.ts';

export type FileEntry = z.infer<typeof fileEntry>;
export type SortKey = 'name' | 'size' | 'modified';

/** How a listing is sorted. */
export interface FileSort {
  readonly by: SortKey;
  readonly down: boolean;
}

const names = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Folders first, then files, by a column; equal ones by name. Pure. */
export function sortFiles(entries: readonly FileEntry[], { by, down }: FileSort): readonly FileEntry[] {
  const compare = (a: FileEntry, b: FileEntry) => (by === 'name' ? 0 : a[by] - b[by]) || names.compare(a.name, b.name);
  return entries.toSorted((a, b) => {
    if (a.kind !== b.kind) return a.kind === 'directory' ? -1 : 1;
    return down ? -compare(a, b) : compare(a, b);
  });
}

interface FileTableProps {
  readonly entries: readonly FileEntry[];
  readonly selected: string | undefined;
  readonly sort: FileSort;
  readonly onSort: (sort: FileSort) => void;
  readonly onSelect: (entry: FileEntry) => void;
  /** Enter, or a double click. */
  readonly onOpen: (entry: FileEntry) => void;
  readonly onUp: () => void;
  /** Is there somebody who says what a file is? */
  readonly identifies: boolean;
}

/** Files of a listing that are looked into: more are rarely gone through, and each costs a read. */
const mostLookedInto = 100;

const columns: readonly (readonly [SortKey, string])[] = [
  ['name', 'Name'],
  ['size', 'Size'],
  ['modified', 'Changed'],
];

/** The files of a folder. One tab stop; arrow keys and the first letters walk it, Enter opens, Backspace goes up. */
export function FileTable({ entries, selected, sort, onSort, onSelect, onOpen, onUp, identifies }: FileTableProps) {
  const list = useRef<HTMLTableSectionElement>(null);
  const typed = useRef({ text: '', at: 0 });
  const folders = entries.filter(({ kind }) => kind === 'directory').length;
  const at = entries.findIndex(({ path }) => path === selected);
  const focusRow = (index: number) => {
    const entry = entries[index];
    if (!entry) return;
    onSelect(entry);
    list.current?.querySelectorAll<HTMLElement>('button')[index]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const last = entries.length - 1;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 10, PageUp: at - 10, Home: 0, End: last }[event.key];
    const present = entries[at];
    if (to !== undefined) focusRow(Math.min(Math.max(to, 0), last));
    else if (event.key === 'Backspace') onUp();
    else if (event.key === 'Enter' && present) onOpen(present);
    else if (event.key.length === 1 && event.key !== ' ') {
      const now = Date.now();
      const text = (now - typed.current.at < 1000 ? typed.current.text : '') + event.key.toLowerCase();
      typed.current = { text, at: now };
      focusRow(entries.findIndex(({ name }) => name.toLowerCase().startsWith(text)));
    } else return;
    event.preventDefault();
  };
  return (
    <table className="file-table">
      <thead>
        <tr>
          {columns.map(([by, label]) => (
            <th key={by} scope="col" aria-sort={sort.by === by ? (sort.down ? 'descending' : 'ascending') : 'none'}>
              <button
                type="button"
                className="inset-focus"
                onClick={() => onSort({ by, down: sort.by === by ? !sort.down : by !== 'name' })}
              >
                {label}
                {sort.by === by && (sort.down ? <IconArrowDown size={12} aria-hidden /> : <IconArrowUp size={12} aria-hidden />)}
              </button>
            </th>
          ))}
          {identifies && (
            <th scope="col" className="file-what">
              What it is
            </th>
          )}
        </tr>
      </thead>
      <tbody ref={list} onKeyDown={onKeyDown}>
        {entries.map((entry, index) => (
          <tr key={entry.path} data-on={entry.path === selected || undefined}>
            <th scope="row">
              <button
                type="button"
                className="file-row inset-focus"
                aria-current={entry.path === selected ? 'true' : undefined}
                tabIndex={index === Math.max(at, 0) ? 0 : -1}
                title={entry.name}
                onClick={() => onSelect(entry)}
                onDoubleClick={() => onOpen(entry)}
              >
                {entry.kind === 'directory' ? <IconFolder size={15} aria-label="Directory" /> : <IconFile size={15} aria-hidden />}
                <span className="clip">{entry.name}</span>
              </button>
            </th>
            <td className="num nowrap">{entry.kind === 'file' ? formatBytes(entry.size) : ''}</td>
            <td className="num nowrap dim">{formatClock(entry.modified).replace(/:\d\d$/, '')}</td>
            {identifies && (
              <td className="file-what dim">
                {entry.kind === 'file' && index - folders < mostLookedInto && <FileContent path={entry.path} modified={entry.modified} />}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
