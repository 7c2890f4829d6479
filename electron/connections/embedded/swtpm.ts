import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Socket } from 'node:net';
import { TapestryError } from '../../../shared/errors.ts';
import { findProgram } from '../../files/find-program.ts';
import { endProcess } from '../../qemu/process/end-process.ts';
import { describeExit, EndedAtOnce, readLogFrom, spawnDetached, type DetachedProcess } from '../../qemu/process/spawn-detached.ts';
import type { DescriptorRequest } from '../../qemu/launch-plan.types.ts';
import { keepLogBounded } from './run-directories.ts';

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
export const swtpmArguments = (request: TpmRequest, state: string): readonly string[] => [
  'socket',
  ...(request.version === '2.0' ? ['--tpm2'] : []),
  '--tpmstate',
  `dir=${state},mode=0600`,
  '--ctrl',
  'type=unixio,clientfd=3',
  '--terminate',
  ...(request.debug === undefined ? [] : ['--log', `fd=2,level=${request.debug}`]),
];

/**
 * Starts swtpm for a machine, guarded: it ends with QEMU's connection, and where there never is one, with us.
 *
 * @param persistent the machine's directory of what it keeps; the TPM's state is in `tpm1.2` or `tpm2` there, as libvirt names them
 * @param program path of swtpm; looked for where absent
 * @throws TapestryError `host-missing` where swtpm isn't installed; `start-failed` with its words; `io`
 */
export const startSwtpm = async (
  request: TpmRequest,
  persistent: string,
  guard: string,
  find: () => Promise<string | undefined> = () => findProgram('swtpm'),
): Promise<SoftwareTpm> => {
  const program = await find();
  if (program === undefined) {
    throw new TapestryError('host-missing', 'swtpm is not installed, so the machine’s TPM can’t be emulated.', {
      next: 'Install the package swtpm, or remove the TPM from the machine.',
      path: request.element,
      fixes: [{ kind: 'copy-command', label: 'Copy command', value: 'sudo apt-get install swtpm' }],
    });
  }
  const state = join(persistent, request.version === '2.0' ? 'tpm2' : 'tpm1.2');
  const log = join(persistent, 'swtpm.log');
  let child: DetachedProcess;
  try {
    await mkdir(state, { recursive: true, mode: 0o700 });
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
    // Its words are more than can be hoped for: how it ended is told all the same.
    fault: async () => (exit === undefined ? undefined : ended(request, exit, await readLogFrom(log, child.logOffset).catch(() => ''))),
  };
};

const ended = (request: TpmRequest, how: string, words: string): TapestryError =>
  new TapestryError('start-failed', `The machine’s TPM can’t be emulated: swtpm ended (${how}).`, {
    next: 'The detail holds what swtpm said.',
    path: request.element,
    detail: words === '' ? 'swtpm wrote nothing.' : words,
  });
