import { create } from 'zustand';
import type { MachineAction } from '../../shared/contract/machines.ts';
import type { ErrorData } from '../../shared/errors.ts';

/** An action of this window that failed, kept until it is dismissed or the machine does something else. */
export interface Problem {
  readonly error: ErrorData;
  /** ms since the epoch. */
  readonly at: number;
  /** What was asked; a Retry button asks it again. */
  readonly action?: MachineAction | undefined;
}

interface Problems {
  readonly byMachine: Readonly<Record<string, Problem>>;
  readonly report: (uuid: string, problem: Problem) => void;
  readonly dismiss: (uuid: string) => void;
}

/** Failures of actions by machine. They live here, so that they are still on the page when one comes back to it. */
export const createProblemStore = () =>
  create<Problems>()((set) => ({
    byMachine: {},
    report: (uuid, problem) => set((state) => ({ byMachine: { ...state.byMachine, [uuid]: problem } })),
    dismiss: (uuid) =>
      set((state) => ({ byMachine: Object.fromEntries(Object.entries(state.byMachine).filter(([other]) => other !== uuid)) })),
  }));

export type ProblemStore = ReturnType<typeof createProblemStore>;
