import { join } from 'node:path';
import type { MachineEvent, MachineSummary, MarkedStart } from '../../../../shared/contract/machines.ts';
import type { Activity } from '../../../../shared/contract/computer.ts';
import { embeddedConnection } from '../../../../shared/contract/embedded-connection.ts';
import { TapestryError, wordsOf } from '../../../../shared/errors.ts';
import { autostart, type Autostart } from './autostart.ts';
import { unusableFacts } from '../definitions/definition-facts.ts';
import { deviceGone } from '../hotplug/device-gone.ts';
import { EventHub } from '../../../../shared/event-hub.ts';
import { findMachine, lookForMachine } from './find-machine.ts';
import type { HeldImages } from '../images/image-use.ts';
import { LastStates } from '../machine/last-states.ts';
import type { MachineContext } from '../machine/machine-context.ts';
import { Machine } from '../machine/machine.ts';
import { MachineNews } from './machine-news.ts';
import type { Backend, EmbeddedDirectories } from '../ports/ports.ts';
import { lookForRun, recoverMachines } from '../recover/recover.ts';
import type { RecoverRequest } from '../recover/recover.types.ts';
import type { RuntimeRecord } from '../run/runtime-record.ts';
import type { StartRequest } from '../start/start-request.ts';
import { DefinitionStore } from '../definitions/store/definition-store.ts';
import type { BrokenDefinition } from '../definitions/store/kept-aside.ts';
import type { StoredDefinition } from '../definitions/store/stored-definition.ts';
import type { KeptFile, UndefineChoices } from '../run/remove-files.ts';
import { finishUndefines, undefineMachine } from '../undefine/undefine.ts';

/** What {@link Machines} is made of. */
export interface MachinesOptions {
  readonly directories: EmbeddedDirectories;
  readonly backend: Backend;
  /** Gets defects of ours and what no user can be told elsewhere. */
  readonly log: (error: unknown, where: string) => void;
  /** This process is a command that is done in a moment: it starts no machine that it wasn't told to start. */
  readonly brief?: boolean;
  /** For tests: see {@link StartRequest.step}. */
  readonly step?: StartRequest['step'];
}

/** All machines of the embedded connection: the stored ones and those that run. */
export class Machines {
  readonly store: DefinitionStore;
  readonly events = new EventHub<MachineEvent>();
  /** Machines whose QEMU says that the host's end of a NIC went away. */
  readonly lostNics = new EventHub<Machine>();
  readonly #options: MachinesOptions;
  readonly #machines = new Map<string, Machine>();
  readonly #context: MachineContext<Machine>;
  readonly #recovery: RecoverRequest;
  readonly #lastStates: LastStates;
  readonly #news = new MachineNews();
  #lastId = 0;
  #opened = false;
  #starting: Promise<Autostart> | undefined;
  /** Is everything being let go of? Nothing is begun any more. */
  closing = false;

  private constructor(options: MachinesOptions, store: DefinitionStore) {
    this.#options = options;
    this.store = store;
    this.#lastStates = new LastStates(options.directories.state, options.log);
    this.#recovery = {
      directories: options.directories,
      backend: options.backend,
      machineOf: (record) => this.#machines.get(record.uuid) ?? this.#addTransient(record),
      known: (uuid) => this.#machines.get(uuid),
      nextId: () => (this.#lastId += 1),
      note: (text) => this.note(text, 'warning'),
    };
    this.#context = {
      directories: options.directories,
      backend: options.backend,
      nextId: () => (this.#lastId += 1),
      lookForRun: (machine) => lookForRun(machine, this.#recovery),
      held: (except) => this.held(except),
      changed: (machine) => this.events.publish({ kind: 'changed', connection: embeddedConnection, machine: machine.summary() }),
      xmlChanged: (machine) => {
        this.#news.tellNics(machine);
        this.events.publish({ kind: 'xml', connection: embeddedConnection, uuid: machine.uuid });
      },
      log: (machine, text) => this.#log(machine, text),
      did: (machine, text, severity) => this.note(text, severity, machine.facts.name),
      remember: (machine, off) => {
        this.#lastStates.set(machine.uuid, off);
        if (off !== undefined) this.#lookForSuccessors();
      },
      deviceGone: (machine, alias, refused) => {
        const held = (except: string) => this.held(except);
        deviceGone({ machine, backend: options.backend, held, announce: () => this.announce(machine) }, alias, refused).catch(
          (error: unknown) => options.log(error, `removing ${alias}`),
        );
      },
      nicLost: (machine) => this.lostNics.publish(machine),
      vanished: (machine) => this.#forget(machine),
      ...(options.step === undefined ? {} : { step: options.step }),
    };
  }

  /**
   * Loads the definitions, finds running machines again, and, unless it is opened for a single command, starts those marked for
   * autostart, once per boot of the computer (in the background: a start that fails shows at its machine).
   *
   * @throws TapestryError `io`, `storage-full` when the directories can't be used
   */
  static async open(options: MachinesOptions): Promise<Machines> {
    const opening: { machines?: Machines } = {};
    const store = await DefinitionStore.open(options.directories.machines, (xml) => options.backend.identify(xml), {
      memory: join(options.directories.state, 'definition-files.json'),
      copies: join(options.directories.state, 'definitions'),
      running: () => opening.machines?.runningNames() ?? new Map(),
      log: options.log,
    });
    const machines = new Machines(options, store);
    opening.machines = machines;
    try {
      await machines.#begin();
      return machines;
    } catch (error) {
      // Who is refused has nothing that could be closed: what was taken up is let go of here.
      await machines.close();
      throw error;
    }
  }

  async #begin(): Promise<void> {
    const { store } = this;
    const { directories, log } = this.#options;
    const remembered = await this.#lastStates.read();
    for (const definition of store.all()) {
      const state = remembered.get(definition.uuid);
      const machine = this.#load(definition);
      if (state === undefined) continue;
      machine.failure = state.failure;
      machine.setOff(state);
    }
    for (const entry of store.broken()) this.note(`${entry.error.message} ${entry.error.next ?? ''}`.trimEnd(), 'error');
    const opened = Date.now();
    await recoverMachines(this.#recovery, (lastId) => {
      this.#lastId = Math.max(this.#lastId, lastId);
    });
    for (const machine of this.all()) if (machine.stored === undefined && machine.run === undefined) this.#forget(machine);
    await finishUndefines(
      directories,
      (uuid) => this.#machines.get(uuid),
      (error) => log(error, 'finishing an undefine that was cut short'),
    );
    for (const machine of this.all()) this.#news.takeUpNics(machine, opened);
    store.watch(
      (changes) => {
        for (const definition of changes.changed) this.#load(definition);
        for (const uuid of changes.removed) this.#unload(uuid);
        for (const entry of changes.broken) this.note(`${entry.error.message} ${entry.error.next ?? ''}`.trimEnd(), 'error');
        if (changes.broken.length + changes.mended.length > 0) this.events.publish(this.snapshot());
      },
      (error) => log(error, 'watching the definitions'),
    );
    this.#opened = true;
    // An opening doesn't fail for it, nor wait until the machines run.
    if (this.#options.brief !== true)
      await this.#autostart().catch((error: unknown) => {
        this.note(`The machines that start with this computer were not started: ${wordsOf(error)}`, 'error');
      });
  }

  /** All machines. */
  all(): readonly Machine[] {
    return [...this.#machines.values()];
  }

  /** Definition files that can't be used. */
  broken(): readonly BrokenDefinition[] {
    return this.store.broken();
  }

  /** Names of those that run, by UUID, whether or not they are defined. */
  runningNames(): ReadonlyMap<string, string> {
    return new Map(this.all().flatMap(({ uuid, run }) => (run === undefined ? [] : [[uuid, run.record.name] as const])));
  }

  /** Is there a machine with this UUID? */
  has(uuid: string): boolean {
    return this.#machines.has(uuid);
  }

  /** A machine by id (while it runs), UUID or name, in virsh's order. @throws TapestryError `not-found` */
  find(ref: string): Machine {
    return findMachine(this.all(), ref);
  }

  /** The same; undefined where there is none. */
  lookFor(ref: string): Machine | undefined {
    return lookForMachine(this.all(), ref);
  }

  /** Everything a list shows. */
  snapshot(): Extract<MachineEvent, { kind: 'snapshot' }> {
    return { kind: 'snapshot', connection: embeddedConnection, machines: this.summaries(), broken: [...this.broken()] };
  }

  /** Summaries, sorted by name. */
  summaries(): MachineSummary[] {
    return this.all()
      .map((machine) => machine.summary())
      .toSorted((a, b) => a.name.localeCompare(b.name));
  }

  /** A snapshot, then what changes; what was replaced while a slow reader was away is left out. */
  watch(signal: AbortSignal): AsyncIterable<MachineEvent> {
    return this.events.subscribe(
      signal,
      () => [this.snapshot()],
      (event) => {
        if (event.kind === 'changed') return `changed ${event.machine.uuid}`;
        if (event.kind === 'xml') return `xml ${event.uuid}`;
        return event.kind === 'snapshot' ? 'snapshot' : undefined;
      },
    );
  }

  /** What happened lately, then what happens. */
  watchActivity(signal: AbortSignal): AsyncIterable<Activity> {
    return this.#news.watchActivity(signal);
  }

  /** The last facts of a machine's life, oldest first. */
  recentLog(uuid: string): readonly { readonly at: number; readonly text: string }[] {
    return this.#news.recentLog(uuid);
  }

  /** Defines a new machine or another text for one. @throws TapestryError `xml-*`, `duplicate-*`, `conflict`, `storage-full`, `io` */
  async define(
    text: string,
    options: { readonly expect?: string | undefined; readonly createOnly?: boolean | undefined } = {},
  ): Promise<{ machine: Machine; created: boolean }> {
    const { created, ...definition } = await this.store.save(await this.completed(text), options);
    const machine = this.#load(definition);
    // Its files are this definition's again.
    if (machine.run?.record.undefined !== undefined) await machine.run.update({ undefined: undefined });
    this.#log(machine, created ? 'Defined' : 'Definition changed');
    return { machine, created };
  }

  /** A definition's text as it is stored: checked, with what libvirt adds to it. @throws TapestryError `xml-*` */
  async completed(text: string): Promise<string> {
    const { backend } = this.#options;
    const completed = backend.complete(text);
    backend.facts(completed);
    // A program that prints XML ends it with a blank line, as virsh does: it must not grow with each round.
    const placed = await backend.place(completed);
    const body = placed.trimEnd();
    return placed.includes('\n', body.length) ? `${body}\n` : body;
  }

  /**
   * Removes the definition; a machine that runs goes on as a transient one, with its files until it is off.
   *
   * @param choices what becomes of what its guest wrote
   * @returns what stays of its files
   * @throws TapestryError `not-found`, `wrong-state` (variables, and no choice), `disk-in-use` (variables of another machine too), `io`
   */
  async undefine(ref: string, choices: UndefineChoices = {}): Promise<readonly KeptFile[]> {
    const machine = this.find(ref);
    return machine.jobs.run(async () => {
      if (machine.run === undefined) await lookForRun(machine, this.#recovery);
      const kept = await undefineMachine(machine, choices, this.all(), this.store, this.#options.directories);
      this.#unload(machine.uuid);
      return kept;
    });
  }

  /** Gives a machine that is off another name. @throws TapestryError `wrong-state`, `duplicate-name`, `xml-invalid`, `io` */
  async rename(ref: string, name: string): Promise<void> {
    const machine = this.find(ref);
    await machine.jobs.run(async () => {
      if (machine.run === undefined) await lookForRun(machine, this.#recovery);
      if (machine.run !== undefined) {
        throw new TapestryError('wrong-state', `“${machine.facts.name}” is ${machine.state.state}: it can't be renamed.`, {
          next: 'Shut it down first.',
        });
      }
      if (machine.stored === undefined) throw new TapestryError('not-found', `“${machine.facts.name}” has no stored definition.`);
      const xml = this.#options.backend.withName(machine.stored.xml, name);
      this.#options.backend.facts(xml);
      this.#load(await this.store.rename(machine.uuid, xml));
    });
  }

  /**
   * Starts the machines that are marked for autostart, unless it was done since the computer was started.
   *
   * @returns what came of each, when all run or have failed
   * @throws TapestryError `io`, `storage-full` where it can't be told whether it was done
   */
  async startMarked(): Promise<readonly MarkedStart[]> {
    return await (
      await this.#autostart()
    ).done;
  }

  /** How many machines are marked for autostart. */
  marked(): number {
    return this.all().filter(({ stored }) => stored?.autostart === true).length;
  }

  /** One at a time: who asks meanwhile hears of the same starts. */
  async #autostart(): Promise<Autostart> {
    this.#starting ??= autostart(this, this.#options.directories.sockets);
    const starting = this.#starting;
    const over = () => {
      if (this.#starting === starting) this.#starting = undefined;
    };
    void starting.then(({ done }) => done.then(over), over);
    return await starting;
  }

  /** Sets the flag that starts the machine with the computer. @throws TapestryError `not-found`, `io` */
  async setAutostart(ref: string, autostart: boolean): Promise<void> {
    this.#load(await this.store.setAutostart(this.find(ref).uuid, autostart));
  }

  /** Images of running machines. @param except UUID of the machine that asks */
  held(except: string): readonly HeldImages[] {
    return this.all().flatMap((machine) =>
      machine.run === undefined || machine.uuid === except ? [] : [{ machine: machine.facts.name, images: machine.run.record.images }],
    );
  }

  /** Says what was done to this computer. @param machine name of the machine it was done for @param device name of the interface */
  note(text: string, severity: Activity['severity'] = 'info', machine?: string, device?: string): void {
    this.#news.note(text, severity, machine, device);
  }

  /** A machine's own news, for those who change it from outside (devices). */
  announce(machine: Machine): void {
    this.#context.changed(machine);
    this.#context.xmlChanged(machine);
  }

  /** Takes a stored definition that was just saved. */
  adoptDefinition(definition: StoredDefinition): Machine {
    return this.#load(definition);
  }

  /** Lets go of everything; running machines go on. A start that is under way may end; one that hangs is cancelled. */
  async close(): Promise<void> {
    this.closing = true;
    await Promise.all(this.all().map((machine) => machine.settle()));
    await this.store.close();
    await this.#lastStates.settled();
    for (const machine of this.all()) await machine.run?.detach();
  }

  #load(definition: StoredDefinition): Machine {
    const known = this.#machines.get(definition.uuid);
    const facts = this.#factsOf(definition);
    const machine = known ?? new Machine(this.#context, facts, definition);
    machine.stored = definition;
    machine.facts = facts;
    this.#machines.set(definition.uuid, machine);
    this.#context.changed(machine);
    if (known !== undefined) this.#context.xmlChanged(machine);
    return machine;
  }

  /** Definitions that break rules (another program wrote them) still show, with the reason, so that they can be mended. */
  #factsOf(definition: Pick<StoredDefinition, 'uuid' | 'name' | 'xml'>): Machine['facts'] {
    try {
      return this.#options.backend.facts(definition.xml);
    } catch (error) {
      if (!(error instanceof TapestryError)) throw error;
      this.note(`“${definition.name}” can't be started as it is defined: ${error.message}`, 'warning', definition.name);
      return unusableFacts(definition);
    }
  }

  /** A file that was left alone while a machine ran may be taken now. */
  #lookForSuccessors(): void {
    if (!this.#opened || this.store.broken().length === 0) return;
    this.store.refresh().catch((error: unknown) => this.#options.log(error, 'reading the definitions again'));
  }

  #addTransient({ uuid, name, definition }: Pick<RuntimeRecord, 'uuid' | 'name' | 'definition'>): Machine {
    const machine = new Machine(this.#context, this.#factsOf({ uuid, name, xml: definition }), undefined);
    this.#machines.set(machine.uuid, machine);
    return machine;
  }

  #unload(uuid: string): void {
    const machine = this.#machines.get(uuid);
    if (machine === undefined) return;
    machine.stored = undefined;
    if (machine.run === undefined) this.#forget(machine);
    else this.announce(machine);
  }

  #forget(machine: Machine): void {
    this.#news.forget(machine);
    this.#machines.delete(machine.uuid);
    this.#lastStates.set(machine.uuid, undefined);
    this.events.publish({ kind: 'removed', connection: embeddedConnection, uuid: machine.uuid });
    this.#lookForSuccessors();
  }

  #log(machine: Machine, text: string): void {
    this.events.publish({ kind: 'log', connection: embeddedConnection, uuid: machine.uuid, ...this.#news.log(machine.uuid, text) });
  }
}
