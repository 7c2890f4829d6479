import { Checkbox } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { keyOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { ConnectionInfo } from '../../shared/contract/connections.ts';
import { useConnections } from '../state/connections.ts';
import { useVirtualRows } from '../components/use-virtual-rows.ts';
import { columnLabel } from './list/list-columns.ts';
import { useList, useListStore } from './list/list-store.ts';
import { noSelection, type SelectHow } from './list/selection.ts';
import { MachineGroup } from './machine-group.tsx';
import { MachineRow } from './machine-row.tsx';

const rowHeight = 28;

/** Letters typed within this time are one word, ms. */
const typingPause = 700;

/** The machines as rows; with several connections, each one's begin with a row that is the connection. Pure. */
function withGroups(
  machines: readonly MachineSummary[],
  connections: readonly ConnectionInfo[] | undefined,
): readonly (MachineSummary | ConnectionInfo)[] {
  if (connections === undefined || connections.length < 2) return machines;
  return machines.flatMap((machine, index) => {
    const first = machines[index - 1]?.connection !== machine.connection;
    const connection = first ? connections.find(({ id }) => id === machine.connection) : undefined;
    return connection ? [connection, machine] : [machine];
  });
}

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
  const all = useList(({ selection }) => machines.length > 0 && machines.every((machine) => selection.chosen.has(keyOf(machine))));
  const some = useList(({ selection }) => selection.chosen.size > 0);
  const connections = useConnections();
  const items = useMemo(() => withGroups(machines, connections), [machines, connections]);
  const { virtual, rows, before, after, show } = useVirtualRows(box, { count: items.length, rowHeight, overscan: 6 });
  const offset = virtual ? (rows[0]?.index ?? 0) : 0;
  const shown = virtual ? items.slice(offset, offset + rows.length) : items;
  const keys = useMemo(() => machines.map(keyOf), [machines]);
  const latest = useRef({ machines, keys });
  useLayoutEffect(() => {
    latest.current = { machines, keys };
  });
  /** The row that Tab comes to: where one was last. */
  const [current, setCurrent] = useState<string>();
  const entry = current !== undefined && keys.includes(current) ? current : keys[0];
  /** A row that gets the focus as soon as it is drawn. */
  const wanted = useRef<string>(undefined);
  const typed = useRef({ text: '', at: 0 });

  const onSelect = useCallback(
    (key: string, how: SelectHow) => {
      setCurrent(key);
      store.getState().select(key, how, latest.current.keys);
    },
    [store],
  );
  const selected = useCallback(() => {
    const { chosen } = store.getState().selection;
    return latest.current.machines.filter((machine) => chosen.has(keyOf(machine)));
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
    const key = keys[to];
    if (key === undefined) return;
    wanted.current = key;
    setCurrent(key);
    if (!focusNow() && virtual) show(items.findIndex((item) => 'uuid' in item && keyOf(item) === key));
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
    const order = [...keys.keys()].map((place) => (place + Math.max(from, 0)) % keys.length);
    const found = order.find((place) => machines[place]?.name.toLowerCase().startsWith(start) === true);
    if (found !== undefined) go(found);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.target as HTMLElement).dataset['open'] === undefined) return;
    const key = (event.target as HTMLElement).closest<HTMLElement>('[data-row]')?.dataset['row'];
    const at = key === undefined ? -1 : keys.indexOf(key);
    if (key === undefined || at < 0) return;
    const list = store.getState();
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: machines.length - 1, PageDown: at + 15, PageUp: at - 15 }[event.key];
    if (to !== undefined) {
      go(to);
      const next = keys[Math.min(Math.max(to, 0), machines.length - 1)];
      if (event.shiftKey && next !== undefined) {
        if (list.selection.anchor === undefined) list.select(key, 'only', keys);
        list.select(next, 'range', keys);
      }
    } else if (event.key === ' ') list.select(key, event.shiftKey ? 'range' : 'toggle', keys);
    else if (event.key.toLowerCase() === 'a' && event.ctrlKey) list.setSelection({ chosen: new Set(keys), anchor: key });
    else if (event.key === 'Escape' && list.selection.chosen.size > 0) list.setSelection(noSelection);
    else if (event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey) jump(event.key, at);
    else return;
    event.preventDefault();
  };

  const width = columns.length + 2;
  return (
    <div className="machine-table-box" ref={box}>
      <table className="table machine-table" aria-label="Machines" aria-rowcount={items.length + 1} onKeyDown={onKeyDown}>
        <thead>
          <tr>
            <th scope="col" className="machine-check-column">
              <Checkbox
                size="xs"
                aria-label="Select all machines"
                checked={all}
                indeterminate={some && !all}
                onChange={() => store.getState().selectAll(keys)}
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
          {shown.map((machine, index) =>
            'uri' in machine ? (
              <MachineGroup key={machine.id} connection={machine} width={width} index={offset + index} />
            ) : (
              <MachineRow
                key={keyOf(machine)}
                machine={machine}
                index={offset + index}
                entry={keyOf(machine) === entry}
                shown={columns}
                onSelect={onSelect}
                selected={selected}
              />
            ),
          )}
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
