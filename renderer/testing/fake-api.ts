import type { Activity, HostCheck, HostFacts } from '../../shared/contract/host.ts';
import type { ConsoleState } from '../../shared/contract/consoles.ts';
import { contract, type Api } from '../../shared/contract/index.ts';
import type { ByteChannel } from '../../shared/contract/kinds.ts';
import type { MachineEvent, MachineStats, MachineSummary } from '../../shared/contract/machines.ts';
import type { HostInterface, NicStatus, UplinkTrials } from '../../shared/contract/networks.ts';
import { TapestryError } from '../../shared/errors.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import type { Link, LinkStatus } from '../link/api.ts';
import { readPlace } from '../xml/edits.ts';
import { Feed, Feeds } from './fake-feed.ts';
import { FakeJobs } from './fake-jobs.ts';
import { fakeStorage } from './fake-storage.ts';
import { afterAction, fakeFacts, fakeSummary, type FakeMachine } from './fake-machines.ts';
import { xmlNamed } from './fake-xml.ts';

/** A call that the window made. */
export interface Called {
  readonly method: string;
  readonly input: unknown;
}

type Overrides = { [K in keyof Api]?: Api[K] };

/**
 * An API in memory: machines that can be defined, started and stopped, a console that echoes, checks and activity.
 * `override` replaces single methods (to make them fail); `calls` records what the window asked for.
 */
export class FakeApi {
  readonly calls: Called[] = [];
  readonly machines = new Map<string, FakeMachine>();
  readonly override: Overrides = {};
  readonly events = new Feeds<MachineEvent>();
  readonly stats = new Feeds<MachineStats[]>();
  readonly trials = new Feeds<UplinkTrials>();
  trialsNow: UplinkTrials = { pending: [], ended: null };
  readonly jobs = new FakeJobs();
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
  #status: LinkStatus = { kind: 'open' };
  readonly #statusListeners = new Set<() => void>();

  /** Adds a machine with its XML. */
  add(summary: MachineSummary, xml?: string, live?: string | null): MachineSummary {
    const inactive = xml ?? xmlNamed(summary.name, summary.uuid, summary.type === 'qemu' ? 'qemu' : 'kvm');
    this.machines.set(summary.uuid, { summary, inactive, live: live ?? (summary.id === null ? null : inactive) });
    return summary;
  }

  /** Changes a machine's summary and tells the watchers. */
  change(uuid: string, more: Partial<MachineSummary>): void {
    const machine = this.machines.get(uuid);
    if (!machine) throw new Error(`no fake machine ${uuid}`);
    machine.summary = { ...machine.summary, ...more };
    this.events.publish({ kind: 'changed', machine: machine.summary });
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

  #of(ref: string): FakeMachine {
    const machine = this.machines.get(ref) ?? [...this.machines.values()].find((one) => one.summary.name === ref);
    if (!machine) throw new TapestryError('not-found', `There is no machine ${ref}.`);
    return machine;
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
      'machines.list': async () => [...this.machines.values()].map((one) => one.summary),
      'machines.watch': (_input, options) =>
        events.follow(
          [{ kind: 'snapshot', machines: [...this.machines.values()].map((one) => one.summary), broken: this.broken }],
          options?.signal,
        ),
      'machines.get': async ({ machine }) => this.#of(machine).summary,
      'machines.xml': async ({ machine }) => {
        const { inactive, live } = this.#of(machine);
        return { inactive, live, hash: this.#hash(inactive) };
      },
      'machines.define': async ({ xml, expect, createOnly }) => {
        const { root } = parseXml(xml);
        const name = readPlace(root, 'name') ?? '';
        const uuid = readPlace(root, 'uuid') ?? crypto.randomUUID();
        const known = this.machines.get(uuid);
        if (!known && [...this.machines.values()].some((one) => one.summary.name === name)) {
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
        } else this.add(fakeSummary(name, { uuid }), text);
        events.publish({ kind: 'changed', machine: this.#of(uuid).summary });
        events.publish({ kind: 'xml', uuid });
        return { uuid, name, created: !known, findings: [] };
      },
      'machines.undefine': async ({ machine }) => {
        const { uuid } = this.#of(machine).summary;
        this.machines.delete(uuid);
        events.publish({ kind: 'removed', uuid });
        return { kept: [] };
      },
      'machines.rename': async ({ machine, name }) => {
        this.change(this.#of(machine).summary.uuid, { name });
        return {};
      },
      'machines.act': async ({ machine, action }) => {
        const one = this.#of(machine);
        one.live = action === 'shutdown' || action === 'destroy' ? null : (one.live ?? one.inactive);
        this.change(one.summary.uuid, afterAction(action));
        events.publish({ kind: 'xml', uuid: one.summary.uuid });
        return {};
      },
      'machines.autostart': async ({ machine, autostart }) => {
        this.change(this.#of(machine).summary.uuid, { autostart });
        return {};
      },
      'machines.startMarked': async () => ({ started: [] }),
      'machines.device': async () => ({ state: 'done' as const }),
      'machines.check': async ({ xml }) => {
        parseXml(xml);
        return { problems: [] };
      },
      'machines.native': async () => ({
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
      ...fakeStorage,
      ...this.jobs.api(),
      'storage.createImage': async ({ path }) => {
        const { id } = this.jobs.add({ subject: path });
        return this.jobs.end(id, { result: { kind: 'image', path } });
      },
      'host.alive': () => Promise.resolve({}),
      'host.facts': async () => this.facts,
      'host.doctor': async () => {
        const { id } = this.jobs.add({ kind: 'doctor', subject: '', cancel: { loses: 'nothing' } });
        return this.jobs.end(id, { result: { kind: 'doctor', checks: this.checks } });
      },
      'host.checks': (_input, options) =>
        new Feeds<HostCheck[]>().follow(
          [this.checks],
          AbortSignal.any([AbortSignal.timeout(20), ...(options?.signal ? [options.signal] : [])]),
        ),
      'host.activity': (_input, options) => activity.follow(this.pastActivity, options?.signal),
      'host.capabilities': async () => ({ xml: '<capabilities/>' }),
      'host.domainCapabilities': async () => ({ xml: '<domainCapabilities/>' }),
      'host.settings.get': async () => ({}),
      'host.settings.set': () => done,
      'networks.interfaces': async () => this.interfaces,
      'networks.watch': (_input, options) => new Feeds<HostInterface[]>().follow([this.interfaces], options?.signal),
      'networks.nics': ({ machine }, options) => new Feeds<NicStatus[]>().follow([this.nics.get(machine) ?? []], options?.signal),
      'networks.nic': async ({ machine }) => this.nics.get(machine) ?? [],
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
