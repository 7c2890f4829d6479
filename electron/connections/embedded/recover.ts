import { basename, dirname, join } from 'node:path';
import { parseXml, readDomain } from '../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { replugNics } from '../../network/replug-nics.ts';
import { endProcess } from '../../qemu/process/end-process.ts';
import type { FoundQemu } from '../../qemu/process/find-qemu.ts';
import { isProcessAlive, type ProcessIdentity } from '../../qemu/process/process-identity.ts';
import { readLogFrom } from '../../qemu/process/spawn-detached.ts';
import { QmpClient } from '../../qemu/qmp/qmp-client.ts';
import { startingUp, type RunFacts } from './domain-state.ts';
import { unusableFacts } from './definition-facts.ts';
import { endStrays } from './end-strays.ts';
import { chooseQemu, findOurQemus, findRunDirectories, type OurQemus } from './find-runs.ts';
import { withLiveFacts } from './live-xml.ts';
import { machinePaths } from './machine-paths.ts';
import type { Machine } from './machine.ts';
import type { Backend, DefinitionFacts, EmbeddedDirectories, MachinePaths } from './ports.ts';
import { rebuildRecord } from './rebuild-record.ts';
import { removeRunDirectories } from './run-directories.ts';
import { Run } from './run.ts';
import { readRuntimeRecord, type RecordReading, type RuntimeRecord } from './runtime-record.ts';
import { findTtys } from './start-recording.ts';
import { thisBoot, type ThisBoot } from './this-boot.ts';
import { removeFiles } from './undefine.ts';

/** How long the opening waits for QEMUs that don't answer before it shows their state as unknown and goes on trying, ms. */
const firstLook = 3_000;

/** What recovery needs. */
export interface RecoverRequest {
  readonly directories: EmbeddedDirectories;
  readonly backend: Backend;
  /** The machine of a record: the stored one, or a transient one made from the record. */
  machineOf(record: Pick<RuntimeRecord, 'uuid' | 'name' | 'definition'>): Machine;
  /** The machine with this UUID, where there is one. */
  known(uuid: string): Machine | undefined;
  /** A number for a machine whose own is lost. */
  nextId(): number;
  /** Told of what was cleaned up. */
  note(text: string): void;
}

/** What was found of one machine's run, before anything is done about it. */
interface Trace {
  readonly uuid: string;
  readonly paths: MachinePaths;
  readonly reading: RecordReading;
  /** Its process; undefined where none was found. */
  readonly qemu: FoundQemu | undefined;
}

/**
 * Finds the machines that an earlier run of the app left running, by their processes and their records, and cleans up after those that ended
 * or whose start was cut short. Nothing is ended or removed because it couldn't be read. Failures with one machine don't stop the others.
 *
 * @param began told of the records before anything is done, so that new ids go on above theirs
 * @throws TapestryError `io` when the directory of what runs can't be read
 */
export const recoverMachines = async (request: RecoverRequest, began: (lastId: number) => void): Promise<void> => {
  const { directories } = request;
  const [places, qemus, here] = await Promise.all([findPlaces(directories), findOurQemus(directories), thisBoot()]);
  const uuids = new Set([...places.map(({ uuid }) => uuid), ...qemus.uuids]);
  const traces = await Promise.all(
    [...uuids].map((uuid) =>
      findTrace(
        uuid,
        places.filter((place) => place.uuid === uuid),
        qemus,
        directories,
      ),
    ),
  );
  began(Math.max(0, ...traces.map(({ reading }) => partOf(reading).id ?? 0)));
  await Promise.all(
    traces.map(async (trace) => {
      try {
        await lookAt(trace, qemus.complete, here, request);
      } catch (error) {
        // The others are taken up all the same, and the app opens.
        request.note(`What ran as ${trace.uuid} could not be taken up again: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
  );
};

/**
 * Looks whether a machine runs that is shown as off, and takes it up where it does: its files may have gone, or come back, since the opening.
 * Asked before anything is done to a machine that must be off for it.
 *
 * @throws TapestryError `wrong-state` where it can't be told whether it runs, or it runs on another computer; `io`
 */
export const lookForRun = async (machine: Machine, request: RecoverRequest): Promise<void> => {
  const { directories } = request;
  const { uuid } = machine;
  const [qemus, here] = await Promise.all([findOurQemus(directories), thisBoot()]);
  const trace = await findTrace(uuid, [{ uuid, directory: join(directories.sockets, uuid), former: false }], qemus, directories);
  if (trace.qemu === undefined && trace.reading.kind === 'absent' && qemus.complete) return;
  const elsewhere = partOf(trace.reading).computer;
  if (trace.qemu === undefined && typeof elsewhere === 'string' && elsewhere !== here.computer) {
    throw new TapestryError('wrong-state', `“${machine.facts.name}” was started on another computer that shares this state directory.`, {
      next: `Use it there. If it doesn't run there any more, remove ${dirname(trace.paths.record)}.`,
    });
  }
  if (trace.reading.kind === 'unreadable' && trace.qemu === undefined) throw trace.reading.error;
  await lookAt(trace, qemus.complete, here, request);
  if (machine.run !== undefined || qemus.complete) return;
  throw new TapestryError('wrong-state', `It can't be told now whether “${machine.facts.name}” runs.`, {
    next: 'The computer has no descriptors or no memory left for another look at its processes: end something, and try again.',
  });
};

interface Place {
  readonly uuid: string;
  readonly directory: string;
  readonly former: boolean;
}

const findPlaces = async (directories: EmbeddedDirectories): Promise<readonly Place[]> => {
  try {
    return await findRunDirectories(directories);
  } catch (error) {
    throw new TapestryError('io', `The runtime directory ${directories.sockets} can't be read.`, { cause: error, detail: String(error) });
  }
};

const partOf = (reading: RecordReading): Partial<RuntimeRecord> => {
  if (reading.kind === 'read') return reading.record;
  return reading.kind === 'damaged' ? reading.part : {};
};

/** Puts together what is there of a machine's run. Never throws. */
const findTrace = async (uuid: string, places: readonly Place[], qemus: OurQemus, directories: EmbeddedDirectories): Promise<Trace> => {
  const own = machinePaths(directories, uuid);
  let reading = await readRuntimeRecord(own.record);
  let runtime: string | undefined;
  for (const { directory, former } of places) {
    if (!former || reading.kind !== 'absent') continue;
    const found = await readRuntimeRecord(join(directory, 'record.json'));
    // Several states may have shared it: what is another's is left alone.
    if (found.kind === 'absent' || (partOf(found).log !== own.log && qemus.of(uuid).length === 0)) continue;
    reading = found;
    runtime = directory;
  }
  const qemu = chooseQemu(qemus.of(uuid), partOf(reading).qemu);
  // The sockets of a run are where its monitor is; a record's word for it counts only where we may have put them.
  const beside = dirname(qemu?.monitor ?? partOf(reading).monitor ?? '');
  const ours = [directories.sockets, ...(directories.formerSockets ?? [])].includes(dirname(beside));
  if (basename(beside) === uuid && (qemu !== undefined || ours)) runtime = beside;
  return { uuid, paths: machinePaths(directories, uuid, runtime), reading: sound(reading), qemu };
};

/** A record whose live XML can't be parsed is a damaged one. */
const sound = (reading: RecordReading): RecordReading => {
  if (reading.kind !== 'read') return reading;
  try {
    parseXml(reading.record.liveXml);
    return reading;
  } catch (error) {
    if (!(error instanceof TapestryError)) throw error;
    const { liveXml: _damaged, ...part } = reading.record;
    return { kind: 'damaged', part, error };
  }
};

const lookAt = async (trace: Trace, complete: boolean, here: ThisBoot, request: RecoverRequest): Promise<void> => {
  const { uuid, paths, reading } = trace;
  const part = partOf(reading);
  const process = trace.qemu?.identity ?? (await stillAlive(part.qemu));
  if (process !== undefined) {
    if (reading.kind === 'read' && !reading.newer && reading.record.phase === 'starting')
      await continueOrUndo(trace, reading.record, process, request);
    else await adopt(trace, process, here, request);
    return;
  }
  const name = part.name ?? request.known(uuid)?.facts.name ?? uuid;
  if (reading.kind === 'unreadable' || !complete) {
    // Nothing is known: nothing is done.
    const error = reading.kind === 'unreadable' ? reading.error : undefined;
    if (reading.kind === 'absent') return;
    leaveUnknown(request.known(uuid), error);
    request.note(
      `It can't be told whether “${name}” runs: ${error?.message ?? 'the system shows no processes now.'} Everything of it is left as it is.`,
    );
    return;
  }
  if (part.computer !== undefined && part.computer !== null && part.computer !== here.computer) {
    leaveUnknown(request.known(uuid), undefined);
    request.note(`“${name}” was started on another computer that shares this state directory. Everything of it is left as it is.`);
    return;
  }
  if (reading.kind === 'absent') await removeRuntime(paths, request);
  else if (part.boot !== undefined && part.boot !== null && part.boot !== here.boot) await buryOfEarlierBoot(part, trace, request);
  else if (reading.kind === 'read' && reading.record.phase === 'starting') await undoStart(reading.record, undefined, paths, request);
  else await buryDead(part, trace, request);
};

const leaveUnknown = (machine: Machine | undefined, error: TapestryError | undefined): void => {
  machine?.setOff({ state: 'unknown', reason: 'unknown' }, false);
  if (machine !== undefined && error !== undefined) machine.fail(error);
};

const stillAlive = async (identity: ProcessIdentity | null | undefined): Promise<ProcessIdentity | undefined> =>
  identity !== null && identity !== undefined && (await isProcessAlive(identity)) ? identity : undefined;

/** A start that was cut short is undone, unless its guest runs all the same. */
const continueOrUndo = async (trace: Trace, record: RuntimeRecord, process: ProcessIdentity, request: RecoverRequest): Promise<void> => {
  // QEMU is spawned stopped and let run only after the record says `running`: a guest that runs makes the record a wrong one.
  if ((await statusOf(trace.qemu?.monitor ?? record.monitor)) === 'running') {
    await adopt(trace, process, await thisBoot(), request);
    return;
  }
  await undoStart({ ...record, uuid: trace.uuid }, process, trace.paths, request);
};

/** What the monitor says of the guest; undefined where it doesn't answer at once. */
const statusOf = async (monitor: string): Promise<string | undefined> => {
  try {
    const qmp = await QmpClient.connect(monitor, { deadline: firstLook });
    try {
      const answer = await qmp.execute('query-status', undefined, { deadline: firstLook });
      return typeof answer === 'object' && answer !== null && 'status' in answer ? String(answer.status) : undefined;
    } finally {
      qmp.close();
    }
  } catch {
    return undefined; // it never came so far, or its monitor is gone: the record's word counts
  }
};

/** Nothing of a start that was cut short may stay: its QEMU never ran a guest. */
const undoStart = async (
  record: RuntimeRecord,
  process: ProcessIdentity | undefined,
  paths: MachinePaths,
  request: RecoverRequest,
): Promise<void> => {
  if (process !== undefined) await endProcess(process, 0);
  // The kill may have come between the spawn and the note of its pid: then the monitor's path on its command line tells.
  await endStrays(`${paths.runtime}/`);
  await release(record, request);
  await removeRuntime(paths, request);
  request.machineOf(record).setOff({ state: 'shut off', reason: 'failed' });
  request.note(`The start of “${record.name}” had been cut short; what it left was removed.`);
};

/** A machine that ran when the computer went down: its NICs and processes went with the boot, and nothing is claimed of how it ended. */
const buryOfEarlierBoot = async (part: Partial<RuntimeRecord>, { paths }: Trace, request: RecoverRequest): Promise<void> => {
  await removeRuntime(paths, request);
  if (part.undefined !== undefined) await removeFiles(paths, part.undefined);
};

/** @param part what can be read of its record */
const buryDead = async (part: Partial<RuntimeRecord>, { uuid, paths }: Trace, request: RecoverRequest): Promise<void> => {
  const { name = request.known(uuid)?.facts.name ?? uuid, definition = '', nics = [], logOffset } = part;
  // A log that can't be read tells nothing; that QEMU ended is told all the same.
  const words = logOffset === undefined ? '' : await readLogFrom(paths.log, logOffset).catch(() => '');
  await release({ name, nics }, request);
  await removeRuntime(paths, request);
  if (part.undefined !== undefined) await removeFiles(paths, part.undefined);
  request.note(`“${name}” ended while Tapestry was not running.`);
  if (request.known(uuid) === undefined && definition === '') return;
  const machine = request.machineOf({ uuid, name, definition });
  if (/terminating on signal/.test(words)) machine.setOff({ state: 'shut off', reason: 'destroyed' });
  else {
    const error = new TapestryError('qemu-exited', 'QEMU ended while Tapestry was not running.', {
      next: "Start the machine again; the detail and the machine's log hold QEMU's last words.",
      detail: words === '' ? 'QEMU wrote nothing.' : words,
    });
    machine.failure = { at: Date.now(), error: error.data };
    machine.setOff({ state: 'shut off', reason: 'crashed' });
  }
};

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

const adopt = async (trace: Trace, process: ProcessIdentity, here: ThisBoot, request: RecoverRequest): Promise<void> => {
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
};

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

const release = async (record: Pick<RuntimeRecord, 'name' | 'nics'>, request: RecoverRequest): Promise<void> => {
  try {
    await request.backend.releaseNics(record.nics);
  } catch (error) {
    request.note(`Cleaning up the network of “${record.name}” failed: ${String(error)}`);
  }
};

const removeRuntime = async (paths: MachinePaths, request: RecoverRequest): Promise<void> => {
  try {
    await removeRunDirectories(paths);
  } catch (error) {
    request.note(`${paths.runtime} can't be removed: ${String(error)}`);
  }
};
