import { z } from 'zod';
import { create } from 'zustand';
import { keyOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import { machineAction } from '../../shared/contract/machines.ts';
import { errorData } from '../../shared/errors.ts';
import { dropDraft, keepDraft, readDrafts } from './drafts.ts';

const problem = z.object({
  error: errorData,
  /** ms since the epoch. */
  at: z.number(),
  /** What was asked; a Retry button asks it again. */
  action: machineAction.optional(),
});

/** An action of this window that failed, kept until it is dismissed or the machine does something else. */
export type Problem = Readonly<z.infer<typeof problem>>;

interface Problems {
  /** By the machine's key. */
  readonly byMachine: Readonly<Record<string, Problem>>;
  /** When the host's own last failure of a machine was that was dismissed here (`lastErrorAt`). */
  readonly dismissed: Readonly<Record<string, number>>;
  readonly report: (machine: MachineRef, problem: Problem) => void;
  /** @param hostAt when the host's last failure was, which is dismissed with it */
  readonly dismiss: (machine: MachineRef, hostAt?: number) => void;
}

const prefix = 'problem.';
const dismissedPrefix = 'dismissed-problem.';

/** Failures of actions by machine. They live here, so that they are still on the page when one comes back to it, or loads it anew. */
export function createProblemStore() {
  return create<Problems>()((set) => ({
    byMachine: readDrafts(prefix, problem),
    dismissed: readDrafts(dismissedPrefix, z.number()),
    report: (machine, told) => {
      const key = keyOf(machine);
      keepDraft(prefix + key, told);
      set((state) => ({ byMachine: { ...state.byMachine, [key]: told } }));
    },
    dismiss: (machine, hostAt) => {
      const key = keyOf(machine);
      dropDraft(prefix + key);
      if (hostAt !== undefined) keepDraft(dismissedPrefix + key, hostAt);
      set((state) => ({
        byMachine: Object.fromEntries(Object.entries(state.byMachine).filter(([other]) => other !== key)),
        dismissed: hostAt === undefined ? state.dismissed : { ...state.dismissed, [key]: hostAt },
      }));
    },
  }));
}

export type ProblemStore = ReturnType<typeof createProblemStore>;
