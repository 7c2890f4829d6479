import { nameIn } from '../../../../shared/contract/machine-key.ts';
import type { Screens as OwnScreens } from '../../../screens/screens.ts';
import type { Screens } from '../../connection.ts';

/** Screens, as the API asks for them. */
export function screensOf(own: OwnScreens): Screens {
  return {
    watch: ({ machine }, { signal }) => own.watch(nameIn(machine), signal),
    open: (input, channel, context) => own.open({ ...input, machine: nameIn(input.machine) }, channel, context),
    shot: (input, { signal }) => own.shot({ ...input, machine: nameIn(input.machine) }, signal),
    sendKey: async (input, { signal }) => {
      await own.sendKey({ ...input, machine: nameIn(input.machine) }, signal);
      return {};
    },
    type: async (input, { signal }) => {
      await own.type({ ...input, machine: nameIn(input.machine) }, signal);
      return {};
    },
  };
}
