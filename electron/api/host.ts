import type { host } from '../../shared/contract/host.ts';
import type { Handlers } from '../../shared/contract/kinds.ts';
import { assertSupported, beginner, type ApiContext } from './guard.ts';

/** Facts and settings: each method is the connection's own, except for settings, which are the user's. */
export function hostHandlers(context: ApiContext): Handlers<typeof host> {
  const computer = context.connection.host;
  return {
    'host.alive': () => Promise.resolve({}),
    'host.facts': async () => ({ ...(await computer.facts()), host: context.host }),
    'host.doctor': async ({ begunBy }) => {
      assertSupported(context, 'host.doctor');
      return computer.doctor({ begunBy: beginner(context, begunBy) });
    },
    'host.checks': (_input, { signal }) => {
      assertSupported(context, 'host.checks');
      return computer.checks(signal);
    },
    'host.activity': (_input, { signal }) => computer.activity(signal),
    'host.capabilities': async () => ({ xml: await computer.capabilities() }),
    'host.domainCapabilities': async (input) => ({ xml: await computer.domainCapabilities(input) }),
    'host.settings.get': () => context.settings.get(),
    'host.settings.set': async ({ key, value }) => {
      await context.settings.set(key, value);
      return {};
    },
  };
}
