import { useRef, type KeyboardEvent } from 'react';
import type { DeviceEntry } from './device-list.ts';

const stateWords: Record<DeviceEntry['state'], string> = {
  same: '',
  changed: 'pending changes',
  added: 'from the next start on',
  removed: 'until the next shutdown',
};

/** The list of parts and devices: one tab stop, arrow keys walk it. */
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
  const onKeyDown = (event: KeyboardEvent) => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('button') ?? [])];
    const at = rows.findIndex((row) => row === document.activeElement);
    if (at < 0) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    rows[Math.min(Math.max(to, 0), rows.length - 1)]?.focus();
  };
  return (
    <nav ref={list} className="device-nav" aria-label="Devices" onKeyDown={onKeyDown}>
      {entries.map((entry, index) => {
        const selected = entry.key === current;
        return (
          <button
            key={entry.key}
            type="button"
            className="nav-item inset-focus"
            aria-current={selected ? 'true' : undefined}
            tabIndex={selected || (current === undefined && index === 0) ? 0 : -1}
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
      })}
    </nav>
  );
}
