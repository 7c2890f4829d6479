import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Activity } from '../../../shared/contract/computer.ts';
import { nameIn } from '../../../shared/contract/machine-key.ts';
import type { MachineAction, MachineEvent, MachineSummary } from '../../../shared/contract/machines.ts';
import type { MachineTarget } from '../../../shared/contract/references.ts';
import type { SupportTable } from '../../../shared/contract/support.ts';
import { parseXml, serializeXml, setName } from '../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { EventHub } from '../../../shared/event-hub.ts';
import { requireSupport } from '../require-support.ts';
import { testDefinition, factsOf, liveXml, readDefinition, withUuid } from './definition.ts';
import { TestGuest } from './guest.ts';
import { seeds, type Seed } from './seeds.ts';
import { testSupport } from './test-support.ts';

/** How long a start and a shutdown take, ms. */
const startTime = 200;
const shutdownTime = 300;

/** One machine with all that belongs to it. */
export interface TestMachine {
  summary: MachineSummary;
  inactive: string;
  live: string | null;
  readonly guest: TestGuest;
}

/** What may be otherwise than with the test connection: for tests that need more of a host. */
export interface TestMachinesOptions {
  /** What it begins with. */
  readonly begin?: readonly Seed[];
  readonly support?: SupportTable;
  readonly guest?: (name: string) => TestGuest;
}

/** Names a text, for `expect`. */
export function hashOf(xml: string): string {
  return createHash('sha256').update(xml).digest('hex');
}

/** The machines of a test host: they are there whether or not anybody is connected, as long as the process is. */
export class TestMachines {
  readonly events = new EventHub<MachineEvent>();
  readonly activity = new EventHub<Activity>();
  readonly recent: Activity[] = [];
  readonly #connection: string;
  readonly #machines = new Map<string, TestMachine>();
  #nextId = 1;

  /** What can be done with them; see `testSupport`. */
  readonly support: SupportTable;
  readonly #guest: (name: string) => TestGuest;

  /** @param connection its id, which is in all that is told */
  constructor(
    connection: string,
    { begin = seeds, support = testSupport, guest = (name) => new TestGuest(name) }: TestMachinesOptions = {},
  ) {
    this.#connection = connection;
    this.support = support;
    this.#guest = guest;
    for (const { state, autostart, definition } of begin) {
      const machine = this.#add(testDefinition(definition));
      machine.summary.autostart = autostart ?? false;
      if (state === 'running' || state === 'paused') this.#run(machine, state === 'paused');
      if (state === 'crashed') machine.summary = { ...machine.summary, state, reason: 'panicked' };
    }
  }

  /** The machine that is meant. @throws TapestryError `not-found` */
  find(target: MachineTarget | string): TestMachine {
    const ref = typeof target === 'string' ? target : nameIn(target);
    const machine = this.#machines.get(ref) ?? this.all().find(({ summary }) => summary.name === ref || String(summary.id) === ref);
    if (machine === undefined)
      throw new TapestryError('not-found', `There is no machine “${ref}”.`, { next: 'Look at the list of machines.' });
    return machine;
  }

  /** All of them. */
  all(): TestMachine[] {
    return [...this.#machines.values()];
  }

  /** What a list shows. */
  list(): MachineSummary[] {
    return this.all().map(({ summary }) => summary);
  }

  /** Defines a machine, or another text for one. @throws TapestryError `xml-*`, `duplicate-name`, `conflict` */
  define(xml: string, expect: string | undefined, createOnly: boolean): { readonly machine: TestMachine; readonly created: boolean } {
    const read = readDefinition(xml);
    const same = this.all().find(({ summary }) => summary.uuid === read.uuid || summary.name === read.name);
    if (same === undefined) {
      const machine = this.#add(xml);
      this.#changed(machine);
      this.tell(`Defined “${machine.summary.name}”`, machine);
      return { machine, created: true };
    }
    if (createOnly || (read.uuid !== undefined && read.uuid !== same.summary.uuid) || read.name !== same.summary.name)
      throw new TapestryError('duplicate-name', `A machine named “${read.name}” exists already.`, {
        path: '/domain/name',
        next: 'Choose another name.',
        fixes: [{ kind: 'choose-other-name', label: 'Choose another name' }],
      });
    if (expect !== undefined) this.requireHash(same, expect);
    this.store(same, withUuid(xml, same.summary.uuid));
    return { machine: same, created: false };
  }

  /** The definition is still the one of this hash. @throws TapestryError `conflict` */
  requireHash(machine: TestMachine, expect: string): void {
    if (expect !== hashOf(machine.inactive))
      throw new TapestryError('conflict', 'The definition changed since you began to edit it.', {
        next: 'Look at the new definition and apply your change again.',
      });
  }

  /** @throws TapestryError `wrong-state` */
  undefine(machine: TestMachine): void {
    const { name, id, uuid } = machine.summary;
    if (id !== null) throw new TapestryError('wrong-state', `“${name}” is running.`, { next: 'Shut it down first.' });
    this.#machines.delete(uuid);
    this.events.publish({ kind: 'removed', connection: this.#connection, uuid });
  }

  /** @throws TapestryError `wrong-state`, `duplicate-name` */
  rename(machine: TestMachine, name: string): void {
    if (machine.summary.id !== null)
      throw new TapestryError('wrong-state', 'A running machine can’t be renamed.', { next: 'Shut it down first.' });
    if (this.list().some((other) => other.name === name))
      throw new TapestryError('duplicate-name', `A machine named “${name}” exists already.`, { path: '/domain/name' });
    this.store(machine, serializeXml(setName(parseXml(machine.inactive), name)));
  }

  /** @throws TapestryError `wrong-state`, `unsupported-operation` for a NIC that can't be plugged here */
  async act(machine: TestMachine, action: MachineAction, signal: AbortSignal): Promise<void> {
    const { name, id, state } = machine.summary;
    const needs = (ok: boolean): void => {
      if (!ok)
        throw new TapestryError('wrong-state', `“${name}” is ${state}: it can’t ${action.replace('-', ' ')}.`, {
          next: 'Wait until its state allows it.',
        });
    };
    needs(action === 'start' || action === 'start-paused' ? id === null : id !== null);
    if (action === 'start' || action === 'start-paused') {
      for (const nic of readDefinition(machine.inactive).devices.interfaces)
        requireSupport(this.support, `start-nic-${nic.type}`, { path: `${nic.path}/@type`, next: 'Choose another source.' });
      this.update(machine, { transition: { kind: 'starting', since: Date.now() } });
      await delay(startTime, undefined, { signal }).catch(() => undefined); // cancelled: it is told below
      if (signal.aborted) {
        this.#settle(machine);
        throw new TapestryError('cancelled', 'The start was cancelled.');
      }
      this.#run(machine, action === 'start-paused');
    } else if (action === 'destroy') {
      this.#stop(machine, 'destroyed');
    } else if (action === 'shutdown') {
      this.update(machine, { transition: { kind: 'stopping', since: Date.now() } });
      setTimeout(() => machine.summary.id === id && this.#stop(machine, 'shutdown'), shutdownTime).unref();
    } else if (action === 'suspend' || action === 'resume') {
      needs(state === (action === 'suspend' ? 'running' : 'paused'));
      this.update(machine, action === 'suspend' ? { state: 'paused', reason: 'user' } : { state: 'running', reason: 'unpaused' });
      machine.guest.pause(action === 'suspend');
    } else {
      machine.guest.boot();
    }
    this.tell(`${name}: ${action}`, machine);
  }

  /** Keeps another text for the machine. */
  store(machine: TestMachine, xml: string): void {
    machine.inactive = xml;
    const { title: _title, ...rest } = machine.summary;
    machine.summary = { ...rest, ...factsOf(xml), pending: machine.live !== null };
    this.#changed(machine);
    this.changedXml(machine);
  }

  /** Tells that the machine's XML is another. */
  changedXml({ summary: { uuid } }: TestMachine): void {
    this.events.publish({ kind: 'xml', connection: this.#connection, uuid });
  }

  /** Changes what a list shows. */
  update(machine: TestMachine, change: Partial<MachineSummary>): void {
    machine.summary = { ...machine.summary, ...change };
    this.#changed(machine);
  }

  /** Says what was done. */
  tell(text: string, { summary: { name } }: TestMachine): void {
    const line: Activity = { connection: this.#connection, at: Date.now(), text, severity: 'info', machine: name };
    this.recent.push(line);
    this.activity.publish(line);
  }

  #add(given: string): TestMachine {
    const { name, uuid = randomUUID() } = readDefinition(given);
    const xml = withUuid(given, uuid);
    const summary: MachineSummary = {
      ...factsOf(xml),
      connection: this.#connection,
      uuid,
      state: 'shut off',
      reason: 'unknown',
      id: null,
      pid: null,
      startedAt: null,
      autostart: false,
      persistent: true,
      pending: false,
    };
    const machine: TestMachine = { summary, inactive: xml, live: null, guest: this.#guest(name) };
    this.#machines.set(uuid, machine);
    return machine;
  }

  #run(machine: TestMachine, paused: boolean): void {
    const { transition: _transition, lastError: _lastError, ...rest } = machine.summary;
    const id = this.#nextId++;
    machine.live = liveXml(machine.inactive, id);
    machine.summary = {
      ...rest,
      id,
      startedAt: Date.now(),
      state: paused ? 'paused' : 'running',
      reason: paused ? 'starting up' : 'booted',
      pending: false,
    };
    machine.guest.boot();
    if (paused) machine.guest.pause(true);
    this.#changed(machine);
  }

  #stop(machine: TestMachine, reason: string): void {
    machine.live = null;
    machine.summary = { ...machine.summary, id: null, startedAt: null, state: 'shut off', reason, pending: false };
    machine.guest.off();
    this.#settle(machine);
  }

  /** Nothing is under way any more. */
  #settle(machine: TestMachine): void {
    const { transition: _transition, ...rest } = machine.summary;
    machine.summary = rest;
    this.#changed(machine);
  }

  #changed({ summary }: TestMachine): void {
    this.events.publish({ kind: 'changed', connection: this.#connection, machine: summary });
  }
}
