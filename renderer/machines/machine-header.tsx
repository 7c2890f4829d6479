import { keyOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { useClock } from '../components/use-now.ts';
import { formatKiB } from '../words/format.ts';
import { useStanding } from '../state/use-link-status.ts';
import { HeaderAddress } from '../machine/machine-address.tsx';
import { actionLabels, harderStep } from '../machine/machine-actions.ts';
import { isActive, seenState } from '../machine/machine-state.ts';
import { MachineToolbar } from './machine-toolbar.tsx';
import { MovedLink } from '../machine/moved-mark.tsx';
import { StateGlyph } from '../machine/state-glyph.tsx';
import { spanSince, uptimeOf } from '../machine/machine-times.ts';
import { useMachineActions } from '../machine/use-machine-actions.ts';

/** Name, state, the facts one asks for first, and the toolbar. */
export function MachineHeader({ machine }: { readonly machine: MachineSummary }) {
  const standing = useStanding(machine.connection);
  const away = standing.away !== undefined;
  const act = useMachineActions();
  const state = seenState(machine, standing);
  const active = isActive(machine) && !away;
  const uptime = useClock((now) => (active ? uptimeOf(machine, now) : ''), active);
  const harder = useClock((now) => harderStep(machine, now), machine.transition !== undefined && !away);
  const lasts = useClock((now) => spanSince(machine.transition?.since, now), harder !== undefined);
  const facts = [
    uptime === '' ? undefined : `Up ${uptime}`,
    machine.title,
    `${String(machine.vcpus)} vCPU`,
    formatKiB(machine.memoryKiB),
    machine.type === 'kvm' ? 'KVM' : machine.type === 'qemu' ? 'emulated (TCG)' : undefined,
    machine.machine,
  ].filter(Boolean);
  return (
    <header className="page-header">
      <StateGlyph state={state} />
      <div className="grow">
        <div className="row">
          <h1 className="clip">{machine.name}</h1>
          <span className={`small medium nowrap tone-${state.tone}`}>
            {state.word}
            {harder ? ` ${lasts}` : ''}
          </span>
          <MovedLink machine={machine} />
          {harder && (
            <button type="button" className="link small" onClick={() => act(machine, harder)}>
              {actionLabels[harder]}
            </button>
          )}
        </div>
        <div className="small dim num machine-facts">
          <span className="clip">{facts.join(' · ')}</span>
          <HeaderAddress key={keyOf(machine)} machine={machine} />
        </div>
      </div>
      <MachineToolbar machine={machine} />
    </header>
  );
}
