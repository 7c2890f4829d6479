import { join } from 'node:path';
import { parseXml, readDomain } from '../../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { replugNics } from '../../../network/nics/replug-nics.ts';
import type { ProcessIdentity } from '../../../processes/process-identity.ts';
import { unusableFacts } from '../definitions/definition-facts.ts';
import { startingUp, type RunFacts } from '../run/domain-state.ts';
import { partOf, type Trace } from './find-trace.ts';
import { withLiveFacts } from '../definitions/live-xml.ts';
import type { Backend, DefinitionFacts } from '../ports/ports.ts';
import { rebuildRecord } from './rebuild-record.ts';
import type { RecoverRequest } from './recover.types.ts';
import { Run } from '../run/run.ts';
import type { RuntimeRecord } from '../run/runtime-record.ts';
import { findTtys } from '../start/start-recording.ts';
import type { ThisBoot } from '../run/this-boot.ts';

/** How long the opening waits for QEMUs that don't answer before it shows their state as unknown and goes on trying, ms. */
export const firstLook = 3_000;

/** What its definition says of its end; libvirt's defaults where this version of ours can't read it any more. */
const lifecycleOf = (record: RuntimeRecord, backend: Backend): DefinitionFacts['lifecycle'] => {
  try {
    return backend.facts(record.definition).lifecycle;
  } catch (error) {
    if (!(error instanceof TapestryError)) throw error;
    return unusableFacts(record).lifecycle;
  }
};

const unknown: RunFacts = { ...startingUp, state: 'unknown', reason: 'unknown', resumeReason: undefined };

/** The record of a machine that runs: the one on disk, with the process that was found, or one made of what is left. */
const recordOfRun = async (
  { uuid, qemu, paths, reading }: Trace,
  process: ProcessIdentity,
  here: ThisBoot,
  request: RecoverRequest,
): Promise<RuntimeRecord> => {
  if (reading.kind === 'read') {
    const monitor = qemu?.monitor ?? reading.record.monitor;
    return { ...reading.record, uuid, qemu: process, monitor, phase: 'running', boot: here.boot, computer: here.computer };
  }
  const part = partOf(reading);
  const stored = request.known(uuid)?.stored;
  const found = qemu ?? {
    identity: process,
    uuid,
    monitor: part.monitor ?? join(paths.runtime, 'qmp.sock'),
    name: part.name,
    log: undefined,
  };
  return rebuildRecord({ uuid, qemu: found, part, stored, paths, backend: request.backend, here, nextId: () => request.nextId() });
};

/**
 * Takes up a machine that runs: with the record that is on disk, or with one made of what is left of it.
 *
 * @param process its QEMU's
 */
export async function adopt(trace: Trace, process: ProcessIdentity, here: ThisBoot, request: RecoverRequest): Promise<void> {
  const { paths, reading } = trace;
  const record = await recordOfRun(trace, process, here, request);
  const machine = request.machineOf(record);
  if (machine.run !== undefined) return;
  const run = new Run({
    record,
    process,
    facts: unknown,
    paths,
    backend: request.backend,
    hooks: machine.hooks(lifecycleOf(record, request.backend)),
    unread: reading.kind === 'unreadable',
  });
  machine.attach(run, paths);
  try {
    run.recorder = await request.backend.attachRecorder(paths.recordings);
  } catch (error) {
    machine.fail(
      error instanceof TapestryError
        ? error
        : new TapestryError('io', 'The recording of the serial ports could not be taken up.', { detail: String(error) }),
    );
  }
  run.follow();
  const answered = await run.firstContact(firstLook);
  const cut = reading.kind === 'read' && !reading.newer && !record.startPaused;
  if (answered && run.facts.reason === 'starting up' && cut) {
    // Killed between the record and `cont`: the guest never ran.
    await run.destroy();
    machine.setOff({ state: 'shut off', reason: 'failed' });
    request.note(`The start of “${record.name}” had been cut short; what it left was removed.`);
    return;
  }
  if (reading.kind !== 'read') {
    const why = reading.kind === 'absent' ? 'Its record is gone.' : reading.error.message;
    request.note(`“${record.name}” was found running (pid ${process.pid}) by its process. ${why} What is shown of it may lack details.`);
  }
  if (!answered) {
    if (machine.run !== undefined) machine.fail(run.notAnswering());
    return;
  }
  try {
    if (reading.kind === 'unreadable') run.record = { ...run.record, liveXml: await withTtys(run) };
    else if (reading.kind !== 'read') await run.update({ liveXml: await withTtys(run) });
    // The record is where this version keeps it, with what was found to be true.
    else await run.update({});
    await replug(run, request);
  } catch (error) {
    if (!(error instanceof TapestryError)) throw error;
    machine.fail(error);
  }
}

/** The live XML with the terminals that QEMU made, where it was made of the definition again. */
const withTtys = async (run: Run): Promise<string> => {
  const { id, liveXml } = run.record;
  const ttys = findTtys(await run.qmp.execute('query-chardev'));
  return withLiveFacts(liveXml, { id, ttys, hostDevices: new Map() });
};

/** TAPs that lost their bridge while no app ran go back to it. */
const replug = async (run: Run, request: RecoverRequest): Promise<void> => {
  const { interfaces } = readDomain(parseXml(run.record.liveXml), { live: true }).domain.devices;
  const { record } = run;
  const nics = await replugNics(record.nics, interfaces, { helper: request.backend.helper, machine: record.uuid });
  if (nics.some((nic, place) => nic !== record.nics[place])) await run.update({ nics: [...nics] });
};
