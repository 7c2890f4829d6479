import { embeddedConnection } from '../../../../shared/contract/embedded-connection.ts';
import type { RecordedMachine, RecordedSource } from '../../../consoles/console-source.types.ts';
import type { Machine } from '../machine/machine.ts';
import type { Machines } from '../machines/machines.ts';

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
    watch: (ref, signal) => watch(machines, ref, signal),
  };
}

async function* watch(machines: Machines, ref: string, signal: AbortSignal): AsyncGenerator<RecordedMachine, void, undefined> {
  const { uuid } = machines.find(ref);
  // The first look is taken in the tick in which the subscription begins: nothing between them is missed.
  const ofThis = machines.events.subscribe(
    signal,
    () => [{ kind: 'xml', connection: embeddedConnection, uuid }],
    (event) => event.kind,
  );
  let before = '';
  const changed = (): RecordedMachine | undefined => {
    const now = consoleMachine(machines.find(uuid));
    const text = JSON.stringify(now);
    if (text === before) return undefined;
    before = text;
    return now;
  };
  for await (const event of ofThis) {
    const about = event.kind === 'changed' ? event.machine.uuid : 'uuid' in event ? event.uuid : uuid;
    if (event.kind === 'removed' && about === uuid) return;
    // Events of one kind replace one another while we are away, so one of another machine may hide ours: look at ours each time.
    const next = machines.has(uuid) ? changed() : undefined;
    if (!machines.has(uuid)) return;
    if (next !== undefined) yield next;
  }
}
