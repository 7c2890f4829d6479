import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TapestryError } from '../../../shared/errors.ts';
import { identifyProcess } from '../../processes/process-identity.ts';
import type { RecordedMachine, RecordedSource, Recorder, RecorderOptions } from '../console-source.types.ts';
import { startRecorder } from '../recorder.ts';
import { findRecorder } from './find-recorder.ts';

/**
 * A machine without a guest: a process that stands for QEMU, and a unix socket in the test's hands where QEMU's chardev
 * would be. The recorder is the real one.
 */
export class FakeMachine implements RecordedSource {
  readonly directory: string;
  readonly limitBytes: number;
  /** What the guest was sent, while `reading`. */
  typed: Buffer = Buffer.alloc(0);
  recorder: Recorder | undefined;
  line: net.Socket | undefined;
  #emulator: ChildProcess | undefined;
  #server: net.Server | undefined;
  #watchers = new Set<() => void>();
  #current: RecordedMachine;

  private constructor(directory: string, limitBytes: number) {
    this.directory = directory;
    this.limitBytes = limitBytes;
    this.#current = {
      uuid: '7c1c0a3e-9f0f-4b8e-8d5f-0a4f3c1d2e3b',
      name: 'fake',
      state: 'off',
      ports: [{ alias: 'serial0', interactive: true }],
      recordingDirectory: path.join(directory, 'recording'),
      recorderSocket: null,
      run: null,
    };
  }

  static async make(limitBytes = 1024 * 1024): Promise<FakeMachine> {
    return new FakeMachine(await mkdtemp(path.join(tmpdir(), 'tapestry-consoles-')), limitBytes);
  }

  machine(ref: string): RecordedMachine {
    if (ref !== this.#current.name && ref !== this.#current.uuid) throw new TapestryError('not-found', `There is no machine ${ref}.`);
    return this.#current;
  }

  async *watch(_ref: string, signal: AbortSignal): AsyncGenerator<RecordedMachine> {
    let wake = Promise.withResolvers<void>();
    const notify = () => wake.resolve();
    this.#watchers.add(notify);
    signal.addEventListener('abort', notify, { once: true });
    try {
      while (!signal.aborted) {
        wake = Promise.withResolvers<void>();
        yield this.#current;
        await wake.promise;
      }
    } finally {
      this.#watchers.delete(notify);
    }
  }

  /** Changes what the consoles are told. */
  tell(change: Partial<RecordedMachine>): void {
    this.#current = { ...this.#current, ...change };
    for (const notify of this.#watchers) notify();
  }

  get recordingDirectory(): string {
    return this.#current.recordingDirectory;
  }

  /** Starts the process that stands for QEMU, and its serial port. */
  async startEmulator(): Promise<RecorderOptions> {
    const socketPath = path.join(this.directory, 'serial0.sock');
    this.#emulator = spawn('sleep', ['infinity'], { stdio: 'ignore' });
    await once(this.#emulator, 'spawn');
    this.#server = net.createServer((socket) => {
      this.line = socket;
      socket.on('data', (bytes) => {
        this.typed = Buffer.concat([this.typed, bytes]);
      });
      socket.on('error', () => socket.destroy());
    });
    await rm(socketPath, { force: true });
    await once(this.#server.listen(socketPath), 'listening');
    const qemu = await identifyProcess(this.#emulator.pid ?? 0);
    if (qemu === undefined) throw new Error('the stand-in for QEMU ended at once');
    return {
      directory: this.recordingDirectory,
      socketPath: path.join(this.directory, 'recorder.sock'),
      qemu,
      since: Date.now(),
      limitBytes: this.limitBytes,
      ports: [{ alias: 'serial0', via: { kind: 'unix', path: socketPath } }],
    };
  }

  async powerOn(): Promise<Recorder> {
    const options = await this.startEmulator();
    this.recorder = await startRecorder(options);
    while (this.line === undefined || this.line.destroyed) await new Promise(setImmediate);
    this.tell({ state: 'running', recorderSocket: options.socketPath, run: `${options.qemu.pid}-${options.qemu.startTime}` });
    return this.recorder;
  }

  /** Prints as a guest does; resolves when the recorder has taken it (but for what a socket buffers). */
  async print(bytes: Uint8Array | string): Promise<void> {
    if (this.line === undefined) throw new Error('the machine is off');
    if (!this.line.write(bytes)) await once(this.line, 'drain');
  }

  /** Pid of the recorder; 0 when there is none. */
  async recorderPid(): Promise<number> {
    return await findRecorder(this.recordingDirectory);
  }

  /** Kills the recorder as a crash would. */
  async killRecorder(): Promise<void> {
    process.kill(await this.recorderPid(), 'SIGKILL');
  }

  /** Ends the process as a power-off does, after what was printed has left. */
  async powerOff(): Promise<void> {
    const { line } = this;
    const emulator = this.#emulator;
    const server = this.#server;
    if (line !== undefined && !line.destroyed) {
      line.end();
      await once(line, 'close');
    }
    server?.close();
    if (emulator !== undefined && emulator.exitCode === null && emulator.signalCode === null) {
      emulator.kill('SIGKILL');
      await once(emulator, 'exit');
    }
    await this.recorder?.ended;
    this.line = undefined;
    this.#emulator = undefined;
    this.recorder = undefined;
    this.tell({ state: 'off', recorderSocket: null, run: null });
  }

  async dispose(): Promise<void> {
    this.line?.destroy();
    this.#server?.close();
    this.#emulator?.kill('SIGKILL');
    await this.recorder?.ended;
    await rm(this.directory, { recursive: true, force: true });
  }
}
