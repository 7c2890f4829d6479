import { ActionIcon, Checkbox, SegmentedControl, TextInput } from '@mantine/core';
import { IconArrowUp, IconDownload, IconFolderOpen, IconHistory, IconHome, IconStack2 } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useScope } from '../state/connections.ts';
import { useApi } from '../state/services.ts';
import { useRefusal } from '../state/use-link-status.ts';
import { Dialog, DialogCancel } from './dialog.tsx';
import { FileTable, sortFiles, type FileEntry, type FileSort } from './file-table.tsx';
import { ReasonedButton } from './reasoned-button.tsx';
import { recentFolders, rememberFolder } from './recent-folders.ts';
import { RetryCallout } from './retry-callout.tsx';
import './file-picker.css';

interface FilePickerProps {
  readonly title: string;
  /** A path to begin near: its directory is shown, and the file is marked. */
  readonly start?: string;
  readonly suffixes?: readonly string[];
  readonly onPick: (path: string) => void;
  readonly onClose: () => void;
}

const placeWords = {
  home: ['Home', <IconHome key="home" size={15} aria-hidden />],
  downloads: ['Downloads', <IconDownload key="downloads" size={15} aria-hidden />],
  images: ['Library', <IconStack2 key="images" size={15} aria-hidden />],
} as const satisfies Record<string, readonly [string, ReactNode]>;

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/**
 * Picks a file of the host's computer: places on the left, a path to type (`~` is the home), the files with size and date. It begins where
 * the field's file is, else where one was picked last, else in the downloads.
 */
export function FilePicker({ title, start, suffixes, onPick, onClose }: FilePickerProps) {
  const api = useApi();
  const connection = useScope();
  const identifies = useRefusal('identify') === undefined;
  const [recent] = useState(() => recentFolders(connection));
  const [path, setPath] = useState<string | undefined>(
    start?.startsWith('/') === true || start?.startsWith('~') === true ? start : recent[0],
  );
  const [typed, setTyped] = useState<string>();
  const [all, setAll] = useState(false);
  const [hidden, setHidden] = useState(false);
  const [sort, setSort] = useState<FileSort>({ by: 'name', down: false });
  const [chosen, setChosen] = useState<string>();
  const listing = useQuery({
    queryKey: ['browse', connection, path ?? null, hidden],
    staleTime: 0,
    gcTime: 0,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api['storage.browse']({ connection, ...(path === undefined ? {} : { path }), ...(hidden ? { hidden } : {}) }, { signal }),
  });
  const { data } = listing;
  const fits = ({ kind, name }: FileEntry) =>
    kind === 'directory' || suffixes === undefined || suffixes.some((suffix) => name.toLowerCase().endsWith(suffix.toLowerCase()));
  const fitting = data?.entries.filter(fits) ?? [];
  const shown = sortFiles(all ? (data?.entries ?? []) : fitting, sort);
  const filesOf = (entries: readonly FileEntry[]) => entries.filter(({ kind }) => kind === 'file').length;
  const selected = shown.find((entry) => entry.path === (chosen ?? data?.file ?? undefined));

  const enter = (to: string) => {
    setPath(to);
    setTyped(undefined);
    setChosen(undefined);
  };
  const pick = (file: string) => {
    rememberFolder(connection, folderOf(file));
    onPick(file);
  };
  const open = (entry: FileEntry) => (entry.kind === 'directory' ? enter(entry.path) : pick(entry.path));
  const up = () => {
    if (data?.parent !== null && data?.parent !== undefined) enter(data.parent);
  };
  /** What was typed is a folder to show, or a file that is picked. */
  const submit = async () => {
    if (typed === undefined || typed.trim() === '') return;
    const wanted = typed.trim();
    try {
      const found = await api['storage.browse']({ connection, path: wanted });
      if (typeof found.file === 'string') pick(found.file);
      else enter(found.path);
    } catch {
      // The listing of that path fails in the same way, and says why.
      setPath(wanted);
    }
  };
  const nothing = suffixes && !all && (data?.entries.length ?? 0) > fitting.length;
  return (
    <Dialog onClose={onClose} title={title} size={860} padding={0} classNames={{ header: 'file-picker-header', body: 'file-picker' }}>
      <form
        className="file-bar"
        onSubmit={(event) => {
          event.preventDefault();
          // The dialog may stand in another form's tree.
          event.stopPropagation();
          void submit();
        }}
      >
        <ActionIcon variant="default" aria-label="Up" disabled={data === undefined || data.parent === null} onClick={up}>
          <IconArrowUp size={15} />
        </ActionIcon>
        <TextInput
          className="grow"
          aria-label="Path"
          autoComplete="off"
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } }}
          value={typed ?? data?.path ?? path ?? ''}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      </form>
      <div className="file-body">
        <ul className="file-places" aria-label="Places">
          {data?.places?.map(({ kind, path: place }) => (
            <li key={kind}>
              <Place icon={placeWords[kind][1]} label={placeWords[kind][0]} path={place} current={data.path === place} onOpen={enter} />
            </li>
          ))}
          {recent
            .filter((folder) => data?.places?.every((place) => place.path !== folder) !== false)
            .map((folder, index) => (
              <li key={folder}>
                <Place
                  icon={index === 0 ? <IconHistory size={15} aria-hidden /> : <IconFolderOpen size={15} aria-hidden />}
                  label={index === 0 ? `Last: ${folder}` : folder}
                  path={folder}
                  current={data?.path === folder}
                  onOpen={enter}
                />
              </li>
            ))}
        </ul>
        <fieldset className="plain-group file-list" aria-label="Files" aria-busy={listing.isPending}>
          {listing.error && (
            <div className="file-empty">
              <RetryCallout error={listing.error} onRetry={() => void listing.refetch()} />
            </div>
          )}
          {listing.isPending && <p className="dim file-empty">Reading the directory…</p>}
          {!listing.error && data && shown.length > 0 && (
            <FileTable
              entries={shown}
              selected={selected?.path}
              sort={sort}
              onSort={setSort}
              onSelect={(entry) => setChosen(entry.path)}
              onOpen={open}
              onUp={up}
              identifies={identifies}
            />
          )}
          {!listing.error && data && filesOf(shown) === 0 && (shown.length === 0 || suffixes) && (
            <div className="file-empty">
              <p className="dim">{suffixes && !all ? `No ${suffixes.join(' or ')} files here.` : 'This directory is empty.'}</p>
              {nothing && (
                <button type="button" className="link" onClick={() => setAll(true)}>
                  Show All Files
                </button>
              )}
            </div>
          )}
        </fieldset>
      </div>
      <div className="file-foot">
        {suffixes && (
          <SegmentedControl
            aria-label="Which files"
            value={all ? 'all' : 'fitting'}
            onChange={(value) => setAll(value === 'all')}
            data={[
              { value: 'fitting', label: `Fitting ${String(filesOf(fitting))}` },
              { value: 'all', label: `All ${String(filesOf(data?.entries ?? []))}` },
            ]}
          />
        )}
        <Checkbox label="Hidden files" checked={hidden} onChange={(event) => setHidden(event.currentTarget.checked)} />
        <span className="grow" />
        <DialogCancel />
        <ReasonedButton
          variant="filled"
          reason={selected || typed !== undefined ? undefined : 'Choose a file first'}
          onClick={() => {
            if (typed !== undefined) void submit();
            else if (selected) open(selected);
          }}
        >
          Open
        </ReasonedButton>
      </div>
    </Dialog>
  );
}

interface PlaceProps {
  readonly icon: ReactNode;
  readonly label: string;
  readonly path: string;
  readonly current: boolean;
  readonly onOpen: (path: string) => void;
}

function Place({ icon, label, path, current, onOpen }: PlaceProps) {
  return (
    <button
      type="button"
      className="nav-item inset-focus"
      title={path}
      aria-current={current ? 'true' : undefined}
      onClick={() => onOpen(path)}
    >
      <span className="nav-icon">{icon}</span>
      <span className="clip">{label}</span>
    </button>
  );
}
