import type { AutostartWhen } from '../../../../shared/contract/machines.ts';
import { wordsOf } from '../../../../shared/errors.ts';
import { autostartWhen } from '../../../computer/autostart/autostart-facts.ts';
import type { AutostartUnit } from '../../../computer/autostart/autostart-unit.ts';
import type { Machines } from '../machines/machines.ts';

/** The user unit, as the marks of these machines have it. */
export interface MarkedUnit {
  /** Brings it in line with the marks. What fails is told, and is no reason to refuse the mark. @param asked was a machine just marked? */
  readonly follow: (asked: boolean) => Promise<void>;
  /** When marked machines are started, as far as can be seen. */
  readonly when: () => Promise<AutostartWhen>;
}

/** See {@link MarkedUnit}. */
export function markedUnit(machines: Pick<Machines, 'marked' | 'note'>, unit: AutostartUnit): MarkedUnit {
  return {
    follow: async (asked) => {
      try {
        await unit.follow(machines.marked() > 0, asked);
      } catch (error) {
        machines.note(wordsOf(error), 'warning');
      }
    },
    when: async () => {
      try {
        return autostartWhen(await unit.look(), machines.marked() > 0);
      } catch {
        return 'window'; // a unit that can't be looked at starts nothing; the doctor says why
      }
    },
  };
}
