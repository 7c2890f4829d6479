import { IconChevronRight, IconTopologyBus } from '@tabler/icons-react';
import { useRef, useState, type KeyboardEvent } from 'react';
import type { DeviceEntry } from '../devices/device-list.ts';

const stateWords: Record<DeviceEntry['state'], string> = {
  same: '',
  changed: 'pending changes',
  added: 'from the next start on',
  removed: 'until the next shutdown',
};

/** Kinds that come by themselves: where the others are plugged in. They are folded, since a machine has many. */
const isController = ({ stored, live }: DeviceEntry): boolean => ['controller', 'hub'].includes((stored ?? live)?.name ?? '');

interface RowProps {
  readonly entry: DeviceEntry;
  readonly selected: boolean;
  readonly stop: boolean;
  readonly onOpen: (key: string) => void;
}

function Row({ entry, selected, stop, onOpen }: RowProps) {
  return (
    <button
      type="button"
      className="nav-item inset-focus"
      aria-current={selected ? 'true' : undefined}
      tabIndex={stop ? 0 : -1}
      title={entry.state === 'same' ? entry.title : `${entry.title}: ${stateWords[entry.state]}`}
      onClick={() => onOpen(entry.key)}
    >
      <span className="nav-icon" aria-hidden>
        <entry.Icon size={15} />
      </span>
      <span className="clip device-title" data-gone={entry.state === 'removed' || undefined}>
        {entry.title}
      </span>
      <span className="nav-right clip">{entry.aside}</span>
      {entry.state !== 'same' && (
        <span className="device-dot">
          <span className="visually-hidden">{stateWords[entry.state]}</span>
        </span>
      )}
    </button>
  );
}

/** The list of parts and devices: one tab stop, arrow keys walk it; controllers are folded into one row. */
export function DeviceNavigation({
  entries,
  current,
  onOpen,
}: {
  readonly entries: readonly DeviceEntry[];
  readonly current: string | undefined;
  readonly onOpen: (key: string) => void;
}) {
  const list = useRef<HTMLElement>(null);
  const [unfolded, setUnfolded] = useState(false);
  const shown = entries.filter(({ twin }) => twin !== true);
  const controllers = shown.filter(isController);
  const others = shown.filter((entry) => !isController(entry));
  // What differs from what runs is never out of sight, nor what is open.
  const must = controllers.some(({ state, key }) => state !== 'same' || key === current);
  const open = unfolded || must;
  const onKeyDown = (event: KeyboardEvent) => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('button') ?? [])];
    const at = rows.findIndex((row) => row === document.activeElement);
    if (at < 0) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    rows[Math.min(Math.max(to, 0), rows.length - 1)]?.focus();
  };
  const row = (entry: DeviceEntry) => (
    <Row
      key={entry.key}
      entry={entry}
      selected={entry.key === current}
      stop={entry.key === current || (current === undefined && entry === others[0])}
      onOpen={onOpen}
    />
  );
  return (
    <nav ref={list} className="device-nav" aria-label="Devices" onKeyDown={onKeyDown}>
      {others.map(row)}
      {controllers.length > 0 && (
        <button
          type="button"
          className="nav-item inset-focus"
          aria-expanded={open}
          aria-disabled={must || undefined}
          tabIndex={-1}
          title={`${String(controllers.length)} controllers: where the others are plugged in`}
          onClick={() => !must && setUnfolded(!unfolded)}
        >
          <span className="nav-icon device-fold" aria-hidden>
            <IconTopologyBus size={15} />
            <IconChevronRight size={12} className="device-chevron" />
          </span>
          <span className="clip device-title">Controllers</span>
          <span className="nav-right num">{controllers.length}</span>
        </button>
      )}
      {open && controllers.map(row)}
    </nav>
  );
}
