import { z } from 'zod';
import { create } from 'zustand';
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
  readonly byMachine: Readonly<Record<string, Problem>>;
  /** When the host's own last failure of a machine was that was dismissed here (`lastErrorAt`). */
  readonly dismissed: Readonly<Record<string, number>>;
  readonly report: (uuid: string, problem: Problem) => void;
  /** @param hostAt when the host's last failure was, which is dismissed with it */
  readonly dismiss: (uuid: string, hostAt?: number) => void;
}

const prefix = 'problem.';
const dismissedPrefix = 'dismissed-problem.';

/** Failures of actions by machine. They live here, so that they are still on the page when one comes back to it, or loads it anew. */
export function createProblemStore() {
  return create<Problems>()((set) => ({
    byMachine: readDrafts(prefix, problem),
    dismissed: readDrafts(dismissedPrefix, z.number()),
    report: (uuid, told) => {
      keepDraft(prefix + uuid, told);
      set((state) => ({ byMachine: { ...state.byMachine, [uuid]: told } }));
    },
    dismiss: (uuid, hostAt) => {
      dropDraft(prefix + uuid);
      if (hostAt !== undefined) keepDraft(dismissedPrefix + uuid, hostAt);
      set((state) => ({
        byMachine: Object.fromEntries(Object.entries(state.byMachine).filter(([other]) => other !== uuid)),
        dismissed: hostAt === undefined ? state.dismissed : { ...state.dismissed, [uuid]: hostAt },
      }));
    },
  }));
}

export type ProblemStore = ReturnType<typeof createProblemStore>;
