import type { ScreenMachine, ScreenSource } from '../../../screens/screen-source.types.ts';
import { writtenDisplays } from '../../../screens/written-displays.ts';
import { screensOf } from '../../../qemu/plan/screens.ts';
import type { Domain } from '../../../../shared/domain/index.ts';
import { readingOf } from '../definitions/parsed-definition.ts';
import { liveDomain } from '../machine/live-domain.ts';
import type { Machine } from '../machine/machine.ts';
import type { Machines } from '../machines/machines.ts';
import { watchMachine } from './watch-machine.ts';

/** Can the guest's clipboard and a viewer's meet? */
const clipboardOf = ({ devices }: Domain): ScreenMachine['clipboard'] => {
  const agent = devices.channels.find(({ source }) => source.type === 'qemu-vdagent')?.source;
  if (agent?.type !== 'qemu-vdagent') return 'none';
  return agent.clipboardCopyPaste === true ? 'on' : 'off';
};

/** A machine as its screens see it. A start that goes on is still off. */
export function screenMachine(machine: Machine): ScreenMachine {
  const run = machine.run?.record.phase === 'running' ? machine.run : undefined;
  const domain = run === undefined ? readingOf(machine.stored?.xml ?? '<domain/>').domain : liveDomain(machine, run.record.liveXml);
  const runtime = run === undefined ? null : machine.paths.runtime;
  const common = {
    uuid: machine.uuid,
    name: machine.name,
    runtime,
    screens: screensOf(domain.devices),
    displays: writtenDisplays(domain.devices.graphics, runtime),
    clipboard: clipboardOf(domain),
  };
  if (run === undefined) return { ...common, state: 'off', run: null };
  const { state } = run.facts;
  const stands = state === 'paused' || state === 'crashed' || state === 'pmsuspended';
  return {
    ...common,
    state: state === 'unknown' ? 'silent' : stands ? 'paused' : 'running',
    run: `${run.process.pid}-${run.process.startTime}`,
  };
}

/** What the screens ask of the machines. */
export function screenSource(machines: Machines): ScreenSource {
  return {
    machine: (ref) => screenMachine(machines.find(ref)),
    watch: (ref, signal) => watchMachine(machines, ref, signal, screenMachine),
    ask: async (uuid, what, command, args, signal) => machines.find(uuid).running(what).ask(`to answer`, command, args, signal),
  };
}
