import { Button } from '@mantine/core';
import { IconArrowUp, IconFile, IconFolder } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState, type KeyboardEvent } from 'react';
import { formatBytes } from '../format.ts';
import { useApi } from '../state/services.ts';
import { Dialog } from './dialog.tsx';
import { RetryCallout } from './retry-callout.tsx';
import './file-picker.css';

interface FilePickerProps {
  readonly title: string;
  /** A path to begin near: its directory is shown. */
  readonly start?: string;
  readonly suffixes?: readonly string[];
  readonly onPick: (path: string) => void;
  readonly onClose: () => void;
}

const directoryOf = (path: string | undefined): string | undefined => {
  if (path === undefined || !path.startsWith('/')) return undefined;
  return path.slice(0, path.lastIndexOf('/')) || '/';
};

/** Picks a file of the host's computer. Arrow keys walk the list, Enter opens or picks, Backspace goes up. */
export function FilePicker({ title, start, suffixes, onPick, onClose }: FilePickerProps) {
  const api = useApi();
  const [path, setPath] = useState<string | undefined>(directoryOf(start));
  const list = useRef<HTMLFieldSetElement>(null);
  const listing = useQuery({
    queryKey: ['browse', path ?? null, suffixes ?? null],
    staleTime: 0,
    gcTime: 0,
    queryFn: ({ signal }) =>
      api['storage.browse']({ ...(path === undefined ? {} : { path }), ...(suffixes ? { suffixes: [...suffixes] } : {}) }, { signal }),
  });
  const { data } = listing;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Backspace' && data?.parent !== null && data?.parent !== undefined) {
      event.preventDefault();
      setPath(data.parent);
      return;
    }
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('button') ?? [])];
    const at = rows.findIndex((row) => row === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    rows[Math.min(Math.max(to, 0), rows.length - 1)]?.focus();
  };
  return (
    <Dialog onClose={onClose} title={title} size={640}>
      <div className="row">
        <Button
          leftSection={<IconArrowUp size={14} />}
          disabled={data === undefined || data.parent === null}
          onClick={() => {
            if (data?.parent !== null && data?.parent !== undefined) setPath(data.parent);
          }}
        >
          Up
        </Button>
        <span className="mono clip selectable grow">{data?.path ?? path ?? ''}</span>
      </div>
      {listing.error && <RetryCallout error={listing.error} onRetry={() => void listing.refetch()} />}
      <fieldset className="plain-group file-list" ref={list} aria-label="Files" aria-busy={listing.isPending} onKeyDown={onKeyDown}>
        {listing.isPending && <p className="dim file-empty">Reading the directory…</p>}
        {data?.entries.length === 0 && (
          <p className="dim file-empty">{suffixes ? `No ${suffixes.join(' or ')} files here.` : 'This directory is empty.'}</p>
        )}
        {data?.entries.map((entry, index) => (
          <button
            key={entry.path}
            type="button"
            className="file-row inset-focus"
            tabIndex={index === 0 ? 0 : -1}
            data-autofocus={index === 0 || undefined}
            onClick={() => (entry.kind === 'directory' ? setPath(entry.path) : onPick(entry.path))}
          >
            {entry.kind === 'directory' ? <IconFolder size={15} aria-label="Directory" /> : <IconFile size={15} aria-hidden />}
            <span className="clip grow">{entry.name}</span>
            <span className="dim small num">{entry.kind === 'file' ? formatBytes(entry.size) : ''}</span>
          </button>
        ))}
      </fieldset>
    </Dialog>
  );
}
