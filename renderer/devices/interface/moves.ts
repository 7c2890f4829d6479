import { z } from 'zod';
import { create } from 'zustand';
import type { MachineSummary } from '../../../shared/contract/machines.ts';

const move = z.object({
  from: z.string(),
  to: z.string(),
  /** ms since the epoch. */
  at: z.number(),
  flapped: z.boolean(),
  persist: z.boolean(),
  /** When the run began in which it was moved: the next run is plugged as its definition says. */
  run: z.number().nullable(),
});

/** A cable that was moved, until it is dismissed: to tell how it goes on, and to put it back. */
export type Move = Readonly<z.infer<typeof move>>;

const stored = 'tapestry.moves';
const form = z.object({ version: z.literal(1), moves: z.record(z.string(), move) });

/** Moves that are kept; the oldest go first. */
const limit = 100;

function read(): Readonly<Record<string, Move>> {
  try {
    const { success, data } = form.safeParse(JSON.parse(localStorage.getItem(stored) ?? 'null'));
    return success ? data.moves : {};
  } catch {
    return {}; // no storage, or text that isn't ours
  }
}

function write(moves: Readonly<Record<string, Move>>): void {
  try {
    localStorage.setItem(stored, JSON.stringify({ version: 1, moves }));
  } catch (thrown) {
    // Full or switched off: this window knows it all the same.
    if (!(thrown instanceof DOMException)) throw thrown;
  }
}

interface Moves {
  /** By machine and MAC. */
  readonly moves: Readonly<Record<string, Move>>;
  readonly set: (machine: string, mac: string, move: Move | undefined) => void;
}

const key = (machine: string, mac: string): string => `${machine} ${mac.toLowerCase()}`;

/** Moves outlive a reload and a restart of the host; every window of this computer's browser knows them. */
export const useMoves = create<Moves>()((set) => {
  addEventListener('storage', (event) => {
    if (event.key === stored) set({ moves: read() });
  });
  return {
    moves: read(),
    set: (machine, mac, made) =>
      set(() => {
        // Read anew: another window may have moved a cable meanwhile.
        const { [key(machine, mac)]: _before, ...rest } = read();
        const all = made ? { ...rest, [key(machine, mac)]: made } : rest;
        const moves = Object.fromEntries(
          Object.entries(all)
            .toSorted(([, a], [, b]) => b.at - a.at)
            .slice(0, limit),
        );
        write(moves);
        return { moves };
      }),
  };
});

/** The move of one NIC in the run that goes on, if there was one. */
export function useMove(machine: Pick<MachineSummary, 'uuid' | 'startedAt'>, mac: string): Move | undefined {
  const made = useMoves(({ moves }) => moves[key(machine.uuid, mac)]);
  return made?.run === machine.startedAt ? made : undefined;
}
