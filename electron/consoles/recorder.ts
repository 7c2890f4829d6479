import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { TapestryError } from '../../shared/errors.ts';
import { mayPass } from '../files/patiently.ts';
import { isProcessAlive, type ProcessIdentity } from '../processes/process-identity.ts';
import type { Recorder, RecorderOptions } from './console-source.types.ts';
import { RecorderConnection } from './recorder-connection.ts';
import { endRecorders } from './end-recorder.ts';
import { findRecorders } from './find-recorders.ts';
import { recordOfArguments } from './recorder-arguments.ts';
import { findRecorderProgram } from './recorder-program.ts';
import { type RecorderRecord, readRecorderRecord, recorderRecord, writeRecorderRecord } from './recorder-record.ts';
import { spawnRecorder } from './spawn-recorder.ts';

/** Default bound of a port's recording on disk, bytes. */
export const defaultLimitBytes = 64 * 1024 * 1024;

/** Pauses between attempts to start a recorder that keeps dying, ms. */
const firstPause = 50;
const longestPause = 5000;

/** How long the recorder of the run before may take to end, ms. Its QEMU has ended already. */
const previousDeadline = 5_000;

/**
 * Starts the recorder of a run that begins. Resolves when its ports are open, so that nothing the guest prints from now
 * on is lost: call it before the machine runs (`cont`).
 *
 * @throws TapestryError `io` with the recorder's own words, `host-missing` when it isn't built, `qemu-exited` when QEMU is gone
 */
export async function startRecorder(options: RecorderOptions, program = findRecorderProgram()): Promise<Recorder> {
  const { directory } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const record = recorderRecord.parse({ ...options, limitBytes: options.limitBytes ?? defaultLimitBytes });
  await previousEnded(directory, record.qemu);
  await writeRecorderRecord(directory, record);
  const outcome = await spawnFresh(program, directory, record);
  if (outcome === 'no-qemu') throw new TapestryError('qemu-exited', 'QEMU ended before its serial ports could be recorded.');
  return new KeptRecorder(directory, record, program);
}

/** Starts a recorder, which waits for the directory's lock: one that holds it and doesn't end is ended. */
const spawnFresh = async (program: string, directory: string, record: RecorderRecord): ReturnType<typeof spawnRecorder> => {
  let stuck: Promise<void> | undefined;
  const timer = setTimeout(() => {
    stuck = endRecorders(directory, record.qemu.pid);
    stuck.catch(() => undefined); // thrown below, where the start fails by it
  }, previousDeadline);
  try {
    return await spawnRecorder(program, directory, record, true);
  } catch (error) {
    await stuck;
    throw error;
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Looks after the recorder of a machine that was found running; starts it again when it is gone. Where its record can't be understood, the command
 * line of the recorder that runs says the same.
 *
 * @returns undefined when nothing was recorded there, or the QEMU of that recording has ended
 * @throws TapestryError `io` where neither can be read, `host-missing`
 */
export async function attachRecorder(directory: string, program = findRecorderProgram()): Promise<Recorder | undefined> {
  const record = await readRecorderRecord(directory).catch(async (error: unknown) => {
    const running = await recordOfRunning(directory);
    if (running === undefined) throw error;
    return running;
  });
  if (record === undefined || !(await isProcessAlive(record.qemu))) return undefined;
  return new KeptRecorder(directory, record, program);
}

/** What the recorder of a QEMU that runs was started with; undefined where there is none. */
const recordOfRunning = async (directory: string): Promise<RecorderRecord | undefined> => {
  for (const { words } of await findRecorders(directory)) {
    const record = recordOfArguments(words);
    if (record !== undefined && (await isProcessAlive(record.qemu))) return record;
  }
  return undefined;
};

/** Waits until the recorder of the run before has ended: its viewers tell the runs apart by `recorder.json`. */
const previousEnded = async (directory: string, next: ProcessIdentity): Promise<void> => {
  const record = await readRecorderRecord(directory).catch((error: unknown) => {
    // A damaged one is about to be replaced; one that can't be read now may speak of a recorder that runs.
    if (error instanceof TapestryError && mayPass(error.cause)) throw error;
    return undefined;
  });
  if (record === undefined) return;
  const same = record.qemu.pid === next.pid && record.qemu.startTime === next.startTime;
  // An attempt for this very run that did not come to its end is no other machine's.
  if (!same && (await isProcessAlive(record.qemu))) {
    throw new TapestryError(
      'wrong-state',
      `The serial ports of this machine are being recorded: it runs already (pid ${record.qemu.pid}).`,
    );
  }
  const signal = AbortSignal.timeout(previousDeadline);
  const connection = await connectIfRunning(record.socketPath, signal);
  await connection?.ended();
  // It doesn't answer, and what it recorded is over.
  if (signal.aborted) await endRecorders(directory, next.pid);
};

/** A connection to the recorder; undefined when none listens, or `signal` ended the attempt: then there is none to be waited for or stopped. */
const connectIfRunning = async (socketPath: string, signal?: AbortSignal): Promise<RecorderConnection | undefined> => {
  try {
    return await RecorderConnection.open(socketPath, signal);
  } catch (error) {
    if (error instanceof TapestryError && (error.code === 'closed' || error.code === 'cancelled')) return undefined;
    throw error;
  }
};

class KeptRecorder implements Recorder {
  readonly directory: string;
  readonly socketPath: string;
  readonly ended: Promise<void>;
  readonly #record: RecorderRecord;
  readonly #program: string;
  readonly #detached = new AbortController();
  #stopping = false;

  constructor(directory: string, record: RecorderRecord, program: string) {
    this.directory = directory;
    this.socketPath = record.socketPath;
    this.#record = record;
    this.#program = program;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    void this.#keep().then((over) => {
      if (over) resolve();
    });
  }

  detach(): void {
    this.#detached.abort();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const connection = await connectIfRunning(this.socketPath);
    await connection?.stop();
    // What is waited for below keeps no process alive by itself.
    const alive = setInterval(() => undefined, 1000);
    await this.ended;
    clearInterval(alive);
  }

  /** Returns true when the recorder has ended for good, false when it was let go of. */
  async #keep(): Promise<boolean> {
    let pause = firstPause;
    while (!this.#detached.signal.aborted) {
      if (await this.#follow()) pause = firstPause;
      if (this.#detached.signal.aborted) break;
      if (this.#stopping || !(await isProcessAlive(this.#record.qemu))) return true;
      try {
        await spawnRecorder(this.#program, this.directory, this.#record, false);
      } catch (error) {
        // Nobody waits for this; the ports' state says `connecting` until an attempt succeeds.
        console.error(`The serial recorder for ${this.directory} can't be started again:`, error);
      }
      await delay(pause, undefined, { ref: false });
      pause = Math.min(pause * 2, longestPause);
    }
    return false;
  }

  /** Holds a connection until it ends. Returns whether there was one. */
  async #follow(): Promise<boolean> {
    const connection = await connectIfRunning(this.socketPath, this.#detached.signal);
    connection?.unref();
    await connection?.ended();
    return connection !== undefined;
  }
}
