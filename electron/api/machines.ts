import type { Handlers } from '../../shared/contract/kinds.ts';
import type { machines } from '../../shared/contract/machines.ts';
import { assertSupported, beginner, type ApiContext } from './guard.ts';

/** Machines: each method is the connection's own. */
export function machinesHandlers(context: ApiContext): Handlers<typeof machines> {
  const { domains } = context.connection;
  return {
    'machines.list': () => Promise.resolve([...domains.list()]),
    'machines.watch': (_input, { signal }) => domains.watch(signal),
    'machines.get': async ({ machine }) => Promise.resolve(domains.get(machine)),
    'machines.xml': ({ machine }) => domains.xml(machine),
    'machines.define': async (input) => {
      assertSupported(context, 'machines.define');
      return domains.define(input);
    },
    'machines.undefine': async (input) => {
      assertSupported(context, 'machines.undefine', input.machine);
      return domains.undefine(input);
    },
    'machines.rename': async ({ machine, name }) => {
      assertSupported(context, 'machines.rename', machine);
      await domains.rename(machine, name);
      return {};
    },
    'machines.act': async ({ machine, action, setAside }, { signal }) => {
      assertSupported(context, 'machines.act', machine);
      await domains.act(machine, action, signal, setAside);
      return {};
    },
    'machines.autostart': async ({ machine, autostart }) => {
      assertSupported(context, 'machines.autostart', machine);
      return domains.setAutostart(machine, autostart);
    },
    'machines.startMarked': async () => {
      assertSupported(context, 'machines.startMarked');
      return { started: await domains.startMarked() };
    },
    'machines.device': async (input, { signal }) => {
      assertSupported(context, 'machines.device', input.machine);
      return domains.device(input, signal);
    },
    'machines.check': async (input) => {
      assertSupported(context, 'machines.check', input.machine);
      return { problems: await domains.check(input) };
    },
    'machines.native': async (input) => {
      assertSupported(context, 'machines.native', input.machine);
      return domains.native(input);
    },
    'machines.cpuTime': async ({ machine }) => ({ ms: await domains.cpuTime(machine) }),
    'machines.monitor': async ({ machine, command }) => {
      assertSupported(context, 'machines.monitor', machine);
      return { reply: await domains.monitor(machine, command) };
    },
    'machines.stats': ({ machine }, { signal }) => {
      assertSupported(context, 'machines.stats', machine);
      return domains.stats(machine, signal);
    },
    'machines.log': async ({ machine, lines }) => {
      assertSupported(context, 'machines.log', machine);
      return domains.log(machine, lines);
    },
    'machines.createDemo': async ({ begunBy, ...input }) => {
      assertSupported(context, 'machines.createDemo');
      return domains.createDemo({ ...input, begunBy: beginner(context, begunBy) });
    },
  };
}
