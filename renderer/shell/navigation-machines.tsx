import { useEffect, useEffectEvent, useMemo, useRef } from 'react';
import type { ConnectionInfo } from '../../shared/contract/connections.ts';
import { keyOf, sameMachine } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import { useVirtualRows } from '../components/use-virtual-rows.ts';
import { useConnections } from '../state/connections.ts';
import { useUi } from '../state/ui-store.ts';
import { NavigationConnection } from './navigation-connection.tsx';
import { NavigationMachine } from './navigation-machine.tsx';

const rowHeight = 28;

interface NavigationMachinesProps {
  /** Those that match the search; undefined until known. */
  readonly machines: readonly MachineSummary[] | undefined;
  /** How many there are in all. */
  readonly all: number;
  readonly search: string;
  readonly current: MachineRef | null;
}

type Item = MachineSummary | ConnectionInfo;

/**
 * The rows: the machines by name; with several connections these as roots, each with its machines unless it is folded. A search looks into all
 * of them, and leaves out those that have nothing. Pure.
 */
export function navigationItems(
  machines: readonly MachineSummary[],
  connections: readonly ConnectionInfo[] | undefined,
  folded: Readonly<Record<string, boolean>>,
  searching: boolean,
): readonly Item[] {
  if (connections === undefined || connections.length < 2) return machines;
  return connections.flatMap((connection): readonly Item[] => {
    const own = machines.filter((machine) => machine.connection === connection.id);
    if (searching) return own.length === 0 ? [] : [connection, ...own];
    return folded[connection.id] === true ? [connection] : [connection, ...own];
  });
}

/** The machines of the navigation. */
export function NavigationMachines({ machines, all, search, current }: NavigationMachinesProps) {
  const box = useRef<HTMLFieldSetElement>(null);
  const setSearch = useUi((state) => state.setSearch);
  const folded = useUi((state) => state.folded);
  const fold = useUi((state) => state.fold);
  const connections = useConnections();
  const searching = search.trim() !== '';
  const items = useMemo(() => navigationItems(machines ?? [], connections, folded, searching), [machines, connections, folded, searching]);
  const { virtual, rows, height, show: scrollTo } = useVirtualRows(box, { count: items.length, rowHeight, overscan: 12 });
  const isCurrent = (item: Item) => current !== null && 'uuid' in item && sameMachine(item, current);
  const at = items.findIndex(isCurrent);
  const show = useEffectEvent(() => {
    if (at < 0) return;
    if (virtual) scrollTo(at);
    else box.current?.querySelectorAll('[data-stop]')[at]?.scrollIntoView({ block: 'nearest' });
  });
  const currentKey = current && keyOf(current);
  // Only a change of the place scrolls; a machine that comes or goes must not move what one looks at.
  useEffect(() => show(), [currentKey]);
  if (!machines) {
    return (
      <div className="nav-machines" aria-busy="true" aria-label="Machines">
        {[0, 1, 2].map((row) => (
          <div key={row} className="nav-item nav-loading">
            <span className="bar-dim" />
          </div>
        ))}
      </div>
    );
  }
  if (items.length === 0) {
    return (
      <div className="nav-machines">
        <p className="nav-empty">
          {all === 0 ? (
            'No machines yet.'
          ) : (
            <>
              Nothing matches “{search}”.{' '}
              <button type="button" className="link" onClick={() => setSearch('')}>
                Clear
              </button>
            </>
          )}
        </p>
      </div>
    );
  }
  // A stop of the Tab key where no row is current: a list that scrolls has one, so that it can be scrolled by keys.
  const firstMachine = items.findIndex((item) => 'uuid' in item);
  const row = (item: Item, index: number) =>
    'uuid' in item ? (
      <NavigationMachine key={keyOf(item)} machine={item} current={isCurrent(item)} stop={at < 0 && index === firstMachine} />
    ) : (
      <NavigationConnection
        key={item.id}
        connection={item}
        open={searching || folded[item.id] !== true}
        onToggle={() => fold(item.id, folded[item.id] !== true)}
      />
    );
  return (
    <fieldset className="plain-group nav-machines" ref={box} aria-label="Machines" data-roots={(connections?.length ?? 0) > 1 || undefined}>
      {virtual ? (
        <div style={{ height: height, position: 'relative' }}>
          {rows.map(({ index, start }) => {
            const item = items[index];
            return (
              item && (
                <div key={'uuid' in item ? keyOf(item) : item.id} style={{ position: 'absolute', top: start, left: 0, right: 0 }}>
                  {row(item, index)}
                </div>
              )
            );
          })}
        </div>
      ) : (
        items.map(row)
      )}
    </fieldset>
  );
}
