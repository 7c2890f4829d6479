import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { z } from 'zod';
import { TapestryError } from '../../../../shared/errors.ts';
import { findProgram } from '../../../processes/find-program.ts';
import { endProcess } from '../../../processes/end-process.ts';
import { describeExit, EndedAtOnce, lastWords, spawnDetached, type DetachedProcess } from '../../../processes/spawn-detached.ts';
import type { DescriptorRequest } from '../../../qemu/plan/launch-plan.types.ts';
import { keepLogBounded } from '../run/run-directories.ts';

type TpmRequest = Extract<DescriptorRequest, { kind: 'tpm' }>;

/** A software TPM that serves one run of a machine. */
export interface SoftwareTpm {
  /** The stream that QEMU inherits; close it when QEMU has it. */
  readonly socket: Socket;
  /** QEMU is connected: from now on it lives as long as QEMU, and we may die. Never rejects. */
  letGo(): Promise<void>;
  /** The start failed: ends it. */
  end(): Promise<void>;
  /** Why the TPM, not QEMU, was at fault for a start that failed; undefined where it wasn't. */
  fault(): Promise<TapestryError | undefined>;
}

/** Arguments of swtpm(8). The control channel is descriptor 3, so that nobody else can connect. Pure. */
export function swtpmArguments(request: TpmRequest, state: string): readonly string[] {
  return [
    'socket',
    ...(request.version === '2.0' ? ['--tpm2'] : []),
    '--tpmstate',
    `${request.state?.type === 'file' ? `backend-uri=file://${state}` : `dir=${state}`},mode=0600`,
    // It has an effect on a new TPM only: one that has state keeps what it began with (TPMLIB_SetProfile(3)).
    ...(request.profile === undefined
      ? []
      : [
          '--profile',
          `name=${request.profile.name}${request.profile.removeDisabled === undefined ? '' : `,remove-disabled=${request.profile.removeDisabled}`}`,
        ]),
    '--ctrl',
    'type=unixio,clientfd=3',
    '--terminate',
    ...(request.debug === undefined ? [] : ['--log', `fd=2,level=${request.debug}`]),
  ];
}

/**
 * Starts swtpm for a machine, guarded: it ends with QEMU's connection, and where there never is one, with us.
 *
 * @param persistent the machine's directory of what it keeps; the TPM's state is in `tpm1.2` or `tpm2` there, as libvirt names them, if the request names no other place
 * @param program path of swtpm; looked for where absent
 * @throws TapestryError `host-missing` where swtpm isn't installed; `xml-unsupported` where it knows no profiles; `start-failed` with its words; `io`
 */
export async function startSwtpm(
  request: TpmRequest,
  persistent: string,
  guard: string,
  find: () => Promise<string | undefined> = () => findProgram('swtpm'),
): Promise<SoftwareTpm> {
  const program = await find();
  if (program === undefined) {
    throw new TapestryError('host-missing', 'swtpm is not installed, so the machine’s TPM can’t be emulated.', {
      next: 'Install the package swtpm, or remove the TPM from the machine.',
      path: request.element,
      fixes: [{ kind: 'copy-command', label: 'Copy command', value: 'sudo apt-get install swtpm' }],
    });
  }
  if (request.profile !== undefined) await requireProfiles(program, request);
  const state = request.state?.path ?? join(persistent, request.version === '2.0' ? 'tpm2' : 'tpm1.2');
  const log = join(persistent, 'swtpm.log');
  let child: DetachedProcess;
  try {
    await mkdir(persistent, { recursive: true, mode: 0o700 });
    await mkdir(request.state?.type === 'file' ? dirname(state) : state, { recursive: true, mode: 0o700 });
    await keepLogBounded(log);
    child = await spawnDetached({
      program,
      argv: swtpmArguments(request, state),
      fds: ['pipe'],
      logPath: log,
      environment: {},
      workingDirectory: '/',
      guard,
    });
  } catch (error) {
    if (error instanceof EndedAtOnce) throw ended(request, describeExit(error.facts), error.words);
    if (error instanceof TapestryError) throw error;
    throw new TapestryError('io', `The TPM’s state can’t be kept in ${state}.`, { detail: String(error), cause: error });
  }
  const [socket] = child.streams;
  if (socket === undefined) throw new TapestryError('internal', 'swtpm has no stream.');
  socket.on('error', () => socket.destroy()); // its end is QEMU's to notice
  let exit: string | undefined;
  void child.exited.then((facts) => {
    if (facts.code !== 0 && facts.signal === null) exit = describeExit(facts);
  });
  return {
    socket,
    letGo: () => child.letGo(),
    end: async () => {
      socket.destroy();
      await endProcess(child.identity, 0);
      await child.exited;
    },
    fault: async () => (exit === undefined ? undefined : ended(request, exit, await lastWords(log, child.logOffset))),
  };
}

const features = z.object({ features: z.array(z.string()) });

/** Refuses a profile where this swtpm takes none: that came with version 0.10 (`cmdarg-profile` among its capabilities, swtpm(8)). */
const requireProfiles = async (program: string, request: TpmRequest): Promise<void> => {
  let known: readonly string[];
  try {
    const { stdout } = await promisify(execFile)(program, ['socket', '--tpm2', '--print-capabilities'], { timeout: 30_000 });
    known = features.parse(JSON.parse(stdout)).features;
  } catch (error) {
    throw new TapestryError('start-failed', 'swtpm doesn’t say what it can do, so whether it knows profiles can’t be told.', {
      path: `${request.element}/profile`,
      detail: String(error),
      cause: error,
    });
  }
  if (known.includes('cmdarg-profile')) return;
  throw new TapestryError('xml-unsupported', 'The swtpm installed here knows no profiles for a TPM: they came with version 0.10.', {
    next: 'Remove <profile>, or install swtpm 0.10.',
    path: `${request.element}/profile`,
    fixes: [{ kind: 'remove-element', label: 'Remove it', path: `${request.element}/profile` }],
  });
};

const ended = (request: TpmRequest, how: string, words: string): TapestryError =>
  new TapestryError('start-failed', `The machine’s TPM can’t be emulated: swtpm ended (${how}).`, {
    next: 'The detail holds what swtpm said.',
    path: request.element,
    detail: words === '' ? 'swtpm wrote nothing.' : words,
  });
