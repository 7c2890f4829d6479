import type { Activity, ComputerFacts, HostCheck } from '../../shared/contract/computer.ts';
import type { ConnectionInfo, ConnectionState } from '../../shared/contract/connections.ts';
import type { HostFacts } from '../../shared/contract/host.ts';
import type { ConsoleState } from '../../shared/contract/consoles.ts';
import { contract, type Api } from '../../shared/contract/index.ts';
import type { ByteChannel } from '../../shared/contract/kinds.ts';
import type { MachineEvent, MachineStats, MachineSummary } from '../../shared/contract/machines.ts';
import type { HostInterface, NicStatus, UplinkTrials } from '../../shared/contract/networks.ts';
import { keyOf } from '../../shared/contract/machine-key.ts';
import type { MachineRef, MachineTarget } from '../../shared/contract/references.ts';
import { TapestryError } from '../../shared/errors.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import type { Link, LinkStatus } from '../link/api.ts';
import { readPlace } from '../xml/edits.ts';
import { Feed, Feeds } from './fake-feed.ts';
import { FakeJobs } from './fake-jobs.ts';
import { FakeScreens } from './fake-screens.ts';
import { fakeOs } from './fake-os.ts';
import { fakeStorage } from './fake-storage.ts';
import { fakeEmbedded } from './fake-support.ts';
import { afterAction, fakeComputer, fakeFacts, fakeSummary, type FakeMachine } from './fake-machines.ts';
import { xmlNamed } from './fake-xml.ts';

/** A call that the window made. */
export interface Called {
  readonly method: string;
  readonly input: unknown;
}

/** How the fake calls a machine: those of its embedded connection by UUID, others by their key. */
const nameOf = (machine: MachineRef): string => (machine.connection === 'embedded' ? machine.uuid : keyOf(machine));

type Overrides = { [K in keyof Api]?: Api[K] };

/**
 * An API in memory: machines that can be defined, started and stopped, a console that echoes, checks and activity.
 * `override` replaces single methods (to make them fail); `calls` records what the window asked for.
 */
export class FakeApi {
  readonly calls: Called[] = [];
  connections: readonly ConnectionInfo[] = [fakeEmbedded];
  readonly connectionNews = new Feeds<ConnectionInfo[]>();
  /** Those of the embedded connection by UUID, others by `connection/UUID`; so are `nics`. */
  readonly machines = new Map<string, FakeMachine>();
  readonly override: Overrides = {};
  readonly events = new Feeds<MachineEvent>();
  readonly stats = new Feeds<MachineStats[]>();
  readonly trials = new Feeds<UplinkTrials>();
  trialsNow: UplinkTrials = { pending: [], ended: null };
  readonly jobs = new FakeJobs();
  readonly screens = new FakeScreens();
  readonly activity = new Feeds<Activity>();
  readonly consoleStates = new Feeds<ConsoleState>();
  readonly consoleOutput = new Feeds<Uint8Array>();
  readonly typed: string[] = [];
  consoleState: ConsoleState = {
    state: 'connected',
    alias: 'serial0',
    recordedSince: Date.now() - 3600_000,
    start: 0,
    end: 0,
    limit: 64 * 1024 ** 2,
    viewers: 1,
    interactive: true,
  };
  consoleHistory = '';
  broken: Extract<MachineEvent, { kind: 'snapshot' }>['broken'] = [];
  checks: HostCheck[] = [];
  pastActivity: Activity[] = [];
  nics = new Map<string, NicStatus[]>();
  interfaces: HostInterface[] = [];
  facts: HostFacts = fakeFacts;
  computer: ComputerFacts = fakeComputer;
  #status: LinkStatus = { kind: 'open' };
  readonly #statusListeners = new Set<() => void>();

  /** Adds a machine with its XML. */
  add(summary: MachineSummary, xml?: string, live?: string | null): MachineSummary {
    const inactive = xml ?? xmlNamed(summary.name, summary.uuid, summary.type === 'qemu' ? 'qemu' : 'kvm');
    this.machines.set(nameOf(summary), { summary, inactive, live: live ?? (summary.id === null ? null : inactive) });
    return summary;
  }

  /** Changes a machine's summary and tells the watchers. */
  change(uuid: string, more: Partial<MachineSummary>): void {
    const machine = this.machines.get(uuid);
    if (!machine) throw new Error(`no fake machine ${uuid}`);
    machine.summary = { ...machine.summary, ...more };
    this.events.publish({ kind: 'changed', connection: machine.summary.connection, machine: machine.summary });
  }

  /** A connection comes or goes; what is asked of one that is away fails, and what follows it ends. */
  setConnection(id: string, state: ConnectionState): void {
    const back = state.kind === 'connected' && this.connections.some((one) => one.id === id && one.state.kind !== 'connected');
    this.connections = this.connections.map((one) => (one.id === id ? { ...one, state } : one));
    this.connectionNews.publish([...this.connections]);
    if (back) this.events.publish(this.#snapshot(id));
  }

  #snapshot(connection: string): MachineEvent {
    const machines = [...this.machines.values()].map((one) => one.summary).filter((one) => one.connection === connection);
    return { kind: 'snapshot', connection, machines, broken: connection === 'embedded' ? this.broken : [] };
  }

  /** Throws for what is asked of a connection that is away. */
  #ask(connection: string): void {
    const state = this.connections.find(({ id }) => id === connection)?.state;
    if (state?.kind === 'connected') return;
    throw new TapestryError('connection-offline', `The connection “${connection}” is offline.`);
  }

  setStatus(status: LinkStatus): void {
    this.#status = status;
    for (const listener of this.#statusListeners) listener();
  }

  /** The calls of one method. */
  called(method: keyof Api): readonly unknown[] {
    return this.calls.filter((call) => call.method === method).map((call) => call.input);
  }

  /** A link to this fake, always open until `setStatus` says otherwise. */
  link(): Link {
    const own = this.#api();
    const api = {} as Record<string, (input: unknown, options?: { signal?: AbortSignal }) => unknown>;
    for (const name of Object.keys(contract) as (keyof Api)[]) {
      api[name] = (input, options) => {
        this.calls.push({ method: name, input });
        const method = (this.override[name] ?? own[name]) as (input: unknown, options?: { signal?: AbortSignal }) => unknown;
        return method(input, options);
      };
    }
    return {
      api: api as unknown as Api,
      status: () => this.#status,
      subscribe: (listener) => {
        this.#statusListeners.add(listener);
        return () => this.#statusListeners.delete(listener);
      },
      retry: () => this.calls.push({ method: 'link.retry', input: {} }),
      close: () => undefined,
    };
  }

  #of(ref: MachineTarget): FakeMachine {
    this.#ask(ref.connection);
    const machine =
      'uuid' in ref ? this.machines.get(nameOf(ref)) : [...this.machines.values()].find((one) => one.summary.name === ref.called);
    if (!machine) throw new TapestryError('not-found', 'There is no such machine.');
    return machine;
  }

  #nicsOf(machine: MachineTarget): NicStatus[] {
    return 'uuid' in machine ? (this.nics.get(nameOf(machine)) ?? []) : [];
  }

  #hash(xml: string | null): string {
    return String((xml ?? '').split('').reduce((sum, letter) => (sum * 33 + letter.charCodeAt(0)) >>> 0, 5381));
  }

  /** The host tells of its trials. */
  tellTrials(now: UplinkTrials): void {
    this.trialsNow = now;
    this.trials.publish(now);
  }

  async endTrial(kept: boolean): Promise<Record<string, never>> {
    const [trial] = this.trialsNow.pending;
    if (trial)
      this.tellTrials({ pending: [], ended: { bridge: trial.bridge, port: trial.port, token: trial.token, kept, at: Date.now() } });
    return {};
  }

  #api(): Api {
    const done = Promise.resolve({});
    const { events, stats, activity, consoleStates, consoleOutput, typed } = this;
    return {
      'connections.list': async () => [...this.connections],
      'connections.watch': (_input, options) => this.connectionNews.follow([[...this.connections]], options?.signal),
      'connections.connect': async ({ connection }) => {
        this.setConnection(connection, { kind: 'connected' });
        return {};
      },
      'connections.disconnect': async ({ connection }) => {
        this.setConnection(connection, { kind: 'offline', since: Date.now() });
        return {};
      },
      'machines.list': async () => [...this.machines.values()].map((one) => one.summary),
      'machines.watch': (_input, options) =>
        events.follow(
          this.connections.filter(({ state }) => state.kind === 'connected').map(({ id }) => this.#snapshot(id)),
          options?.signal,
        ),
      'machines.get': async ({ machine }) => this.#of(machine).summary,
      'machines.xml': async ({ machine }) => {
        const { inactive, live } = this.#of(machine);
        return { inactive, live, hash: this.#hash(inactive) };
      },
      'machines.define': async ({ connection, xml, expect, createOnly }) => {
        this.#ask(connection);
        const { root } = parseXml(xml);
        const name = readPlace(root, 'name') ?? '';
        const uuid = readPlace(root, 'uuid') ?? crypto.randomUUID();
        const known = this.machines.get(nameOf({ connection, uuid }));
        const others = [...this.machines.values()].filter(({ summary }) => summary.connection === connection);
        if (!known && others.some((one) => one.summary.name === name)) {
          throw new TapestryError('duplicate-name', `There is a machine named ${name} already.`);
        }
        if (known && createOnly === true) throw new TapestryError('duplicate-uuid', 'There is a machine with this UUID already.');
        if (known && expect !== undefined && expect !== this.#hash(known.inactive)) {
          throw new TapestryError('conflict', `The definition of ${name} changed since the edit began.`);
        }
        const text = readPlace(root, 'uuid') === undefined ? xml.replace(/<\/name>/, `</name>\n  <uuid>${uuid}</uuid>`) : xml;
        if (known) {
          known.inactive = text;
          known.summary = { ...known.summary, name, pending: known.live !== null && known.live !== text };
        } else this.add(fakeSummary(name, { connection, uuid }), text);
        events.publish({ kind: 'changed', connection, machine: this.#of({ connection, uuid }).summary });
        events.publish({ kind: 'xml', connection, uuid });
        return { uuid, name, created: !known, findings: [] };
      },
      'machines.undefine': async ({ machine }) => {
        const { connection, uuid } = this.#of(machine).summary;
        this.machines.delete(nameOf({ connection, uuid }));
        events.publish({ kind: 'removed', connection, uuid });
        return { kept: [] };
      },
      'machines.rename': async ({ machine, name }) => {
        this.change(nameOf(this.#of(machine).summary), { name });
        return {};
      },
      'machines.act': async ({ machine, action }) => {
        const one = this.#of(machine);
        one.live = action === 'shutdown' || action === 'destroy' ? null : (one.live ?? one.inactive);
        this.change(nameOf(one.summary), afterAction(action));
        events.publish({ kind: 'xml', connection: one.summary.connection, uuid: one.summary.uuid });
        return {};
      },
      'machines.autostart': async ({ machine, autostart }) => {
        this.change(nameOf(this.#of(machine).summary), { autostart });
        return {};
      },
      'machines.startMarked': async () => ({ started: [] }),
      'machines.device': async ({ machine }) => {
        this.#of(machine);
        return { state: 'done' as const };
      },
      'machines.check': async ({ xml }) => {
        parseXml(xml);
        return { problems: [] };
      },
      'machines.native': async () => ({
        environment: {},
        emulator: '/usr/bin/qemu-system-x86_64',
        argv: ['-name', 'guest=web-01', '-machine', '{"type":"q35"}', '-nodefaults'],
      }),
      'machines.cpuTime': async () => ({ ms: 1234 }),
      'machines.monitor': async () => ({ reply: {} }),
      'machines.stats': (_input, options) => stats.follow([], options?.signal),
      'machines.log': async () => ({
        path: '/home/user/.local/state/tapestry/web-01.log',
        text: 'char device redirected to /dev/pts/3 (label charserial0)\n',
      }),
      'machines.createDemo': async ({ name }) =>
        this.jobs.add({ kind: 'demo-machine', subject: name ?? 'demo', cancel: { loses: 'machine' }, step: { code: 'download' } }),
      'consoles.watch': (_input, options) => consoleStates.follow([this.consoleState], options?.signal),
      'consoles.open': () => {
        const stop = new AbortController();
        const closed = Promise.withResolvers<void>();
        const channel: ByteChannel = {
          incoming: consoleOutput.follow(this.consoleHistory === '' ? [] : [new TextEncoder().encode(this.consoleHistory)], stop.signal),
          write: async (bytes) => {
            typed.push(new TextDecoder().decode(bytes));
          },
          close: () => {
            stop.abort();
            closed.resolve();
          },
          closed: closed.promise,
        };
        return channel;
      },
      'consoles.recording': () => {
        const feed = new Feed<Uint8Array>();
        feed.push(new TextEncoder().encode(this.consoleHistory));
        feed.end();
        return { incoming: feed.items(), write: () => Promise.resolve(), close: () => undefined, closed: Promise.resolve() };
      },
      'consoles.clear': () => done,
      ...this.screens.api,
      ...fakeStorage,
      ...fakeOs,
      ...this.jobs.api(),
      'storage.createImage': async ({ path }) => {
        const { id } = this.jobs.add({ subject: path });
        return this.jobs.end(id, { result: { kind: 'image', path } });
      },
      'computer.alive': () => Promise.resolve({}),
      'computer.facts': async () => this.computer,
      'host.facts': async ({ connection }) => {
        this.#ask(connection);
        return this.facts;
      },
      'computer.doctor': async () => {
        const { id } = this.jobs.add({ kind: 'doctor', subject: '', cancel: { loses: 'nothing' } });
        return this.jobs.end(id, { result: { kind: 'doctor', checks: this.checks } });
      },
      'computer.checks': (_input, options) =>
        new Feeds<HostCheck[]>().follow(
          [this.checks],
          AbortSignal.any([AbortSignal.timeout(20), ...(options?.signal ? [options.signal] : [])]),
        ),
      'computer.activity': (_input, options) => activity.follow(this.pastActivity, options?.signal),
      'host.capabilities': async () => ({ xml: '<capabilities/>' }),
      'host.domainCapabilities': async () => ({ xml: '<domainCapabilities/>' }),
      'networks.interfaces': async () => this.interfaces,
      'networks.watch': (_input, options) => new Feeds<HostInterface[]>().follow([this.interfaces], options?.signal),
      'networks.nics': ({ machine }, options) => new Feeds<NicStatus[]>().follow([this.#nicsOf(machine)], options?.signal),
      'networks.nic': async ({ machine }) => [...this.#nicsOf(machine)],
      'networks.guestInterfaces': async () => [],
      'networks.createBridge': () => done,
      'networks.deleteBridge': () => done,
      'networks.addUplink': async ({ bridge, port }) => {
        const until = Date.now() + 30_000;
        this.tellTrials({ pending: [{ bridge, port, token: 't', until }], ended: null });
        return { token: 't', until };
      },
      'networks.confirmUplink': () => this.endTrial(true),
      'networks.cancelUplink': () => this.endTrial(false),
      'networks.trials': (_input, options) => this.trials.follow([this.trialsNow], options?.signal),
      'networks.removeUplink': () => done,
      'networks.generateMac': async () => ({ mac: '52:54:00:11:22:33' }),
      'networks.keepMove': () => done,
      'networks.forward': () => done,
    };
  }
}
