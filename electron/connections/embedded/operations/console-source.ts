import type { RecordedMachine, RecordedSource } from '../../../consoles/console-source.types.ts';
import type { Machine } from '../machine/machine.ts';
import type { Machines } from '../machines/machines.ts';
import { watchMachine } from './watch-machine.ts';

const stateOf = (machine: Machine): RecordedMachine['state'] => {
  const { run } = machine;
  if (run?.record.phase !== 'running') return 'off';
  return run.facts.state === 'paused' || run.facts.state === 'crashed' || run.facts.state === 'pmsuspended' ? 'paused' : 'running';
};

/** A machine as its consoles see it. A start that goes on is still off: its ports are open when it runs. */
export function consoleMachine(machine: Machine): RecordedMachine {
  const { run } = machine;
  const state = stateOf(machine);
  return {
    uuid: machine.uuid,
    name: machine.facts.name,
    state,
    ports: machine.summary().consoles.map(({ alias, interactive }) => ({ alias, interactive })),
    recordingDirectory: machine.paths.recordings,
    recorderSocket: state === 'off' ? null : machine.paths.recorderSocket,
    run: state === 'off' || run === undefined ? null : `${run.process.pid}-${run.process.startTime}`,
  };
}

/** What the consoles ask of the machines. */
export function consoleSource(machines: Machines): RecordedSource {
  return {
    machine: (ref) => consoleMachine(machines.find(ref)),
    watch: (ref, signal) => watchMachine(machines, ref, signal, consoleMachine),
  };
}
