import { nameIn } from '../../../../shared/contract/machine-key.ts';
import type { RecordedConsoles } from '../../../consoles/recorded-consoles.ts';
import type { Consoles } from '../../connection.ts';

/** Recorded serial ports, as the API asks for them. */
export function consolesOf(own: RecordedConsoles): Consoles {
  return {
    watch: ({ machine, alias }, { signal }) => own.watch(nameIn(machine), alias, signal),
    open: (input, channel, context) => own.open({ ...input, machine: nameIn(input.machine) }, channel, context),
    recording: (input, channel, context) => own.recording({ ...input, machine: nameIn(input.machine) }, channel, context),
    clear: async (input) => {
      await own.clear({ ...input, machine: nameIn(input.machine) });
      return {};
    },
  };
}
