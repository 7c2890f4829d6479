import { dirname } from 'node:path';
import { TapestryError } from '../../../../shared/errors.ts';
import { endProcess } from '../../../processes/end-process.ts';
import { isProcessAlive, type ProcessIdentity } from '../../../processes/process-identity.ts';
import { noLook } from '../../../processes/search-processes.ts';
import { lastWords } from '../../../processes/spawn-detached.ts';
import { QmpClient } from '../../../qemu/qmp/qmp-client.ts';
import { adopt, firstLook } from './adopt-run.ts';
import { statusWord } from '../run/domain-state.ts';
import { endStrays } from './end-strays.ts';
import { qemuExited } from '../run/ended-unexpectedly.ts';
import { findOurQemus, findRunDirectories } from './find-runs.ts';
import { findTrace, partOf, type Trace } from './find-trace.ts';
import type { Machine } from '../machine/machine.ts';
import type { MachinePaths } from '../ports/ports.ts';
import type { RecoverRequest } from './recover.types.ts';
import { removeRunDirectories } from '../run/run-directories.ts';
import type { RuntimeRecord } from '../run/runtime-record.ts';
import { thisBoot, type ThisBoot } from '../run/this-boot.ts';
import { removeFiles } from '../run/remove-files.ts';

/**
 * Finds the machines that an earlier run of the app left running, by their processes and their records, and cleans up after those that ended
 * or whose start was cut short. Nothing is ended or removed because it couldn't be read. Failures with one machine don't stop the others.
 *
 * @param began told of the records before anything is done, so that new ids go on above theirs
 * @throws TapestryError `io` when the directory of what runs can't be read
 */
export async function recoverMachines(request: RecoverRequest, began: (lastId: number) => void): Promise<void> {
  const { directories } = request;
  const [places, qemus, here] = await Promise.all([findRunDirectories(directories), findOurQemus(directories), thisBoot()]);
  const uuids = new Set([...places.map(({ uuid }) => uuid), ...qemus.uuids]);
  const traces = await Promise.all(
    [...uuids].map((uuid) =>
      findTrace(
        uuid,
        places.filter((place) => place.former && place.uuid === uuid).map(({ directory }) => directory),
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
}

/**
 * Looks whether a machine runs that is shown as off, and takes it up where it does: its files may have gone, or come back, since the opening.
 * Asked before anything is done to a machine that must be off for it.
 *
 * @throws TapestryError `wrong-state` where it can't be told whether it runs, or it runs on another computer; `io`
 */
export async function lookForRun(machine: Machine, request: RecoverRequest): Promise<void> {
  const { directories } = request;
  const { uuid } = machine;
  const [qemus, here] = await Promise.all([findOurQemus(directories), thisBoot()]);
  const trace = await findTrace(uuid, [], qemus, directories);
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
    next: noLook,
  });
}

const lookAt = async (trace: Trace, complete: boolean, here: ThisBoot, request: RecoverRequest): Promise<void> => {
  const { uuid, paths, reading } = trace;
  const part = partOf(reading);
  const process = trace.qemu?.identity ?? (await stillAlive(part.qemu));
  if (process !== undefined) {
    if (reading.kind === 'read' && !reading.newer && reading.record.phase === 'starting')
      await continueOrUndo(trace, reading.record, process, here, request);
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
const continueOrUndo = async (
  trace: Trace,
  record: RuntimeRecord,
  process: ProcessIdentity,
  here: ThisBoot,
  request: RecoverRequest,
): Promise<void> => {
  // QEMU is spawned stopped and let run only after the record says `running`: a guest that runs makes the record a wrong one.
  if ((await statusOf(trace.qemu?.monitor ?? record.monitor)) === 'running') {
    await adopt(trace, process, here, request);
    return;
  }
  await undoStart({ ...record, uuid: trace.uuid }, process, trace.paths, request);
};

/** What the monitor says of the guest; undefined where it doesn't answer at once. */
const statusOf = async (monitor: string): Promise<string | undefined> => {
  try {
    const qmp = await QmpClient.connect(monitor, { deadline: firstLook });
    try {
      return statusWord(await qmp.execute('query-status', undefined, { deadline: firstLook }));
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
  const words = logOffset === undefined ? '' : await lastWords(paths.log, logOffset);
  await release({ name, nics }, request);
  await removeRuntime(paths, request);
  if (part.undefined !== undefined) await removeFiles(paths, part.undefined);
  request.note(`“${name}” ended while Tapestry was not running.`);
  if (request.known(uuid) === undefined && definition === '') return;
  const machine = request.machineOf({ uuid, name, definition });
  if (/terminating on signal/.test(words)) machine.setOff({ state: 'shut off', reason: 'destroyed' });
  else {
    const error = qemuExited('QEMU ended while Tapestry was not running.', words);
    machine.failure = { at: Date.now(), error: error.data };
    machine.setOff({ state: 'shut off', reason: 'crashed' });
  }
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
