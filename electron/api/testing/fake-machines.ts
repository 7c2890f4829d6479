import { createHash, randomUUID } from 'node:crypto';
import type { MachineAction, MachineEvent, MachineSummary } from '../../../shared/contract/machines.ts';
import { parseXml, readDomain, serializeXml, setName } from '../../../shared/domain-xml/index.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import { TapestryError } from '../../../shared/errors.ts';
import type { Domains } from '../../connections/connection.ts';
import { Broadcast, every, pause } from './broadcast.ts';
import { FakeConsole } from './fake-console.ts';
import { changeNic, fakeDefinition, liveXml, readDefinition, readNic, sourceName, summaryOf, withUuid } from './fake-definition.ts';
import { FakeJobs } from './fake-jobs.ts';
import { seeds } from './fake-seeds.ts';

/** One machine of the fake with all that belongs to it. */
export interface FakeMachine {
  summary: MachineSummary;
  inactive: string;
  live: string | null;
  readonly console: FakeConsole;
  startedNics: number;
}

const hash = (xml: string): string => createHash('sha256').update(xml).digest('hex');

/** Machines in memory that start, stop and answer as fast as a person can follow. */
export class FakeMachines implements Domains {
  readonly events = new Broadcast<MachineEvent>();
  readonly activity: (text: string, machine?: string) => void;
  readonly jobs: FakeJobs;
  readonly #machines = new Map<string, FakeMachine>();
  #nextId = 1;

  /** @param activity is told what was done, for the activity line */
  constructor(activity: (text: string, machine?: string) => void = () => undefined, jobs: FakeJobs = new FakeJobs()) {
    this.activity = activity;
    this.jobs = jobs;
  }

  /** Adds the machines that the fake begins with. */
  seed(): void {
    for (const { state, autostart, definition } of seeds) {
      const machine = this.#add(fakeDefinition(definition));
      machine.summary.autostart = autostart ?? false;
      if (state === 'running' || state === 'paused') this.#run(machine, state === 'paused');
      if (state === 'crashed') {
        machine.summary = {
          ...machine.summary,
          state,
          reason: 'panicked',
          lastError: {
            code: 'qemu-exited',
            message: 'QEMU ended while the machine was running.',
            next: 'Look at its log, then start it again.',
            detail: 'qemu-system-x86_64: error: failed to set MSR 0x480 to 0x0',
          },
        };
      }
    }
  }

  find(ref: string): FakeMachine {
    const machine =
      this.#machines.get(ref) ?? [...this.#machines.values()].find(({ summary }) => summary.name === ref || String(summary.id) === ref);
    if (machine === undefined)
      throw new TapestryError('not-found', `failed to get domain '${ref}'`, { next: 'Look at the list of machines.' });
    return machine;
  }

  all(): FakeMachine[] {
    return [...this.#machines.values()];
  }

  /** NICs as they run, or as they are stored when the machine is off. */
  nics(ref: string): readonly Interface[] {
    const machine = this.find(ref);
    return readDefinition(machine.live ?? machine.inactive).devices.interfaces;
  }

  list(): MachineSummary[] {
    return this.all().map(({ summary }) => summary);
  }

  watch(signal: AbortSignal): AsyncIterable<MachineEvent> {
    return this.events.listen(signal, () => [{ kind: 'snapshot', machines: this.list(), broken: [] }]);
  }

  get(ref: string): MachineSummary {
    return this.find(ref).summary;
  }

  xml(ref: string): ReturnType<Domains['xml']> {
    const { inactive, live } = this.find(ref);
    return Promise.resolve({ inactive, live, hash: hash(inactive) });
  }

  async define({ xml, expect, createOnly }: Parameters<Domains['define']>[0]): ReturnType<Domains['define']> {
    await pause(30);
    const read = readDefinition(xml);
    const same = this.all().find(({ summary }) => summary.uuid === read.uuid || summary.name === read.name);
    if (same === undefined) {
      const { summary } = this.#add(xml);
      this.#changed(summary);
      this.activity(`Defined “${summary.name}”`, summary.uuid);
      return { uuid: summary.uuid, name: summary.name, created: true, findings: [] };
    }
    if (createOnly === true || (read.uuid !== undefined && read.uuid !== same.summary.uuid) || read.name !== same.summary.name) {
      throw new TapestryError('duplicate-name', `A machine named “${read.name}” exists already.`, {
        path: '/domain/name',
        next: 'Choose another name.',
        fixes: [{ kind: 'choose-other-name', label: 'Choose another name' }],
      });
    }
    if (expect !== undefined && expect !== hash(same.inactive)) {
      throw new TapestryError('conflict', 'The definition changed since you began to edit it.', {
        next: 'Look at the new definition and apply your change again.',
      });
    }
    this.#store(same, withUuid(xml, same.summary.uuid));
    return { uuid: same.summary.uuid, name: same.summary.name, created: false, findings: [] };
  }

  undefine({ machine: ref }: Parameters<Domains['undefine']>[0]): ReturnType<Domains['undefine']> {
    const { summary } = this.find(ref);
    if (summary.id !== null) throw new TapestryError('wrong-state', `“${summary.name}” is running.`, { next: 'Shut it down first.' });
    this.#machines.delete(summary.uuid);
    this.events.send({ kind: 'removed', uuid: summary.uuid });
    return Promise.resolve({ kept: [] });
  }

  rename(ref: string, name: string): Promise<void> {
    const machine = this.find(ref);
    if (machine.summary.id !== null)
      throw new TapestryError('wrong-state', 'A running machine can’t be renamed.', { next: 'Shut it down first.' });
    if (this.list().some((other) => other.name === name))
      throw new TapestryError('duplicate-name', `A machine named “${name}” exists already.`, { path: '/domain/name' });
    this.#store(machine, serializeXml(setName(parseXml(machine.inactive), name)));
    return Promise.resolve();
  }

  async act(ref: string, action: MachineAction, signal: AbortSignal): Promise<void> {
    const machine = this.find(ref);
    const { name } = machine.summary;
    const needs = (ok: boolean): void => {
      if (!ok)
        throw new TapestryError('wrong-state', `“${name}” is ${machine.summary.state}: it can’t ${action.replace('-', ' ')}.`, {
          next: 'Wait until its state allows it.',
        });
    };
    const off = machine.summary.id === null;
    if (action === 'start' || action === 'start-paused') {
      needs(off);
      this.#update(machine, { transition: { kind: 'starting', since: Date.now() } });
      await pause(700, signal);
      this.#run(machine, action === 'start-paused');
    } else if (action === 'destroy') {
      needs(!off);
      this.#stop(machine, 'destroyed');
    } else if (action === 'shutdown') {
      needs(!off);
      this.#update(machine, { transition: { kind: 'stopping', since: Date.now() } });
      void pause(1500).then(() => this.#stop(machine, 'shutdown'));
    } else if (action === 'suspend' || action === 'resume') {
      needs(machine.summary.state === (action === 'suspend' ? 'running' : 'paused'));
      this.#update(machine, action === 'suspend' ? { state: 'paused', reason: 'user' } : { state: 'running', reason: 'unpaused' });
      machine.console.pausedChanged(action === 'suspend');
    } else {
      needs(!off);
      machine.console.boot();
    }
    this.activity(`${name}: ${action}`, machine.summary.uuid);
  }

  setAutostart(ref: string, autostart: boolean): ReturnType<Domains['setAutostart']> {
    this.#update(this.find(ref), { autostart });
    return Promise.resolve({});
  }

  startMarked(): ReturnType<Domains['startMarked']> {
    return Promise.resolve([]);
  }

  async device({ machine: ref, how, xml, scope }: Parameters<Domains['device']>[0]): ReturnType<Domains['device']> {
    const machine = this.find(ref);
    await pause(150);
    const nic = readNic(xml);
    if (sourceName(nic) === 'br404')
      throw new TapestryError('bridge-missing', 'The bridge “br404” doesn’t exist.', {
        path: '/interface/source/@bridge',
        fixes: [{ kind: 'create-bridge', label: 'Create br404', value: 'br404' }],
      });
    const apply = (text: string): string => changeNic(text, how, xml);
    if (scope !== 'config' && machine.live !== null) {
      machine.live = apply(machine.live);
      this.events.send({ kind: 'xml', uuid: machine.summary.uuid });
    }
    if (scope !== 'live') this.#store(machine, apply(machine.inactive));
    else this.#update(machine, { pending: true });
    return { state: 'done' };
  }

  check({ xml }: Parameters<Domains['check']>[0]): ReturnType<Domains['check']> {
    try {
      const { problems } = readDomain(parseXml(xml));
      return Promise.resolve(problems.map((problem) => ({ line: 1, column: 1, ...problem })));
    } catch (error) {
      if (!(error instanceof TapestryError)) throw error;
      const { path = '/domain', line = 1, column = 1 } = error.data;
      return Promise.resolve([{ severity: 'error', path, message: error.message, line, column }]);
    }
  }

  native(): ReturnType<Domains['native']> {
    return Promise.resolve({
      emulator: '/usr/bin/qemu-system-x86_64',
      argv: [
        '-name',
        'guest=fake,debug-threads=on',
        '-nodefaults',
        '-no-user-config',
        '-netdev',
        '{"type":"tap","fd":"3","id":"hostnet0"}',
      ],
    });
  }

  cpuTime(ref: string): Promise<number | null> {
    return Promise.resolve(this.find(ref).summary.id === null ? null : 1234);
  }

  monitor(_ref: string, command: string): Promise<unknown> {
    return Promise.resolve({ echo: command });
  }

  stats(ref: string | undefined, signal: AbortSignal): ReturnType<Domains['stats']> {
    const wave = (uuid: string, scale: number): number =>
      (1 + Math.sin(Date.now() / 4000 + uuid.charCodeAt(0))) * scale * (0.7 + Math.random() * 0.6);
    return every(1000, signal, () =>
      this.list()
        .filter(({ id, uuid }) => id !== null && (ref === undefined || this.find(ref).summary.uuid === uuid))
        .map(({ uuid, memoryKiB, vcpus, state }) => {
          const on = state === 'running' ? 1 : 0;
          return {
            uuid,
            at: Date.now(),
            cpuPercent: on * Math.min(100, wave(uuid, 20 / vcpus)),
            memoryKiB: Math.round(memoryKiB * 1.1),
            guestMemoryKiB: Math.round(memoryKiB * 0.6),
            diskReadBps: on * wave(uuid, 2e6),
            diskWriteBps: on * wave(uuid, 5e5),
            netRxBps: on * wave(uuid, 4e5),
            netTxBps: on * wave(uuid, 1e5),
          };
        }),
    );
  }

  log(ref: string): ReturnType<Domains['log']> {
    const { name } = this.get(ref);
    return Promise.resolve({
      path: `/home/user/.local/state/tapestry/log/${name}.log`,
      text: `2026-11-22 09:10:11.123 starting up ${name}\nqemu-system-x86_64: info: fake machine\n`,
    });
  }

  createDemo({ name = 'demo', begunBy }: Parameters<Domains['createDemo']>[0]): ReturnType<Domains['createDemo']> {
    const steps = ['download', 'build-initramfs', 'create-disk', 'define'] as const;
    return this.jobs.begin(
      { kind: 'demo-machine', subject: name, cancel: { loses: 'machine' }, begunBy },
      async ({ signal, step, amount, result }) => {
        for (const [done, code] of steps.entries()) {
          step({ code });
          amount({ done, total: steps.length, unit: 'steps' });
          await pause(400, signal);
          signal.throwIfAborted();
        }
        const { summary } = this.#add(
          fakeDefinition({
            name,
            type: 'qemu',
            title: 'Demo machine',
            memoryGiB: 1,
            vcpus: 1,
            interfaces: [{ source: { type: 'user' }, mac: '52:54:00:de:30:01' }],
          }),
        );
        this.#changed(summary);
        result({ kind: 'demo-machine', uuid: summary.uuid });
      },
    );
  }

  #add(given: string): FakeMachine {
    const { name, uuid = randomUUID() } = readDefinition(given);
    const xml = withUuid(given, uuid);
    const machine: FakeMachine = {
      summary: summaryOf(xml, uuid),
      inactive: xml,
      live: null,
      console: new FakeConsole(name),
      startedNics: 0,
    };
    this.#machines.set(uuid, machine);
    return machine;
  }

  #store(machine: FakeMachine, xml: string): void {
    machine.inactive = xml;
    const { name, title, vcpus, memoryKiB, maxMemoryKiB, macs } = summaryOf(xml, machine.summary.uuid);
    this.#update(machine, {
      name,
      vcpus,
      memoryKiB,
      maxMemoryKiB,
      macs,
      ...(title === undefined ? {} : { title }),
      pending: machine.live !== null,
    });
    this.events.send({ kind: 'xml', uuid: machine.summary.uuid });
  }

  #run(machine: FakeMachine, paused: boolean): void {
    const { transition: _transition, lastError: _lastError, ...rest } = machine.summary;
    const id = this.#nextId++;
    machine.startedNics = Date.now();
    machine.live = liveXml(machine.inactive, id);
    machine.summary = {
      ...rest,
      id,
      pid: 4000 + id,
      startedAt: Date.now(),
      state: paused ? 'paused' : 'running',
      reason: paused ? 'starting up' : 'booted',
      pending: false,
    };
    machine.console.boot();
    if (paused) machine.console.pausedChanged(true);
    this.#changed(machine.summary);
  }

  #stop(machine: FakeMachine, reason: string): void {
    const { transition: _transition, ...rest } = machine.summary;
    machine.live = null;
    machine.summary = { ...rest, id: null, pid: null, startedAt: null, state: 'shut off', reason, pending: false };
    machine.console.off();
    this.#changed(machine.summary);
  }

  #update(machine: FakeMachine, change: Partial<MachineSummary>): void {
    machine.summary = { ...machine.summary, ...change };
    this.#changed(machine.summary);
  }

  #changed(summary: MachineSummary): void {
    this.events.send({ kind: 'changed', machine: summary });
  }
}
