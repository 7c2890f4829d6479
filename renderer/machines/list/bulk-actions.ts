import { create } from 'zustand';
import type { MachineAction, MachineSummary } from '../../../shared/contract/machines.ts';
import type { ErrorData } from '../../../shared/errors.ts';
import { errorDataOf, isCancelled } from '../../words/errors.ts';
import type { Services } from '../../state/services.ts';
import { allowedActions } from '../../machine/machine-actions.ts';
import { isActive } from '../../machine/machine-state.ts';

/** What became of one machine when several were asked. Times are ms since the epoch. */
export interface BulkResult {
  readonly uuid: string;
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
  readonly update: (uuid: string, change: Partial<BulkResult>) => void;
  readonly dismiss: () => void;
}

/** The last asking of several machines, until it is dismissed. */
export const useBulk = create<Bulk>()((set) => ({
  run: undefined,
  begin: (run) => set({ run }),
  update: (uuid, change) =>
    set(({ run }) =>
      run ? { run: { ...run, results: run.results.map((one) => (one.uuid === uuid ? { ...one, ...change } : one)) } } : {},
    ),
  dismiss: () => set({ run: undefined }),
}));

/** How many machines are asked at the same time: a host starts so many at once without getting slower by it. */
const atOnce = 4;

/** Those of the machines that can be asked for an action now. Pure. */
export function able(machines: readonly MachineSummary[], action: MachineAction, lost = false): readonly MachineSummary[] {
  return machines.filter((machine) => allowedActions(machine, lost)[action].allowed);
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
  begin({ action, at, results: machines.map(({ uuid, name }) => ({ uuid, name, askedAt: at })) });
  const queue = [...machines];
  const worker = async () => {
    for (let machine = queue.shift(); machine !== undefined; machine = queue.shift()) {
      update(machine.uuid, { askedAt: Date.now() });
      services.problems.getState().dismiss(machine.uuid);
      try {
        await services.api['machines.act']({ machine: machine.uuid, action });
      } catch (thrown) {
        if (isCancelled(thrown)) continue;
        const error = errorDataOf(thrown);
        update(machine.uuid, { error });
        services.problems.getState().report(machine.uuid, { error, at: Date.now(), action });
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
