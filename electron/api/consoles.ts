import type { consoles } from '../../shared/contract/consoles.ts';
import type { Handlers } from '../../shared/contract/kinds.ts';
import { assertSupported, type ApiContext } from './guard.ts';

/** Serial ports: each method is the connection's own. */
export function consolesHandlers(context: ApiContext): Handlers<typeof consoles> {
  const ports = context.connection.consoles;
  return {
    'consoles.watch': ({ machine, alias }, { signal }) => {
      assertSupported(context, 'consoles.watch', machine);
      return ports.watch(machine, alias, signal);
    },
    'consoles.open': async (input, channel, call) => {
      assertSupported(context, 'consoles.open', input.machine);
      await ports.open(input, channel, call);
    },
    'consoles.recording': async (input, channel, call) => {
      assertSupported(context, 'consoles.recording', input.machine);
      await ports.recording(input, channel, call);
    },
    'consoles.clear': async (input) => {
      assertSupported(context, 'consoles.clear', input.machine);
      await ports.clear(input);
      return {};
    },
  };
}
