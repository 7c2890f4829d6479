import { useRef, type KeyboardEvent } from 'react';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { go, machineTabs, type MachineTab } from '../state/route.ts';
import { useUi } from '../state/ui-store.ts';
import { PendingTag } from '../details/pending-tag.tsx';
import './machine-tabs.css';

const labels: Record<MachineTab, string> = { console: 'Console', details: 'Details', xml: 'XML' };

/** Console · Details · XML: one tab stop, arrow keys walk it, Enter and the arrow down go into the terminal. */
export function MachineTabs({ machine, tab }: { readonly machine: MachineSummary; readonly tab: MachineTab }) {
  const list = useRef<HTMLDivElement>(null);
  const setTab = useUi((state) => state.setTab);
  const pick = (next: MachineTab) => {
    setTab(next);
    go({ page: 'machine', ...refOf(machine), tab: next });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === 'ArrowDown') {
      const terminal = document.querySelector<HTMLElement>('#machine-panel .xterm-helper-textarea');
      if (tab !== 'console' || !terminal) return;
      event.preventDefault();
      terminal.focus();
      return;
    }
    const at = machineTabs.indexOf(tab);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: machineTabs.length - 1 }[event.key];
    const next = to === undefined ? undefined : machineTabs[(to + machineTabs.length) % machineTabs.length];
    if (!next) return;
    event.preventDefault();
    pick(next);
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[machineTabs.indexOf(next)]?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label="Machine" tabIndex={-1} ref={list} onKeyDown={onKeyDown}>
      {machineTabs.map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`tab-${name}`}
          className="tab inset-focus"
          aria-selected={name === tab}
          aria-controls="machine-panel"
          tabIndex={name === tab ? 0 : -1}
          onClick={() => pick(name)}
        >
          {labels[name]}
          {name === 'details' && machine.pending && (
            <>
              {' '}
              <PendingTag machine={machine} />
            </>
          )}
        </button>
      ))}
    </div>
  );
}
