import { create } from 'zustand';
import { refOf, sameMachine } from '../../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../../shared/contract/references.ts';
import type { MachineAction, MachineSummary } from '../../../shared/contract/machines.ts';
import type { ErrorData } from '../../../shared/errors.ts';
import { errorDataOf, isCancelled } from '../../words/errors.ts';
import type { Services } from '../../state/services.ts';
import { allowedActions } from '../../machine/machine-actions.ts';
import { open, type Standing } from '../../state/use-link-status.ts';
import { isActive } from '../../machine/machine-state.ts';

/** What became of one machine when several were asked. Times are ms since the epoch. */
export interface BulkResult extends MachineRef {
  readonly name: string;
  readonly askedAt: number;
  /** What the machine was asked for is so since then. */
  readonly doneAt?: number;
  /** The host refused it. */
  readonly error?: ErrorData;
}

/** One asking of several machines. */
export interface BulkRun {
  readonly action: MachineAction;
  readonly at: number;
  readonly results: readonly BulkResult[];
}

interface Bulk {
  readonly run: BulkRun | undefined;
  readonly begin: (run: BulkRun) => void;
  readonly update: (machine: MachineRef, change: Partial<BulkResult>) => void;
  readonly dismiss: () => void;
}

/** The last asking of several machines, until it is dismissed. */
export const useBulk = create<Bulk>()((set) => ({
  run: undefined,
  begin: (run) => set({ run }),
  update: (machine, change) =>
    set(({ run }) =>
      run ? { run: { ...run, results: run.results.map((one) => (sameMachine(one, machine) ? { ...one, ...change } : one)) } } : {},
    ),
  dismiss: () => set({ run: undefined }),
}));

/** How many machines are asked at the same time: a host starts so many at once without getting slower by it. */
const atOnce = 4;

/** How a connection stands. */
export type StandingOf = (connection: string) => Standing;

/** Those of the machines that can be asked for an action now. Pure. */
export function able(
  machines: readonly MachineSummary[],
  action: MachineAction,
  standingOf: StandingOf = () => open,
): readonly MachineSummary[] {
  return machines.filter((machine) => allowedActions(machine, standingOf(machine.connection))[action].allowed);
}

/** Is what was asked for so? Undefined where nothing tells it (a reboot). Pure. */
export function isDone(machine: Pick<MachineSummary, 'id' | 'state' | 'transition'>, action: MachineAction): boolean {
  if (machine.transition !== undefined) return false;
  switch (action) {
    case 'start':
    case 'resume':
      return machine.state === 'running' || machine.state === 'idle';
    case 'start-paused':
    case 'suspend':
      return machine.state === 'paused';
    case 'shutdown':
    case 'destroy':
      return !isActive(machine);
    case 'reboot':
    case 'reset':
      return isActive(machine);
  }
}

/** Asks several machines, a few at a time, each whatever becomes of the others; what the host refuses is kept with its machine. Never rejects. */
export async function actOnMany(services: Services, machines: readonly MachineSummary[], action: MachineAction): Promise<void> {
  const { begin, update } = useBulk.getState();
  const at = Date.now();
  begin({ action, at, results: machines.map((machine) => ({ ...refOf(machine), name: machine.name, askedAt: at })) });
  const queue = [...machines];
  const worker = async () => {
    for (let machine = queue.shift(); machine !== undefined; machine = queue.shift()) {
      update(machine, { askedAt: Date.now() });
      services.problems.getState().dismiss(machine);
      try {
        await services.api['machines.act']({ machine: refOf(machine), action });
      } catch (thrown) {
        if (isCancelled(thrown)) continue;
        const error = errorDataOf(thrown);
        update(machine, { error });
        services.problems.getState().report(machine, { error, at: Date.now(), action });
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
