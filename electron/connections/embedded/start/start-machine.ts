import { rm } from 'node:fs/promises';
import { TapestryError } from '../../../../shared/errors.ts';
import { rollBack } from '../../../../shared/roll-back.ts';
import { findRecorderProgram } from '../../../consoles/recorder-program.ts';
import { followRunState } from '../../../network/nics/live-nic.ts';
import { serveStreams } from '../../../network/nics/stream-nic.ts';
import { endProcess } from '../../../processes/end-process.ts';
import { openProcessLog, spawnDetached, type DetachedProcess } from '../../../processes/spawn-detached.ts';
import { argvOf } from '../../../qemu/command-line/argv.ts';
import { openMonitor } from '../../../qemu/qmp/open-monitor.ts';
import type { QmpEvent } from '../../../qemu/qmp/messages.ts';
import type { QmpClient } from '../../../qemu/qmp/qmp-client.ts';
import { startingUp } from '../run/domain-state.ts';
import { acquireInOrder } from './acquire-descriptors.ts';
import { firstRecord } from './first-record.ts';
import { ensureFirmwareVariables } from './firmware-variables.ts';
import { checkBootFiles } from '../images/boot-files.ts';
import { checkImages } from '../images/image-use.ts';
import { withLiveFacts } from '../definitions/live-xml.ts';
import { kvmUnavailable } from './qemu-words.ts';
import { Run } from '../run/run.ts';
import { makeDirectories } from '../run/run-directories.ts';
import { writeRuntimeRecord, type RuntimeRecord } from '../run/runtime-record.ts';
import { askForTtys, findTtys, recordEarly, recorderPorts, startRecording, type EarlyRecording } from './start-recording.ts';
import { rememberSharedMemory } from '../run/shared-memory.ts';
import type { StartRequest, StartStep } from './start-request.ts';
import { thisBoot } from '../run/this-boot.ts';
import { startSwtpm, type SoftwareTpm } from './swtpm.ts';
import { cancelled, whyItFailed } from './why-it-failed.ts';

/**
 * How long QEMU may take to open its monitor, ms. Firmware and disks on a busy computer can take many seconds, and memory that is allocated at once
 * (`<allocation mode='immediate'/>`, hugepages) is cleared page by page before: libvirt's patience grows with it too. That QEMU ended is seen at once.
 */
export function monitorDeadline(memoryKiB: number, images: number): number {
  return Math.min(60_000 + 10_000 * Math.ceil(memoryKiB / (1024 * 1024)) + 2_000 * images, 2 ** 31 - 1);
}

/**
 * Starts a machine: decides the plan, checks images, acquires descriptors, spawns QEMU with stopped vCPUs, connects its
 * monitor, starts the recording of its serial ports, and lets it run. What it makes is written down first (the record), so
 * that a kill of this process at any moment leaves nothing that the next start of the app doesn't clean up. All or nothing:
 * after a failure nothing is left.
 *
 * @throws TapestryError with QEMU's own words in `detail` where it was QEMU that said no
 */
export async function startMachine(request: StartRequest): Promise<Run> {
  const { backend, paths, signal } = request;
  const undo: (() => Promise<unknown>)[] = [];
  let child: DetachedProcess | undefined;
  let qmp: QmpClient | undefined;
  let tpm: SoftwareTpm | undefined;
  const step = async (name: StartStep) => {
    if (signal.aborted) throw cancelled();
    await request.step?.(name);
  };
  try {
    const making = makeDirectories(paths);
    undo.push(async () => {
      await making.catch(() => undefined); // it may still be at it when something beside it failed
      await rm(paths.runtime, { recursive: true, force: true });
    });
    const [{ plan, nics, notes = [] }] = await Promise.all([backend.prepare(request.xml, paths), checkKvm(request), making]);
    const argv = argvOf(plan);
    const opening = openProcessLog({ program: plan.emulator, argv, logPath: paths.log });
    opening.catch(() => undefined); // awaited at the spawn; what fails before that must not leave it unhandled
    undo.push(async () => {
      const log = await opening.catch(() => undefined); // nothing to close: it may be what failed
      await log?.file.close();
    });
    await checkBootFiles(plan.bootFiles ?? []);
    await checkImages(plan.images, request.held);
    for (const note of notes) request.hooks.log(note);
    undo.push(await ensureFirmwareVariables(plan.nvram));
    undo.push(await rememberSharedMemory(plan.sharedMemory ?? []));
    await step('prepared');

    const startedAt = Date.now();
    const record: RuntimeRecord = firstRecord(request, plan, startedAt, await thisBoot());
    await writeRuntimeRecord(paths.record, record);
    await step('recorded');

    const descriptors = await acquireInOrder(plan.descriptors, nics, request, async (wanted) => {
      const made = await startSwtpm(wanted, paths.persistent, findRecorderProgram());
      tpm = made;
      undo.push(() => made.end());
      return { fd: made.socket, release: () => Promise.resolve(void made.socket.destroy()) };
    });
    let handed = false;
    undo.push(() => (handed ? backend.releaseNics(descriptors.nics) : descriptors.release()));
    const acquired: RuntimeRecord = { ...record, nics: [...descriptors.nics] };
    if (descriptors.nics.length > 0) await writeRuntimeRecord(paths.record, acquired);
    await step('acquired');

    let recording: Promise<EarlyRecording | undefined> = Promise.resolve(undefined);
    // After QEMU's end in the order of undoing: a recorder that was just being started ends with it, and no longer makes files.
    undo.push(async () => {
      const begun = await recording;
      begun?.recorder.detach();
    });
    child = await spawnDetached({
      program: plan.emulator,
      argv,
      fds: descriptors.fds,
      logPath: paths.log,
      log: await opening,
      environment: plan.environment,
      workingDirectory: '/',
      guard: findRecorderProgram(),
    });
    const spawned = child;
    undo.push(() => endProcess(spawned.identity, 0));
    // From here on QEMU's end is looked out for: it may come before its monitor, or after its sockets appeared.
    const ended = new AbortController();
    void spawned.exited.then(() => ended.abort());
    const answered = new AbortController();
    undo.push(() => Promise.resolve(answered.abort()));
    const early: QmpEvent[] = [];
    let take = (event: QmpEvent): void => void early.push(event);
    let asked: Promise<unknown> = Promise.resolve([]);
    const connecting = openMonitor(plan.monitorPath, {
      deadline: monitorDeadline(request.facts.maxMemoryKiB, plan.images.length),
      signal: AbortSignal.any([signal, ended.signal]),
      onEvent: (event) => take(event),
      onNegotiation: (client) => {
        asked = askForTtys(client, plan);
        asked.catch(() => undefined); // awaited below, after the negotiation, whose failure is this one's too
      },
    });
    connecting.catch(() => undefined); // awaited below; what fails before that must not leave it unhandled
    undo.push(async () => {
      ended.abort();
      const connected = await connecting.catch(() => undefined); // nothing to close: what failed is being told
      connected?.close();
    });
    await step('spawned');
    handed = true;
    const nicRecords = await descriptors.handedOver(spawned.identity.pid);
    const identified: RuntimeRecord = { ...acquired, nics: [...nicRecords], qemu: spawned.identity, logOffset: spawned.logOffset };
    await writeRuntimeRecord(paths.record, identified);
    await step('identified');

    recording = recordEarly(request, plan, spawned, startedAt, AbortSignal.any([answered.signal, ended.signal]));
    qmp = await connecting;
    answered.abort();
    const run = new Run({
      record: identified,
      process: spawned.identity,
      facts: startingUp,
      paths,
      backend,
      hooks: request.hooks,
      exited: spawned.exited,
    });
    run.attachMonitor(qmp);
    request.adopt?.(run);
    take = (event) => run.take(event);
    for (const event of early) run.take(event);
    await step('connected');

    const served = await serveStreams(
      (plan.streams ?? []).flatMap(({ alias, interfaceIndex, socket }) => {
        const nic = nics[interfaceIndex];
        return nic === undefined ? [] : [{ nic, alias, socket }];
      }),
      { runtimeDirectory: paths.runtime, helper: backend.helper },
    );
    undo.push(() => backend.releaseNics(served));
    const monitor = qmp;
    const ttys = findTtys(await asked);
    const ports = recorderPorts(plan, ttys, paths);
    const liveXml = withLiveFacts(plan.liveXml, {
      id: request.id,
      ttys,
      hostDevices: new Map(nicRecords.flatMap((nic) => (nic.device === null ? [] : [[nic.alias, nic.device]]))),
    });
    run.facts = request.paused ? { ...run.facts, reason: 'user' } : run.facts;
    await Promise.all([
      startRecording(run, ports, request, startedAt, recording),
      // On disk before the guest runs: a kill after `cont` finds a running machine, one before it finds QEMU in `prelaunch`.
      run.update({
        phase: 'running',
        nics: [...nicRecords, ...served],
        liveXml,
        state: { state: run.facts.state, reason: run.facts.reason },
      }),
      ...(plan.monitorCommands ?? []).map(({ command, arguments: args }) => monitor.execute(command, args)),
      ...plan.linksDown.map((alias) => monitor.execute('set_link', { name: alias, up: false })),
      ...(request.paused ? [] : [followRunState(nicRecords, true, { helper: backend.helper })]),
    ]);
    await step('recording');
    if (!request.paused) await monitor.execute('cont', undefined, { signal });
    // Only now: an app that is killed before this, and never opened again, leaves no stopped QEMU behind.
    // QEMU last: killed in between, the TPM goes with QEMU's end of its stream.
    await tpm?.letGo();
    await child.letGo();
    await step('continued');
    if (!monitor.open) throw new TapestryError('closed', 'QEMU ended right after its start.');
    run.follow();
    return run;
  } catch (error) {
    const reason = (await tpm?.fault()) ?? (await whyItFailed(error, request, child, qmp));
    throw await rollBack(reason, undo.toReversed());
  }
}

const checkKvm = async (request: StartRequest): Promise<void> => {
  if (request.facts.type !== 'kvm') return;
  const kvm = await request.backend.kvm();
  if (kvm.usable === 'no') throw kvmUnavailable(kvm.message.replace(/\.$/, ''));
};
