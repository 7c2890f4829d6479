import { Checkbox } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { useVirtualRows } from '../components/use-virtual-rows.ts';
import { columnLabel } from './list/list-columns.ts';
import { useList, useListStore } from './list/list-store.ts';
import { noSelection, type SelectHow } from './list/selection.ts';
import { MachineRow } from './machine-row.tsx';

const rowHeight = 28;

/** Letters typed within this time are one word, ms. */
const typingPause = 700;

/** A head that sorts: up, down, as it came. */
function Head({ id }: { readonly id: Parameters<typeof columnLabel>[0] }) {
  const sort = useList((state) => state.sort);
  const sortBy = useList((state) => state.sortBy);
  const mine = sort?.by === id ? sort : undefined;
  return (
    <th
      scope="col"
      aria-sort={mine ? (mine.down ? 'descending' : 'ascending') : 'none'}
      className={`machine-${id}-column${id === 'uptime' || id === 'vcpus' ? ' right' : ''}`}
    >
      <button type="button" className="machine-sort inset-focus" tabIndex={-1} onClick={() => sortBy(id)}>
        {columnLabel(id)}
        {mine && (mine.down ? <IconArrowDown size={13} aria-hidden /> : <IconArrowUp size={13} aria-hidden />)}
      </button>
    </th>
  );
}

/**
 * The table of machines. One tab stop: arrow keys walk the rows, with Shift they extend the selection, Space selects, Ctrl+A all, Esc none,
 * letters jump to a name, Enter opens, Shift+F10 is the row's menu.
 */
export function MachineTable({ machines }: { readonly machines: readonly MachineSummary[] }) {
  const box = useRef<HTMLDivElement>(null);
  const store = useListStore();
  const columns = useList((state) => state.shown);
  const all = useList(({ selection }) => machines.length > 0 && machines.every(({ uuid }) => selection.chosen.has(uuid)));
  const some = useList(({ selection }) => selection.chosen.size > 0);
  const { virtual, rows, before, after, show } = useVirtualRows(box, { count: machines.length, rowHeight, overscan: 6 });
  const offset = virtual ? (rows[0]?.index ?? 0) : 0;
  const shown = virtual ? machines.slice(offset, offset + rows.length) : machines;
  const uuids = useMemo(() => machines.map(({ uuid }) => uuid), [machines]);
  const latest = useRef({ machines, uuids });
  useLayoutEffect(() => {
    latest.current = { machines, uuids };
  });
  /** The row that Tab comes to: where one was last. */
  const [current, setCurrent] = useState<string>();
  const entry = current !== undefined && uuids.includes(current) ? current : uuids[0];
  /** A row that gets the focus as soon as it is drawn. */
  const wanted = useRef<string>(undefined);
  const typed = useRef({ text: '', at: 0 });

  const onSelect = useCallback(
    (uuid: string, how: SelectHow) => {
      setCurrent(uuid);
      store.getState().select(uuid, how, latest.current.uuids);
    },
    [store],
  );
  const selected = useCallback(() => {
    const { chosen } = store.getState().selection;
    return latest.current.machines.filter(({ uuid }) => chosen.has(uuid));
  }, [store]);
  const focusNow = useCallback((): boolean => {
    const row = wanted.current === undefined ? null : box.current?.querySelector<HTMLElement>(`[data-row="${wanted.current}"] [data-open]`);
    if (!row) return false;
    row.focus();
    wanted.current = undefined;
    return true;
  }, []);
  useEffect(() => void focusNow());

  const go = (index: number) => {
    const to = Math.min(Math.max(index, 0), machines.length - 1);
    const uuid = uuids[to];
    if (uuid === undefined) return;
    wanted.current = uuid;
    setCurrent(uuid);
    if (!focusNow() && virtual) show(to);
  };
  const jump = (letter: string, at: number) => {
    const now = performance.now();
    const going = now - typed.current.at < typingPause;
    typed.current = { text: (going ? typed.current.text : '') + letter.toLowerCase(), at: now };
    const { text } = typed.current;
    // One letter again and again walks the names that begin with it.
    const same = text === text.charAt(0).repeat(text.length);
    const from = same ? at + 1 : at;
    const start = same ? text.charAt(0) : text;
    const order = [...uuids.keys()].map((place) => (place + Math.max(from, 0)) % uuids.length);
    const found = order.find((place) => machines[place]?.name.toLowerCase().startsWith(start) === true);
    if (found !== undefined) go(found);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.target as HTMLElement).dataset['open'] === undefined) return;
    const uuid = (event.target as HTMLElement).closest<HTMLElement>('[data-row]')?.dataset['row'];
    const at = uuid === undefined ? -1 : uuids.indexOf(uuid);
    if (uuid === undefined || at < 0) return;
    const list = store.getState();
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: machines.length - 1, PageDown: at + 15, PageUp: at - 15 }[event.key];
    if (to !== undefined) {
      go(to);
      const next = uuids[Math.min(Math.max(to, 0), machines.length - 1)];
      if (event.shiftKey && next !== undefined) {
        if (list.selection.anchor === undefined) list.select(uuid, 'only', uuids);
        list.select(next, 'range', uuids);
      }
    } else if (event.key === ' ') list.select(uuid, event.shiftKey ? 'range' : 'toggle', uuids);
    else if (event.key.toLowerCase() === 'a' && event.ctrlKey) list.setSelection({ chosen: new Set(uuids), anchor: uuid });
    else if (event.key === 'Escape' && list.selection.chosen.size > 0) list.setSelection(noSelection);
    else if (event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey) jump(event.key, at);
    else return;
    event.preventDefault();
  };

  const width = columns.length + 2;
  return (
    <div className="machine-table-box" ref={box}>
      <table className="table machine-table" aria-label="Machines" aria-rowcount={machines.length + 1} onKeyDown={onKeyDown}>
        <thead>
          <tr>
            <th scope="col" className="machine-check-column">
              <Checkbox
                size="xs"
                aria-label="Select all machines"
                checked={all}
                indeterminate={some && !all}
                onChange={() => store.getState().selectAll(uuids)}
              />
            </th>
            <Head id="name" />
            {columns.map((id) => (
              <Head key={id} id={id} />
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && (
            <tr aria-hidden>
              <td colSpan={width} aria-label="Rows out of sight" style={{ height: before, padding: 0, border: 0 }} />
            </tr>
          )}
          {shown.map((machine, index) => (
            <MachineRow
              key={machine.uuid}
              machine={machine}
              index={offset + index}
              entry={machine.uuid === entry}
              shown={columns}
              onSelect={onSelect}
              selected={selected}
            />
          ))}
          {virtual && after > 0 && (
            <tr aria-hidden>
              <td colSpan={width} aria-label="Rows out of sight" style={{ height: after, padding: 0, border: 0 }} />
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}
