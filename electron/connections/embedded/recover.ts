import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseXml, readDomain } from '../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { isMissing } from '../../files/if-there.ts';
import { replugNics } from '../../network/replug-nics.ts';
import { endProcess } from '../../qemu/process/end-process.ts';
import { identifyProcess, isProcessAlive, type ProcessIdentity } from '../../qemu/process/process-identity.ts';
import { readLogFrom } from '../../qemu/process/spawn-detached.ts';
import { startingUp, type RunFacts } from './domain-state.ts';
import { unusableFacts } from './definition-facts.ts';
import { machinePaths } from './machine-paths.ts';
import type { Machine } from './machine.ts';
import type { Backend, DefinitionFacts, EmbeddedDirectories, MachinePaths } from './ports.ts';
import { Run } from './run.ts';
import { readRuntimeRecord, type RuntimeRecord } from './runtime-record.ts';
import { removeFiles } from './undefine.ts';

/** How long the opening waits for QEMUs that don't answer before it shows their state as unknown and goes on trying, ms. */
const firstLook = 3_000;

const machineDirectory = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What recovery needs. */
export interface RecoverRequest {
  readonly directories: EmbeddedDirectories;
  readonly backend: Backend;
  /** The machine of a record: the stored one, or a transient one made from the record. */
  machineOf(record: RuntimeRecord): Machine;
  /** Told of what was cleaned up. */
  note(text: string): void;
}

/**
 * Finds the machines that an earlier run of the app left running, by pid, start time and a monitor that answers, and
 * cleans up after those that ended or whose start was cut short. Failures with one machine don't stop the others.
 *
 * @returns records seen, so that new ids go on above theirs
 */
export const recoverMachines = async (request: RecoverRequest): Promise<readonly RuntimeRecord[]> => {
  let entries: string[];
  try {
    entries = (await readdir(request.directories.sockets)).filter((name) => machineDirectory.test(name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw new TapestryError('io', `The runtime directory ${request.directories.sockets} can't be read.`, {
      cause: error,
      detail: String(error),
    });
  }
  const found = await Promise.all(entries.map((uuid) => recoverOne(uuid, request)));
  return found.filter((record) => record !== undefined);
};

const recoverOne = async (uuid: string, request: RecoverRequest): Promise<RuntimeRecord | undefined> => {
  try {
    return await lookAt(uuid, request);
  } catch (error) {
    // The others are taken up all the same, and the app opens.
    request.note(`What ran as ${uuid} could not be taken up again: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
};

const lookAt = async (uuid: string, request: RecoverRequest): Promise<RuntimeRecord | undefined> => {
  const paths = machinePaths(request.directories, uuid);
  let record: RuntimeRecord | undefined;
  try {
    record = await readRuntimeRecord(paths.record);
  } catch (error) {
    request.note(`${String(error)} What it described is ended.`);
  }
  if (record === undefined) {
    await endStrays(paths.runtime);
    await removeRuntime(paths, request);
    return undefined;
  }
  if (record.phase === 'starting') {
    await undoStart(record, paths, request);
    return record;
  }
  const alive = record.qemu !== null && (await isProcessAlive(record.qemu));
  if (alive && record.qemu !== null) await adopt(record, record.qemu, paths, request);
  else await buryDead(record, paths, request);
  return record;
};

/** Nothing of a start that was cut short may stay: its QEMU never ran a guest. */
const undoStart = async (record: RuntimeRecord, paths: MachinePaths, request: RecoverRequest): Promise<void> => {
  if (record.qemu !== null) await endProcess(record.qemu, 0);
  // The kill may have come between the spawn and the note of its pid: then the monitor's path on its command line tells.
  await endStrays(record.monitor);
  await release(record, request);
  await removeRuntime(paths, request);
  request.machineOf(record).setOff({ state: 'shut off', reason: 'failed' });
  request.note(`The start of “${record.name}” had been cut short; what it left was removed.`);
};

const buryDead = async (record: RuntimeRecord, paths: MachinePaths, request: RecoverRequest): Promise<void> => {
  // A log that can't be read tells nothing; that QEMU ended is told all the same.
  const words = await readLogFrom(record.log, record.logOffset).catch(() => '');
  await release(record, request);
  await removeRuntime(paths, request);
  if (record.undefined !== undefined) await removeFiles(paths, record.undefined);
  const machine = request.machineOf(record);
  if (/terminating on signal/.test(words)) machine.setOff({ state: 'shut off', reason: 'destroyed' });
  else {
    machine.setOff({ state: 'shut off', reason: 'crashed' });
    machine.lastError = new TapestryError('qemu-exited', 'QEMU ended while Tapestry was not running.', {
      next: "Start the machine again; the detail and the machine's log hold QEMU's last words.",
      detail: words === '' ? 'QEMU wrote nothing.' : words,
    }).data;
  }
  request.note(`“${record.name}” ended while Tapestry was not running.`);
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

const adopt = async (record: RuntimeRecord, qemu: ProcessIdentity, paths: MachinePaths, request: RecoverRequest): Promise<void> => {
  const machine = request.machineOf(record);
  const lifecycle = lifecycleOf(record, request.backend);
  const run = new Run({ record, process: qemu, facts: unknown, paths, backend: request.backend, hooks: machine.hooks(lifecycle) });
  machine.attach(run);
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
  if (answered && run.facts.reason === 'starting up' && !record.startPaused) {
    // Killed between the record and `cont`: the guest never ran.
    await run.destroy();
    machine.setOff({ state: 'shut off', reason: 'failed' });
    request.note(`The start of “${record.name}” had been cut short; what it left was removed.`);
    return;
  }
  if (!answered) {
    machine.fail(
      new TapestryError('qmp', 'The machine runs, but its QEMU does not answer.', {
        next: 'Tapestry keeps trying. If it stays like this, force the machine off.',
        fixes: [{ kind: 'force-off', label: 'Force off' }],
      }),
    );
  }
  if (!answered) return;
  try {
    await replug(run, request);
  } catch (error) {
    if (!(error instanceof TapestryError)) throw error;
    machine.fail(error);
  }
};

/** TAPs that lost their bridge while no app ran go back to it. */
const replug = async (run: Run, request: RecoverRequest): Promise<void> => {
  const { interfaces } = readDomain(parseXml(run.record.liveXml), { live: true }).domain.devices;
  const { record } = run;
  const nics = await replugNics(record.nics, interfaces, { helper: request.backend.helper, machine: record.uuid });
  if (nics.some((nic, place) => nic !== record.nics[place])) await run.update({ nics: [...nics] });
};

const release = async (record: RuntimeRecord, request: RecoverRequest): Promise<void> => {
  try {
    await request.backend.releaseNics(record.nics);
  } catch (error) {
    request.note(`Cleaning up the network of “${record.name}” failed: ${String(error)}`);
  }
};

const removeRuntime = async (paths: MachinePaths, request: RecoverRequest): Promise<void> => {
  try {
    await rm(paths.runtime, { recursive: true, force: true });
  } catch (error) {
    request.note(`${paths.runtime} can't be removed: ${String(error)}`);
  }
};

/** Ends QEMUs of ours that have `path` in an argument, whose pid nobody wrote down; not whoever else looks at that path. */
const endStrays = async (path: string): Promise<void> => {
  const own = process.getuid?.();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const [argv, status] = await Promise.all([readQuietly(join('/proc', entry, 'cmdline')), readQuietly(join('/proc', entry, 'status'))]);
    const uid = /^Uid:\s+(\d+)/m.exec(status)?.[1];
    // Every QEMU is spawned with stopped vCPUs, and its guard has the same arguments.
    if (!argv.includes(path) || !argv.split('\0').includes('-S') || uid !== String(own)) continue;
    const identity = await identifyProcess(Number(entry));
    if (identity !== undefined) await endProcess(identity, 0);
  }
};

const readQuietly = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return ''; // it ended while we looked, or isn't ours to read
  }
};
