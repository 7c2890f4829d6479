import { nicStepWords } from '../../../../shared/words/nic-step-words.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import type { Recorder } from '../../../consoles/console-source.types.ts';
import { endProcess, waitForEnd } from '../../../processes/end-process.ts';
import type { ProcessIdentity } from '../../../processes/process-identity.ts';
import type { ExitFacts } from '../../../processes/spawn-detached.ts';
import type { QmpEvent } from '../../../qemu/qmp/messages.ts';
import { openMonitor } from '../../../qemu/qmp/open-monitor.ts';
import type { QmpClient } from '../../../qemu/qmp/qmp-client.ts';
import { doesNotAnswer } from './does-not-answer.ts';
import { describeEvent, followEvent, stateAfterEnd, stateOfStatus, statusWord, type RunFacts } from './domain-state.ts';
import { endedUnexpectedly } from './ended-unexpectedly.ts';
import { KeptRecord } from './kept-record.ts';
import { guestOff, guestPanicked } from './lifecycle-actions.ts';
import type { Backend, MachinePaths } from '../ports/ports.ts';
import type { RunHooks } from './run.types.ts';
import { removeRunDirectories } from './run-directories.ts';
import type { RuntimeRecord } from './runtime-record.ts';
import { removeFiles } from './remove-files.ts';
import { within } from '../../../processes/within.ts';

/** How long QEMU may take to end by itself after `quit` or after its monitor hung up, ms. */
const quitGrace = 10_000;

/** How long QEMU may take to greet when its monitor is connected to again, ms. */
const reconnectDeadline = 5_000;

/** How long QEMU may take to a word of its monitor before it is told that it doesn't answer, ms. */
const wordPatience = 3_000;

/** How long a guest may take to power off after it was asked to, to be started again, ms: a guest that is off later was told so by somebody else. */
const rebootPatience = 15 * 60_000;

/** The longest time that a timer of Node's takes, ms. */
const longestTimer = 2 ** 31 - 1;

/** Pauses between attempts to reach a monitor that hung up while QEMU lives, ms. */
const firstReconnectPause = 250;
const longestReconnectPause = 10_000;

/**
 * One run of a machine, from its QEMU's spawn to its end: follows QEMU's events, has done what the definition says about
 * power-off and crash (lifecycle-actions.ts), keeps the record on disk, and cleans up when QEMU is gone, however it went.
 */
export class Run {
  facts: RunFacts;
  recorder: Recorder | undefined;
  /** QEMU's process. */
  readonly process: ProcessIdentity;
  /** Resolves when everything is cleaned up, or when {@link detach} let go of it. Never rejects. */
  readonly ended: Promise<void>;

  readonly #paths: MachinePaths;
  readonly #backend: Backend;
  readonly #hooks: RunHooks;
  readonly #exited: Promise<ExitFacts> | undefined;
  readonly #record: KeptRecord;
  #qmp: QmpClient | undefined;
  #destroyed = false;
  #detached = false;
  #exit: ExitFacts | undefined;
  /** QEMU was asked something, and has not answered since. */
  #silent = false;
  #rebootTimer: NodeJS.Timeout | undefined;
  #followed = false;
  readonly #contact = Promise.withResolvers<void>();
  #settleEnded: () => void = () => undefined;
  /** Wakes the wait for another try at the monitor when nobody needs it any more. */
  readonly #over = new AbortController();

  constructor(options: {
    readonly record: RuntimeRecord;
    readonly process: ProcessIdentity;
    readonly facts: RunFacts;
    readonly paths: MachinePaths;
    readonly backend: Backend;
    readonly hooks: RunHooks;
    /** QEMU's exit, where it is our child. */
    readonly exited?: Promise<ExitFacts>;
    /** See {@link KeptRecord}. */
    readonly unread?: boolean;
  }) {
    this.#record = new KeptRecord(options.paths.record, options.record, options.unread === true);
    this.process = options.process;
    this.facts = options.facts;
    this.#paths = options.paths;
    this.#backend = options.backend;
    this.#hooks = options.hooks;
    this.#exited = options.exited;
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve;
    });
    void options.exited?.then((exit) => {
      this.#exit = exit;
    });
  }

  /** Present record; change it through {@link update}. Set, it is not written. */
  get record(): RuntimeRecord {
    return this.#record.value;
  }

  set record(record: RuntimeRecord) {
    this.#record.value = record;
  }

  /** The monitor. @throws TapestryError `qmp` when it can't be reached now */
  get qmp(): QmpClient {
    if (this.#qmp === undefined || !this.#qmp.open || this.#silent) throw this.notAnswering();
    return this.#qmp;
  }

  /**
   * Gives QEMU a command of the user's, and says so when it doesn't answer soon: what it was asked it may do later. Until it answers, the machine's
   * state is unknown.
   *
   * @param asked as in “to pause”
   * @throws TapestryError `qmp` when QEMU refuses or doesn't answer, `closed`, `cancelled`
   */
  async ask(asked: string, command: string, args?: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<unknown> {
    const { qmp } = this;
    const answer = qmp.execute(command, args, { deadline: longestTimer, ...(signal === undefined ? {} : { signal }) });
    if (await within(answer, wordPatience)) return answer;
    answer.catch(() => undefined); // told below; its late answer is heard by the question after it
    this.#fallSilent(qmp);
    throw doesNotAnswer(this.record.name, asked);
  }

  /** Shows that QEMU doesn't answer, until it does. */
  #fallSilent(qmp: QmpClient): void {
    if (this.#silent) return;
    this.#silent = true;
    this.facts = { ...this.facts, state: 'unknown', reason: 'unknown' };
    this.#hooks.problem(this.notAnswering());
    const heard = async () => {
      await qmp.execute('query-status', undefined, { deadline: longestTimer });
      this.#silent = false;
      await this.synchronize();
    };
    // A monitor that hangs up meanwhile is followed to its end, or connected to anew.
    heard().catch((error: unknown) => {
      this.#silent = false;
      if (!(error instanceof TapestryError)) this.#inBackground(Promise.reject(error instanceof Error ? error : new Error(String(error))));
    });
  }

  /** The guest was asked to power off, to be started again (libvirt's reboot without an agent), and may still do so. */
  get rebootWanted(): boolean {
    const { rebootAskedAt } = this.record;
    return rebootAskedAt !== null && Math.abs(Date.now() - rebootAskedAt) < rebootPatience;
  }

  /**
   * Remembers that the guest is to be started again when it is off: until it was reset, or asked for something else, or did not heed it for long.
   * QEMU is told to keep the machine then (set-action, since QEMU 6.0).
   *
   * @throws TapestryError as {@link ask}
   */
  async wantReboot(signal: AbortSignal): Promise<void> {
    await this.ask('to keep the machine when its guest is off', 'set-action', { shutdown: 'pause' }, signal);
    await this.update({ rebootAskedAt: Date.now() });
    this.#forgetInTime();
  }

  /** Forgets a reboot that was asked for, here and in QEMU. @throws TapestryError as {@link ask} */
  async forgetReboot(): Promise<void> {
    clearTimeout(this.#rebootTimer);
    if (this.record.rebootAskedAt === null) return;
    await this.update({ rebootAskedAt: null });
    // What its command line said (clock-and-boot.ts).
    const shutdown = this.#hooks.lifecycle.onPoweroff === 'destroy' ? 'poweroff' : 'pause';
    if (this.reachable) await this.ask('to end when its guest is off', 'set-action', { shutdown });
    this.#hooks.changed();
  }

  #forgetInTime(): void {
    clearTimeout(this.#rebootTimer);
    const { rebootAskedAt } = this.record;
    if (rebootAskedAt === null) return;
    const left = Math.max(0, rebootAskedAt + rebootPatience - Date.now());
    this.#rebootTimer = setTimeout(() => this.#inBackground(this.forgetReboot()), Math.min(left, rebootPatience)).unref();
  }

  /** What is told while QEMU lives and its monitor says nothing. */
  notAnswering(): TapestryError {
    return doesNotAnswer(this.record.name);
  }

  /** Is the monitor connected? */
  get reachable(): boolean {
    return this.#qmp?.open === true;
  }

  /** Takes the connected monitor. Its events must go to {@link take}. */
  attachMonitor(qmp: QmpClient): void {
    this.#qmp = qmp;
    // Whoever asks whatever of it; a start has its own end.
    qmp.onSilence(wordPatience, () => {
      if (this.#followed && this.#qmp === qmp) this.#fallSilent(qmp);
    });
  }

  /** Follows one event of QEMU. */
  take(event: QmpEvent): void {
    const before = this.facts;
    const { facts, consequence } = followEvent(before, event);
    this.facts = facts;
    const words = describeEvent(event);
    if (words !== undefined) this.#hooks.log(words);
    if (event.event === 'NETDEV_STREAM_DISCONNECTED') this.#hooks.nicLost();
    if (facts.state !== before.state || facts.reason !== before.reason) {
      this.#hooks.changed();
      // Before `running` the start itself writes the record, at its own moments.
      if (this.record.phase === 'running') this.#inBackground(this.update({ state: { state: facts.state, reason: facts.reason } }));
    }
    // It boots anew: what was wished of the power cycle before it is over.
    if (event.event === 'RESET' && this.record.rebootAskedAt !== null) this.#inBackground(this.forgetReboot());
    const device = event.data['device'];
    if ((event.event === 'DEVICE_DELETED' || event.event === 'DEVICE_UNPLUG_GUEST_ERROR') && typeof device === 'string')
      this.#hooks.deviceGone(device, event.event !== 'DEVICE_DELETED');
    if (consequence === 'guest-off') this.#inBackground(guestOff(this, this.#hooks.lifecycle, facts.shutdown ?? ''));
    if (consequence === 'guest-panicked') this.#inBackground(guestPanicked(this, this.#hooks, this.#paths.persistent));
    if (event.event === 'RESET' && event.data['guest'] === true && this.#hooks.lifecycle.onReboot === 'destroy')
      this.#inBackground(this.quit());
  }

  /** Changes the record and writes it. @throws TapestryError `storage-full`, `io` */
  update(change: Partial<RuntimeRecord>): Promise<void> {
    return this.#record.change(change);
  }

  /** Begins to wait for the end. Call it once, when the start has succeeded or the machine was found running. */
  follow(): void {
    this.#followed = true;
    this.#record.keepDirectory();
    this.#forgetInTime();
    this.#inBackground(this.#followToTheEnd());
  }

  /** Ends QEMU after the guest is off: `quit`, then signals. Resolves when it is cleaned up. */
  async quit(): Promise<void> {
    try {
      if (this.#qmp?.open === true) await this.#qmp.execute('quit', undefined, { deadline: 5_000 });
    } catch (error) {
      // It hung up first, or doesn't answer: the signals below end it.
      if (!(error instanceof TapestryError) || (error.code !== 'closed' && error.code !== 'deadline' && error.code !== 'qmp')) throw error;
    }
    if (!(await this.#gone(quitGrace))) await endProcess(this.process);
    await this.ended;
  }

  /**
   * Forces the machine off: SIGTERM, after the grace SIGKILL.
   *
   * @throws TapestryError `wrong-state` when the kernel can't end QEMU (a disk that doesn't answer)
   */
  async destroy(): Promise<void> {
    this.#destroyed = true;
    const how = await endProcess(this.process);
    if (how === 'stuck') {
      throw new TapestryError('wrong-state', 'QEMU was killed, and the kernel has not let it end yet.', {
        next: 'It waits for a device or a network disk; it ends when that answers.',
      });
    }
    // What it may have said before its end is of no interest any more, however much it is.
    this.#qmp?.close();
    await this.ended;
  }

  /** Lets go without touching QEMU: the app is closing. Resolves when the record is on disk as it is. */
  async detach(): Promise<void> {
    this.#detached = true;
    clearTimeout(this.#rebootTimer);
    await this.#record.idle();
    this.#record.close();
    this.#over.abort();
    this.recorder?.detach();
    this.#qmp?.close();
    this.#settleEnded();
  }

  async #followToTheEnd(): Promise<void> {
    let pause = firstReconnectPause;
    for (;;) {
      if (this.#qmp?.open === true) {
        const failure = await this.#qmp.closed;
        if (this.#detached) return;
        if (await this.#gone(quitGrace)) break;
        this.#hooks.problem(
          failure ?? new TapestryError('qmp', "QEMU's monitor hung up while QEMU runs.", { next: 'Tapestry keeps trying to reach it.' }),
        );
        this.#hooks.changed();
      }
      try {
        const qmp = await openMonitor(this.record.monitor, {
          deadline: reconnectDeadline,
          onEvent: (event) => this.take(event),
          signal: this.#over.signal,
        });
        if (this.#stopped()) {
          qmp.close();
          return;
        }
        this.attachMonitor(qmp);
        this.#silent = false;
        await this.synchronize();
        this.#contact.resolve();
        pause = firstReconnectPause;
        continue;
      } catch (error) {
        if (this.#stopped()) return;
        if (!(error instanceof TapestryError) && !isSystemError(error)) throw error;
        this.#qmp?.close();
        this.#qmp = undefined;
      }
      if (await this.#gone(pause)) break;
      pause = Math.min(pause * 2, longestReconnectPause);
    }
    // The app closes: what is left is the next run's to clean up.
    if (!this.#stopped()) await this.#finish();
  }

  /** Waits for the monitor of a machine that was found running. @returns false when it has not answered within `patience` ms; the attempts go on */
  firstContact(patience: number): Promise<boolean> {
    return within(Promise.race([this.#contact.promise, this.ended]), patience);
  }

  /** Asks QEMU what state it is in, after events may have been missed, and acts on it. */
  async synchronize(): Promise<void> {
    const word = statusWord(await this.qmp.execute('query-status', undefined, { deadline: reconnectDeadline })) ?? 'unknown';
    const { pauseReason } = this.facts;
    this.facts = stateOfStatus(word, word === 'paused' && pauseReason === 'user' ? { state: 'paused', reason: 'user' } : this.record.state);
    this.#hooks.answers();
    this.#hooks.changed();
    // A record that can't be written is told; it is no reason to let go of a monitor that answers.
    if (this.record.phase === 'running') this.#inBackground(this.update({ state: { state: this.facts.state, reason: this.facts.reason } }));
    if (this.facts.shutdown !== undefined) this.#inBackground(guestOff(this, this.#hooks.lifecycle, this.facts.shutdown));
    else if (this.facts.panicked) this.#inBackground(guestPanicked(this, this.#hooks, this.#paths.persistent));
  }

  /** Waits for the process's end. @returns false when it still lives after `patience` ms */
  #gone(patience: number): Promise<boolean> {
    return this.#exited === undefined ? waitForEnd(this.process, patience) : within(this.#exited, patience);
  }

  #stopped(): boolean {
    return this.#detached;
  }

  async #finish(): Promise<void> {
    this.#qmp?.close();
    this.#over.abort();
    this.#record.close();
    clearTimeout(this.#rebootTimer);
    await this.#record.idle();
    const state = stateAfterEnd(this.facts, this.#destroyed);
    const error = state.reason === 'crashed' && !this.facts.panicked ? await endedUnexpectedly(this.record, this.#exit) : undefined;
    await this.cleanUp();
    this.#hooks.ended(state, error);
    this.#settleEnded();
  }

  /** Removes what a run leaves behind once QEMU is gone. Failures are told, never thrown: the machine is off all the same. */
  async cleanUp(): Promise<void> {
    try {
      if (!(await this.#record.isKnown()))
        throw new TapestryError('io', `The record of the run in ${this.#paths.record} can't be read: what it names is not cleaned up.`, {
          next: 'Look through what it names once it can be read, then remove it.',
        });
      for (const step of await this.#backend.releaseNics(this.record.nics)) this.#hooks.log(nicStepWords(step));
      await this.#record.idle();
      await removeRunDirectories(this.#paths);
      if (this.record.undefined !== undefined) await removeFiles(this.#paths, this.record.undefined);
    } catch (error) {
      this.#hooks.problem(
        error instanceof TapestryError
          ? error
          : new TapestryError('io', `What the machine left behind in ${this.#paths.runtime} can't be removed.`, {
              cause: error,
              detail: String(error),
            }),
      );
    }
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (this.#detached) return;
      this.#hooks.problem(
        error instanceof TapestryError
          ? error
          : new TapestryError('internal', 'Following the machine failed.', { cause: error, detail: String(error) }),
      );
    });
  }
}

const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;
