import { useEffect, useEffectEvent, useRef } from 'react';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { useVirtualRows } from '../components/use-virtual-rows.ts';
import { useUi } from '../state/ui-store.ts';
import { NavigationMachine } from './navigation-machine.tsx';

const rowHeight = 28;

interface NavigationMachinesProps {
  /** Those that match the search; undefined until known. */
  readonly machines: readonly MachineSummary[] | undefined;
  /** How many there are in all. */
  readonly all: number;
  readonly search: string;
  readonly current: string | null;
}

/** The machines of the navigation, by name. */
export function NavigationMachines({ machines, all, search, current }: NavigationMachinesProps) {
  const box = useRef<HTMLFieldSetElement>(null);
  const setSearch = useUi((state) => state.setSearch);
  const { virtual, rows, height, show: scrollTo } = useVirtualRows(box, { count: machines?.length ?? 0, rowHeight, overscan: 12 });
  const at = machines?.findIndex((machine) => machine.uuid === current) ?? -1;
  const show = useEffectEvent(() => {
    if (at < 0) return;
    if (virtual) scrollTo(at);
    else box.current?.querySelectorAll('[data-stop]')[at]?.scrollIntoView({ block: 'nearest' });
  });
  // Only a change of the place scrolls; a machine that comes or goes must not move what one looks at.
  useEffect(() => show(), [current]);
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
  if (machines.length === 0) {
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
  return (
    <fieldset className="plain-group nav-machines" ref={box} aria-label="Machines">
      {virtual ? (
        <div style={{ height: height, position: 'relative' }}>
          {rows.map((item) => {
            const machine = machines[item.index];
            return (
              machine && (
                <div key={machine.uuid} style={{ position: 'absolute', top: item.start, left: 0, right: 0 }}>
                  <NavigationMachine machine={machine} current={machine.uuid === current} stop={at < 0 && item.index === 0} />
                </div>
              )
            );
          })}
        </div>
      ) : (
        machines.map((machine, index) => (
          <NavigationMachine key={machine.uuid} machine={machine} current={machine.uuid === current} stop={at < 0 && index === 0} />
        ))
      )}
    </fieldset>
  );
}
