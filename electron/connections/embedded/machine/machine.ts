import type { MachineAction, MachineSummary } from '../../../../shared/contract/machines.ts';
import { embeddedConnection } from '../../../../shared/contract/embedded-connection.ts';
import type { SupportDifferences } from '../../../../shared/contract/support.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { SerialQueue } from '../../../../shared/serial-queue.ts';
import type { DomainState } from '../run/domain-state.ts';
import type { Failure } from './last-failure.ts';
import type { MachineContext } from './machine-context.ts';
import { machinePaths } from '../ports/machine-paths.ts';
import { MacvtapLinks } from '../run/macvtap-links.ts';
import { PendingChanges } from './pending-changes.ts';
import type { FailedStart } from '../start/nic-finding.ts';
import type { DefinitionFacts, MachinePaths } from '../ports/ports.ts';
import type { Run } from '../run/run.ts';
import type { RunHooks } from '../run/run.types.ts';
import { setAsideWords } from '../definitions/set-aside.ts';
import { transientSupport } from '../support/embedded-support.ts';
import { startMachine } from '../start/start-machine.ts';
import { withObstacles } from '../start/why-it-failed.ts';
import type { StoredDefinition } from '../definitions/store/stored-definition.ts';

/** How long a start may go on when the app closes, ms. */
const closePatience = 3_000;

/** The machine is off, or QEMU can't be asked. */
const wrongState = (machine: Machine, what: string): TapestryError =>
  new TapestryError('wrong-state', `“${machine.facts.name}” is ${machine.state.state}: it can't be ${what}.`);

/** The cables that were moved while it runs, and not back. */
const movedCables = (run: Run | undefined): Pick<MachineSummary, 'moved'> => {
  const moved = run?.record.nics.flatMap(({ alias, moved: one }) => (one === undefined ? [] : [{ alias, ...one }])) ?? [];
  return moved.length === 0 ? {} : { moved };
};

/** One machine: its stored definition, its run if it has one, and everything a user can do to its state. */
export class Machine {
  readonly uuid: string;
  /** Of its run while there is one, else of the next. */
  paths: MachinePaths;
  /** Undefined for a transient machine. */
  stored: StoredDefinition | undefined;
  /** Of the stored definition, or of what runs for a transient one. */
  facts: DefinitionFacts;
  run: Run | undefined;
  transition: MachineSummary['transition'];
  /** What went wrong last, until the next start. */
  failure: Failure | undefined;
  /** The last start, where it failed; until the next one. */
  failedStart: FailedStart | undefined;
  /** Changes to the machine go one after another; forcing it off doesn't wait. */
  readonly jobs = new SerialQueue();

  readonly #context: MachineContext<Machine>;
  readonly #pending = new PendingChanges();
  #off: DomainState = { state: 'shut off', reason: 'unknown' };
  #starting: AbortController | undefined;
  readonly #links: MacvtapLinks;

  constructor(context: MachineContext<Machine>, facts: DefinitionFacts, stored: StoredDefinition | undefined) {
    this.#context = context;
    this.#links = new MacvtapLinks(context.backend.helper);
    this.uuid = facts.uuid;
    this.facts = facts;
    this.stored = stored;
    this.paths = machinePaths(context.directories, facts.uuid);
  }

  /** Present state with libvirt's reason. */
  get state(): DomainState {
    return this.run?.facts ?? this.#off;
  }

  /** The name that it is shown with: while it runs, the one that it was started with. */
  get name(): string {
    return this.run?.record.name ?? this.facts.name;
  }

  /** The running machine. @throws TapestryError `wrong-state` when it is off */
  running(what: string): Run {
    if (this.run === undefined) throw wrongState(this, what);
    return this.run;
  }

  /** The running machine, whose QEMU answers as far as is known. @throws TapestryError `wrong-state` when it is off, `qmp` when it doesn't answer */
  #answering(what: string): Run {
    const run = this.running(what);
    if (run.facts.state === 'unknown') throw run.notAnswering();
    return run;
  }

  /** What is otherwise with it than with its connection. */
  get support(): SupportDifferences {
    return this.stored === undefined ? transientSupport : {};
  }

  /** What a list shows. */
  summary(): MachineSummary {
    const { run, facts, state } = this;
    const live = run === undefined ? facts : { ...facts, consoles: run.record.consoles };
    const { lifecycle: _lifecycle, ...shown } = live;
    return {
      ...shown,
      connection: embeddedConnection,
      name: this.name,
      state: state.state,
      reason: state.reason,
      ...(this.transition === undefined ? {} : { transition: this.transition }),
      id: run?.record.id ?? null,
      pid: run?.process.pid ?? null,
      startedAt: run?.record.startedAt ?? null,
      autostart: this.stored?.autostart ?? false,
      persistent: this.stored !== undefined,
      pending: run !== undefined && this.stored !== undefined && this.#pending.of(this.stored.xml, run.record),
      ...movedCables(run),
      ...(this.failure === undefined ? {} : { lastError: this.failure.error, lastErrorAt: this.failure.at }),
      ...(this.stored === undefined ? { support: this.support } : {}),
    };
  }

  /**
   * Does what the user asked for.
   *
   * @param startAs what a start is made of where that isn't the definition as it is stored
   * @throws TapestryError `wrong-state` and what the start or QEMU says
   */
  async act(action: MachineAction, signal: AbortSignal, startAs?: string): Promise<void> {
    if (action === 'destroy') {
      await this.#destroy();
      return;
    }
    await this.jobs.run(async () => {
      if (signal.aborted) throw new TapestryError('cancelled', 'The action was cancelled before it began.');
      switch (action) {
        case 'start':
        case 'start-paused':
          await this.#start(action === 'start-paused', signal, startAs);
          break;
        case 'shutdown':
          await this.#powerButton('stopping', signal);
          break;
        case 'reboot':
          await this.#powerButton('rebooting', signal);
          break;
        case 'reset':
          await this.running('reset').ask('to reset the guest', 'system_reset', undefined, signal);
          this.#setTransition(undefined);
          break;
        case 'suspend':
          await this.#suspend(signal);
          break;
        case 'resume':
          await this.#resume(signal);
          break;
      }
    });
  }

  /** Takes a run: a start's, or one that was found. @param paths where its files are, where that is elsewhere than a start makes them */
  attach(run: Run, paths: MachinePaths = this.paths): void {
    this.run = run;
    this.paths = paths;
    this.#context.changed(this);
  }

  /** What a run tells about itself goes to this machine. */
  hooks(lifecycle: DefinitionFacts['lifecycle']): RunHooks {
    return {
      lifecycle,
      changed: () => {
        const { state } = this.state;
        if (this.transition?.kind === 'rebooting' && state === 'running') this.transition = undefined;
        this.#context.changed(this);
        this.#followProcessors();
      },
      answers: () => {
        // What was told of its silence is over.
        const told = this.failure?.error;
        if (told?.code === 'qmp' && told.fixes?.some(({ kind }) => kind === 'force-off') === true) this.failure = undefined;
      },
      log: (text) => this.#context.log(this, text),
      deviceGone: (alias, refused) => this.#context.deviceGone(this, alias, refused),
      nicLost: () => this.#context.nicLost(this),
      problem: (error) => this.fail(error),
      ended: (state, error) => {
        this.run = undefined;
        this.paths = machinePaths(this.#context.directories, this.uuid);
        if (error !== undefined) this.failure = { at: Date.now(), error: error.data };
        this.setOff(state);
        this.transition = undefined;
        this.#context.log(this, `Off (${state.reason})`);
        this.#context.did(this, `“${this.facts.name}” is off (${state.reason})`, state.reason === 'crashed' ? 'warning' : 'info');
        if (this.stored === undefined) this.#context.vanished(this);
        else {
          this.#context.changed(this);
          this.#context.xmlChanged(this);
        }
      },
    };
  }

  /** Shows what went wrong until the next start. */
  fail(error: TapestryError): void {
    this.failure = { at: Date.now(), error: error.data };
    this.#context.log(this, error.message);
    this.#context.changed(this);
  }

  /** The state that is shown while it is off, with the reason. @param remembered false for one that is only supposed: nothing is written down */
  setOff(state: DomainState, remembered = true): void {
    this.#off = state;
    if (remembered) this.#context.remember(this, { ...state, failure: this.failure });
  }

  /** Waits for what is being done to the machine; a start that takes longer than a moment is cancelled, and undone. */
  async settle(): Promise<void> {
    const timer = setTimeout(() => this.#starting?.abort(), closePatience);
    try {
      await this.jobs.idle();
    } finally {
      clearTimeout(timer);
    }
  }

  async #start(paused: boolean, signal: AbortSignal, startAs?: string): Promise<void> {
    if (this.run !== undefined) throw wrongState(this, 'started');
    const { stored } = this;
    if (stored === undefined) throw wrongState(this, 'started');
    // Never twice: neither in the records nor among the processes may be one of this machine.
    await this.#context.lookForRun(this);
    if (this.run !== undefined) throw wrongState(this, 'started');
    const starting = new AbortController();
    this.#starting = starting;
    this.failure = undefined;
    this.failedStart = undefined;
    this.#setTransition('starting');
    let run: Run;
    try {
      run = await startMachine({
        xml: startAs ?? stored.xml,
        facts: this.facts,
        id: this.#context.nextId(),
        paused,
        paths: this.paths,
        backend: this.#context.backend,
        hooks: this.hooks(this.facts.lifecycle),
        held: this.#context.held(this.uuid),
        signal: AbortSignal.any([signal, starting.signal]),
        adopt: (made) => {
          this.run = made;
        },
        ...(this.#context.step === undefined ? {} : { step: this.#context.step }),
      });
    } catch (failed) {
      const error =
        failed instanceof TapestryError ? await withObstacles(failed, () => this.#context.backend.problems(startAs ?? stored.xml)) : failed;
      this.run = undefined;
      this.transition = undefined;
      if (error instanceof TapestryError && error.code !== 'cancelled') {
        this.failure = { at: Date.now(), error: error.data };
        this.failedStart = { ...this.failure, xml: stored.xml };
      }
      this.setOff({ state: 'shut off', reason: 'failed' });
      const failure = error instanceof Error ? error.message : String(error);
      this.#context.log(this, `The start failed: ${failure}`);
      this.#context.did(this, `“${this.facts.name}” did not start: ${failure}`, 'error');
      this.#context.changed(this);
      throw error;
    } finally {
      this.#starting = undefined;
    }
    this.transition = undefined;
    this.#context.remember(this, undefined);
    const without = setAsideWords(run.record.definition);
    if (without !== undefined) this.#context.log(this, without);
    this.#context.log(this, `Started, pid ${run.process.pid}`);
    this.attach(run);
    this.#context.xmlChanged(this);
    this.#context.did(this, `Started “${run.record.name}” (id ${run.record.id}, pid ${run.process.pid})`);
  }

  async #destroy(): Promise<void> {
    if (this.#starting !== undefined) {
      this.#starting.abort();
      await this.jobs.idle();
      if (this.run === undefined) return;
    }
    if (this.run === undefined) await this.#context.lookForRun(this);
    await this.running('forced off').destroy();
  }

  /** Presses the guest's power button; for a reboot QEMU is told to keep the machine, which then boots again. */
  async #powerButton(kind: 'stopping' | 'rebooting', signal: AbortSignal): Promise<void> {
    const what = kind === 'stopping' ? 'shut down' : 'rebooted';
    const run = this.#answering(what);
    if (run.facts.state !== 'running') throw wrongState(this, what);
    if (kind === 'rebooting') await run.wantReboot(signal);
    else await run.forgetReboot();
    await run.ask('to press the power button', 'system_powerdown', undefined, signal);
    this.#setTransition(kind);
  }

  async #suspend(signal: AbortSignal): Promise<void> {
    const run = this.#answering('paused');
    if (run.facts.state !== 'running') throw wrongState(this, 'paused');
    run.facts = { ...run.facts, pauseReason: 'user' };
    await run.ask('to pause the guest', 'stop', undefined, signal);
    await this.#links.set(run, false);
  }

  async #resume(signal: AbortSignal): Promise<void> {
    const run = this.#answering('resumed');
    if (run.facts.state === 'pmsuspended') await run.ask('to wake the guest', 'system_wakeup', undefined, signal);
    else if (run.facts.state === 'paused') {
      await this.#links.set(run, true);
      await run.ask('to resume the guest', 'cont', undefined, signal);
    } else throw wrongState(this, 'resumed');
  }

  /** Macvtaps follow the processors, whoever stopped or woke them: the guest, a watchdog, a monitor command. */
  #followProcessors(): void {
    const { run } = this;
    const { state } = this.state;
    if (run?.record.phase !== 'running' || (state !== 'running' && state !== 'paused')) return;
    this.#links.set(run, state === 'running').catch((error: unknown) => {
      // A machine that ended meanwhile took its macvtaps with it.
      if (this.run !== run) return;
      this.fail(
        error instanceof TapestryError ? error : new TapestryError('internal', 'A macvtap could not be switched.', { cause: error }),
      );
    });
  }

  #setTransition(kind: 'starting' | 'stopping' | 'rebooting' | undefined): void {
    this.transition = kind === undefined ? undefined : { kind, since: Date.now() };
    this.#context.changed(this);
  }
}
