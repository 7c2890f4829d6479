import { z } from 'zod';
import { TapestryError } from '../../../../shared/errors.ts';
import type { Recorder, RecorderOptions, RecorderPort } from '../../../consoles/console-source.types.ts';
import type { LaunchPlan } from '../../../qemu/plan/launch-plan.types.ts';
import { propsOf } from '../../../qemu/plan/planned-option.ts';
import type { ProcessIdentity } from '../../../processes/process-identity.ts';
import type { DetachedProcess } from '../../../processes/spawn-detached.ts';
import type { QmpClient } from '../../../qemu/qmp/qmp-client.ts';
import { findOnlyPty } from './only-pty.ts';
import type { MachinePaths } from '../ports/ports.ts';
import type { Run } from '../run/run.ts';
import type { StartRequest } from './start-request.ts';

const chardevs = z.array(z.looseObject({ label: z.string(), filename: z.string() }));

/** Where QEMU writes a port's log for the recorder to read. */
export function fifoPath(paths: MachinePaths, alias: string): string {
  return `${paths.runtime}/${alias}.log`;
}

/** Asks QEMU for its character devices, where the plan has a pty among them: only QEMU knows which it became. Pass what it answers to {@link findTtys}. */
export async function askForTtys(qmp: QmpClient, plan: LaunchPlan): Promise<unknown> {
  return plan.liveXml.includes('pty') ? await qmp.execute('query-chardev') : [];
}

/** Finds the ptys in QEMU's answer. Map from alias to path; QEMU's id of the port is `char` + alias. @throws TapestryError `qmp-protocol` */
export function findTtys(answer: unknown): ReadonlyMap<string, string> {
  const found = chardevs.safeParse(answer);
  if (!found.success)
    throw new TapestryError('qmp-protocol', "QEMU's answer to query-chardev can't be read.", { detail: found.error.message });
  const ttys = new Map<string, string>();
  for (const { label, filename } of found.data) {
    if (label.startsWith('char') && filename.startsWith('pty:')) ttys.set(label.slice('char'.length), filename.slice('pty:'.length));
  }
  return ttys;
}

/** How the recorder reaches each port. @throws TapestryError `start-failed` where QEMU made no terminal for one */
export function recorderPorts(plan: LaunchPlan, ttys: ReadonlyMap<string, string>, paths: MachinePaths): readonly RecorderPort[] {
  return plan.consoles.map(({ alias, via }) => {
    if (via.kind === 'log') return { alias, via: { kind: 'fifo', path: fifoPath(paths, alias) } };
    if (via.kind !== 'pty') return { alias, via };
    const path = ttys.get(alias);
    if (path === undefined) throw new TapestryError('start-failed', `QEMU made no terminal for the serial port ${alias}.`);
    return { alias, via: { kind: 'pty', path } };
  });
}

/** A recorder that was started before QEMU answered, and the port it records. */
export interface EarlyRecording {
  readonly recorder: Recorder;
  readonly port: RecorderPort;
}

/** Starts the recorder beside QEMU's own start, where the only port's pty can be told without asking QEMU. Never rejects. */
export async function recordEarly(
  request: StartRequest,
  plan: LaunchPlan,
  child: DetachedProcess,
  since: number,
  answered: AbortSignal,
): Promise<EarlyRecording | undefined> {
  const [only, second] = plan.consoles;
  const ptys = propsOf(plan.options, 'chardev').filter(({ backend }) => backend === 'pty').length;
  // Words of the user's own may make more of them.
  const isAlone = ptys === 1 && !plan.options.some((one) => 'words' in one && one.words.some((word) => word.includes('pty')));
  if (only?.via.kind !== 'pty' || second !== undefined || !isAlone) return undefined;
  const path = await findOnlyPty(child.identity.pid, answered);
  if (path === undefined) return undefined;
  const port: RecorderPort = { alias: only.alias, via: { kind: 'pty', path } };
  try {
    return { port, recorder: await request.backend.startRecorder(recorderOptions(request, child.identity, since, [port])) };
  } catch {
    return undefined; // tried again when QEMU answers; then its failure counts
  }
}

const recorderOptions = (request: StartRequest, qemu: ProcessIdentity, since: number, ports: readonly RecorderPort[]): RecorderOptions => ({
  directory: request.paths.recordings,
  socketPath: request.paths.recorderSocket,
  qemu,
  since,
  ports,
});

/** Gives the run its recorder: the one that was started early where it has the right port, else a new one. @throws TapestryError as startRecorder */
export async function startRecording(
  run: Run,
  ports: readonly RecorderPort[],
  request: StartRequest,
  since: number,
  early: Promise<EarlyRecording | undefined>,
): Promise<void> {
  const begun = await early;
  if (begun !== undefined && JSON.stringify([begun.port]) === JSON.stringify(ports)) {
    run.recorder = begun.recorder;
    return;
  }
  // QEMU says that it is another one: it knows better.
  await begun?.recorder.stop();
  if (ports.length > 0) run.recorder = await request.backend.startRecorder(recorderOptions(request, run.process, since, ports));
}
