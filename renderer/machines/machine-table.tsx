import { useRef, type KeyboardEvent } from 'react';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { useVirtualRows } from '../components/use-virtual-rows.ts';
import { MachineRow } from './machine-row.tsx';

const rowHeight = 28;

const columns = [
  { id: 'name', label: 'Name' },
  { id: 'state', label: 'State' },
  { id: 'cpu', label: 'CPU' },
  { id: 'memory', label: 'Memory' },
  { id: 'address', label: 'Address' },
  { id: 'network', label: 'Network' },
  { id: 'uptime', label: 'Uptime' },
  { id: 'notes', label: 'Notes' },
] as const;

/** The table of machines. One tab stop: arrow keys walk the rows, Enter opens, Shift+F10 is the row's menu. */
export function MachineTable({ machines }: { readonly machines: readonly MachineSummary[] }) {
  const box = useRef<HTMLDivElement>(null);
  const { virtual, rows, before, after } = useVirtualRows(box, { count: machines.length, rowHeight, overscan: 16 });
  const offset = virtual ? (rows[0]?.index ?? 0) : 0;
  const shown = virtual ? machines.slice(offset, offset + rows.length) : machines;

  const onKeyDown = (event: KeyboardEvent) => {
    const own = [...(box.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const at = own.findIndex((row) => row.contains(document.activeElement));
    if (at < 0) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: own.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    own[Math.min(Math.max(to, 0), own.length - 1)]?.querySelector<HTMLElement>('[data-open]')?.focus();
  };

  return (
    <div className="machine-table-box" ref={box}>
      <table className="table machine-table" aria-label="Machines" aria-rowcount={machines.length + 1} onKeyDown={onKeyDown}>
        <thead>
          <tr>
            {columns.map(({ id, label }) => (
              <th key={id} scope="col" className={`machine-${id}-column${id === 'uptime' ? ' right' : ''}`}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && (
            <tr aria-hidden>
              <td colSpan={columns.length} aria-label="Rows out of sight" style={{ height: before, padding: 0, border: 0 }} />
            </tr>
          )}
          {shown.map((machine, index) => (
            <MachineRow key={machine.uuid} machine={machine} index={offset + index} entry={offset + index === 0} />
          ))}
          {virtual && after > 0 && (
            <tr aria-hidden>
              <td colSpan={columns.length} aria-label="Rows out of sight" style={{ height: after, padding: 0, border: 0 }} />
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}
