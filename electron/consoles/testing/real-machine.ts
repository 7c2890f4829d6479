import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { ensureTestGuest } from '../../guest/ensure-test-guest.ts';
import { identifyProcess } from '../../processes/process-identity.ts';
import { openMonitor } from '../../qemu/qmp/open-monitor.ts';
import type { QmpClient } from '../../qemu/qmp/qmp-client.ts';
import type { RecordedMachine, RecordedSource, Recorder, RecorderPortVia } from '../console-source.types.ts';
import { startRecorder } from '../recorder.ts';

/** How the port reaches the recorder. */
export type PortKind = 'pty' | 'unix' | 'tcp';

const chardevOptions = (kind: PortKind, socket: string): string =>
  kind === 'pty' ? 'pty' : `socket,${kind === 'unix' ? `path=${socket}` : 'host=127.0.0.1,port=0'},server=on,wait=off`;

/** How the recorder reaches the port, from what QEMU calls it: `pty:/dev/pts/3`, `disconnected:tcp:127.0.0.1:40123,server=on`. */
const viaOf = (filename: string, socket: string): RecorderPortVia => {
  const pty = /^pty:(.+)$/.exec(filename)?.[1];
  if (pty !== undefined) return { kind: 'pty', path: pty };
  const port = /tcp:127\.0\.0\.1:(\d+)/.exec(filename)?.[1];
  return port === undefined ? { kind: 'unix', path: socket } : { kind: 'tcp', host: '127.0.0.1', port: Number(port) };
};

/** A real QEMU (TCG) with the test guest, and its first serial port recorded from power-on. */
export class RealMachine implements RecordedSource {
  readonly directory: string;
  readonly monitor: QmpClient;
  readonly #emulator: ChildProcess;
  #recorder: Recorder | undefined;
  #current: RecordedMachine;
  #wake = Promise.withResolvers<void>();

  private constructor(directory: string, emulator: ChildProcess, monitor: QmpClient) {
    this.directory = directory;
    this.#emulator = emulator;
    this.monitor = monitor;
    this.#current = {
      uuid: '1f0e7a4c-65a0-4a55-9a0e-2f0a3b3d9a11',
      name: 'real',
      state: 'running',
      ports: [{ alias: 'serial0', interactive: true }],
      recordingDirectory: path.join(directory, 'recording'),
      recorderSocket: path.join(directory, 'recorder.sock'),
      run: String(emulator.pid),
    };
    emulator.once('exit', () => {
      this.#current = { ...this.#current, state: 'off', recorderSocket: null, run: null };
      this.#wake.resolve();
    });
  }

  /** @param commandLine the guest's kernel command line */
  static async start(port: PortKind, commandLine: string): Promise<RealMachine> {
    const guest = await ensureTestGuest();
    const directory = await mkdtemp(path.join(tmpdir(), 'tapestry-guest-'));
    const socket = path.join(directory, 'serial0.sock');
    const monitorPath = path.join(directory, 'monitor.sock');
    const emulator = spawn(
      'qemu-system-x86_64',
      [
        ...'-accel tcg -machine q35 -m 256 -nodefaults -no-user-config -display none -S'.split(' '),
        '-qmp',
        `unix:${monitorPath},server=on,wait=off`,
        '-chardev',
        `${chardevOptions(port, socket)},id=charserial0`,
        '-device',
        'isa-serial,chardev=charserial0,id=serial0',
        '-kernel',
        guest.kernel,
        '-initrd',
        guest.initrd,
        '-append',
        commandLine,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    try {
      const monitor = await openMonitor(monitorPath, { deadline: 30_000 });
      const machine = new RealMachine(directory, emulator, monitor);
      const chardevs = z.array(z.object({ label: z.string(), filename: z.string() })).parse(await monitor.execute('query-chardev'));
      const filename = chardevs.find(({ label }) => label === 'charserial0')?.filename ?? '';
      const qemu = await identifyProcess(emulator.pid ?? 0);
      if (qemu === undefined) throw new Error('QEMU ended at once');
      machine.#recorder = await startRecorder({
        directory: machine.#current.recordingDirectory,
        socketPath: machine.#current.recorderSocket ?? '',
        qemu,
        since: Date.now(),
        ports: [{ alias: 'serial0', via: viaOf(filename, socket) }],
      });
      await monitor.execute('cont');
      return machine;
    } catch (error) {
      emulator.kill('SIGKILL');
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  machine(): RecordedMachine {
    return this.#current;
  }

  async *watch(_ref: string, signal: AbortSignal): AsyncGenerator<RecordedMachine> {
    signal.addEventListener('abort', () => this.#wake.resolve(), { once: true });
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers<void>();
      yield this.#current;
      await this.#wake.promise;
    }
  }

  /** Resolves when QEMU has ended. */
  async emulatorEnded(): Promise<void> {
    if (this.#emulator.exitCode === null && this.#emulator.signalCode === null) await once(this.#emulator, 'exit');
  }

  /** Resolves when QEMU and its recorder have ended. */
  async ended(): Promise<void> {
    await this.emulatorEnded();
    await this.#recorder?.ended;
  }

  async dispose(): Promise<void> {
    this.#emulator.kill('SIGKILL');
    await this.ended();
    await rm(this.directory, { recursive: true, force: true });
  }
}
