import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { GuestInterface, HostInterface, networks, NicStatus, UplinkTrial, UplinkTrials } from '../../shared/contract/networks.ts';
import { TapestryError } from '../../shared/errors.ts';
import { helperError } from './helper/helper-reply.ts';
import type { NetworkHelper, PendingUplink } from './helper/helper.ts';
import { SharedHostView, type HostViewNow } from './host-view.ts';
import { interfaceFacts } from './view/interface-facts.ts';
import { nameFault } from './helper/interface-name.ts';
import { nicStatus, type RunningNic, type Sample } from './nics/nic-status.ts';
import type { NicTimeline } from './nics/nic-timeline.ts';
import { watching } from './view/watching.ts';

/** What is asked for, of this computer: the room knows no connections. */
type In<K extends keyof typeof networks> = Omit<z.output<(typeof networks)[K]['input']>, 'connection'>;

/** How often counters are read while somebody watches, ms. */
const period = 1000;

/** What the networks need to know of machines. */
export interface NicSource {
  /** NICs of a machine as they run; of one that is off, only the one at which its last start failed. @throws TapestryError not-found */
  nics(ref: string): Promise<readonly RunningNic[]>;
  /** Calls `changed` when the NICs of this machine (or its state) may have changed; returns the unsubscription. */
  listen(ref: string, changed: () => void): () => void;
  /** Whose running machine has this interface of the host? Its name; undefined for an interface that no machine has. */
  holder(device: string): string | undefined;
  /** Asks the guest's agent for the guest's interfaces. @throws TapestryError agent-*, not-found, wrong-state */
  guestInterfaces(ref: string): Promise<GuestInterface[]>;
  /** Adds or removes a port forward of a user-mode NIC, live and/or stored. */
  forward(input: In<'networks.forward'>): Promise<void>;
  /** Forgets that the cable of this NIC was moved. @throws TapestryError not-found, wrong-state */
  keepMove(ref: string, alias: string): Promise<void>;
}

/** The counters of the last view, and those of the one before, of which rates are made. */
interface Samples {
  readonly last: Sample;
  readonly before: Sample | undefined;
}

/** Gets a line for each thing that was done to this host: what, to which interface; `info` unless told otherwise. */
export type TellDeed = (text: string, device: string, severity?: 'info' | 'warning') => void;

/** The networks of this host, and the NICs of its machines. */
export class EmbeddedNetworks {
  readonly #source: NicSource;
  readonly #helper: NetworkHelper;
  readonly #timeline: NicTimeline;
  readonly #host: SharedHostView;
  readonly #tell: TellDeed;
  /** By token; `over` settles when it is kept, or when all of it was taken back. */
  readonly #uplinks = new Map<string, { readonly trial: UplinkTrial; readonly uplink: PendingUplink; readonly over: Promise<void> }>();
  #ended: UplinkTrials['ended'] = null;
  readonly #trialsWatched = new Set<() => void>();

  constructor(
    source: NicSource,
    helper: NetworkHelper,
    timeline: NicTimeline,
    tell: TellDeed = () => undefined,
    host = new SharedHostView(),
  ) {
    this.#host = host;
    this.#tell = tell;
    this.#source = source;
    this.#helper = helper;
    this.#timeline = timeline;
  }

  interfaces(): Promise<HostInterface[]> {
    return this.#host.fresh().then(({ interfaces }) => [...interfaces]);
  }

  watch(signal: AbortSignal): AsyncIterable<HostInterface[]> {
    return watching(
      async () => [...(await this.#host.view()).interfaces],
      (changed) => this.#host.listen(changed),
      period,
      signal,
    );
  }

  nic(ref: string): Promise<NicStatus[]> {
    return this.#look(ref, new Map(), () => this.#host.fresh());
  }

  guestInterfaces(ref: string): Promise<GuestInterface[]> {
    return this.#source.guestInterfaces(ref);
  }

  nics(ref: string, signal: AbortSignal): AsyncIterable<NicStatus[]> {
    const samples = new Map<string, Samples>();
    const subscribe = (changed: () => void) => {
      const ends = [this.#host.listen(changed), this.#source.listen(ref, changed), this.#timeline.listen(changed)];
      return () => {
        for (const end of ends) end();
      };
    };
    return watching(() => this.#look(ref, samples, () => this.#host.view()), subscribe, period, signal);
  }

  /** @throws TapestryError interface-exists, helper-* */
  async createBridge({ name, mtu, stp }: In<'networks.createBridge'>): Promise<void> {
    const answer = await this.#helper.run('bridge-add', { name: interfaceName(name, 'name'), mtu, stp }, { about: { name } });
    this.#tell(`Helper ${answer.pid} made bridge ${name}`, name);
  }

  /**
   * The kernel lets a bridge go from under its ports, so what is on it is looked at first.
   * @param uplink a port that is taken off before
   * @throws TapestryError bridge-missing, wrong-state (machines run on it), helper-denied (not ours, or with ports of others), helper-*
   */
  async deleteBridge(name: string, uplink?: string): Promise<void> {
    await this.#requireUnused(interfaceName(name, 'name'), uplink);
    if (uplink !== undefined) await this.removeUplink({ bridge: name, port: uplink });
    const { pid } = await this.#helper.run('bridge-del', { name }, { about: { name, bridge: name } });
    this.#tell(`Helper ${pid} deleted bridge ${name}`, name);
  }

  /**
   * The helper keeps the time, and takes everything back when nobody confirms or this process ends. A bridge that is made for the uplink
   * goes with it.
   * @throws TapestryError invalid, interface-missing, interface-exists, bridge-missing, helper-*
   */
  async addUplink({ bridge, port, confirmWithin, create }: In<'networks.addUplink'>): Promise<{ token: string; until: number }> {
    await requireUplink(interfaceName(bridge, 'bridge'), port);
    if (create !== undefined) await this.createBridge({ name: bridge, ...create });
    const until = Date.now() + confirmWithin * 1000;
    const uplink = await this.#helper.addUplink(bridge, port, confirmWithin, create !== undefined).catch(async (error: unknown) => {
      if (create !== undefined) await this.#deleteUnused(bridge);
      throw error;
    });
    const token = randomUUID();
    this.#tell(`Helper ${uplink.pid} put ${port} on ${bridge} as its uplink, for ${confirmWithin} s unless confirmed`, bridge);
    const over = uplink.ended.then(async (confirmed) => {
      this.#uplinks.delete(token);
      this.#ended = { bridge, port, token, kept: confirmed, at: Date.now() };
      this.#tellTrials();
      if (confirmed) this.#tell(`The uplink ${port} of ${bridge} was confirmed`, bridge);
      else this.#tell(`Helper ${uplink.pid} took ${port} off ${bridge} again: nobody confirmed it`, bridge, 'warning');
      if (!confirmed && create !== undefined) await this.#deleteUnused(bridge);
    });
    this.#uplinks.set(token, { trial: { bridge, port, token, until }, uplink, over });
    this.#tellTrials();
    return { token, until };
  }

  /** The uplinks on trial now, then at each change. */
  trials(signal: AbortSignal): AsyncIterable<UplinkTrials> {
    return watching(
      () => Promise.resolve({ pending: [...this.#uplinks.values()].map(({ trial }) => trial), ended: this.#ended }),
      (changed) => {
        this.#trialsWatched.add(changed);
        return () => this.#trialsWatched.delete(changed);
      },
      undefined,
      signal,
    );
  }

  #tellTrials(): void {
    for (const changed of this.#trialsWatched) changed();
  }

  /** @throws TapestryError not-found when the time is over and the uplink was taken back */
  async confirmUplink(token: string): Promise<void> {
    await this.#pending(token).uplink.confirm();
  }

  /** Takes it back at once, with the bridge that was made for it. @throws TapestryError not-found as {@link confirmUplink} */
  async cancelUplink(token: string): Promise<void> {
    const { uplink, over } = this.#pending(token);
    await uplink.cancel();
    await over;
  }

  #pending(token: string): { readonly uplink: PendingUplink; readonly over: Promise<void> } {
    const pending = this.#uplinks.get(token);
    if (pending === undefined) {
      throw new TapestryError(
        'not-found',
        'This uplink waits for no confirmation: the time was over and it was taken back, or it was confirmed already.',
        { next: 'Add the uplink again.' },
      );
    }
    return pending;
  }

  /** Told before anything is taken off. A port with our label that no machine here has is one of another Tapestry's, or of a start. */
  async #requireUnused(name: string, uplink: string | undefined): Promise<void> {
    const all = await this.interfaces();
    const ports = all.filter(({ master, name: port }) => master === name && port !== uplink);
    const users = ports.flatMap((port) => {
      const machine = this.#source.holder(port.name);
      if (machine === undefined) return port.ours?.machine === undefined ? [] : [`another Tapestry’s machine (${port.name})`];
      return [`“${machine}” (${port.name})`];
    });
    if (users.length > 0)
      throw new TapestryError(
        'wrong-state',
        `The bridge “${name}” can’t be deleted while running machines are on it: ${users.join(', ')}.`,
        {
          next: 'Stop these machines, or move their NICs to another bridge.',
        },
      );
    const other = ports.find(({ ours }) => ours === null);
    if (uplink !== undefined && other !== undefined)
      throw helperError({ ok: false, error: 'foreign-port', what: 'name', errno: 0, errname: '' }, { program: '', name });
  }

  /** The helper deletes what was made for an uplink; this is for a bridge that it never came to. With a machine on it meanwhile, it stays. */
  async #deleteUnused(bridge: string): Promise<void> {
    try {
      const found = (await this.interfaces()).find(({ name }) => name === bridge);
      if (found?.ports.length === 0) await this.deleteBridge(bridge);
    } catch (error) {
      if (error instanceof TapestryError && error.code === 'bridge-missing') return; // the guard of the uplink was quicker
      this.#tell(`The bridge ${bridge} stays: ${error instanceof Error ? error.message : String(error)}`, bridge, 'warning');
    }
  }

  async removeUplink({ bridge, port }: In<'networks.removeUplink'>): Promise<void> {
    const { pid } = await this.#helper.run(
      'uplink-del',
      { bridge: interfaceName(bridge, 'bridge'), lower: interfaceName(port, 'port') },
      { about: { bridge, lower: port } },
    );
    this.#tell(`Helper ${pid} took the uplink ${port} off ${bridge}`, bridge);
  }

  forward(input: In<'networks.forward'>): Promise<void> {
    return this.#source.forward(input);
  }

  keepMove(ref: string, alias: string): Promise<void> {
    return this.#source.keepMove(ref, alias);
  }

  async #look(ref: string, samples: Map<string, Samples>, look: () => Promise<HostViewNow>): Promise<NicStatus[]> {
    const nics = await this.#source.nics(ref);
    if (nics.length === 0) return [];
    const view = await look();
    return Promise.all(nics.map((nic) => this.#strip(nic, view, samples)));
  }

  async #strip(nic: RunningNic, view: HostViewNow, samples: Map<string, Samples>): Promise<NicStatus> {
    const { at } = view;
    const known = samples.get(nic.alias);
    // The same view once more, for another news than its counters': the same rates.
    const before = known?.last.at === at ? known.before : known?.last;
    // A machine that an earlier host started: its record tells how it began.
    if (nic.record !== null && !this.#timeline.knows(nic.machine, nic.alias))
      this.#timeline.begin(nic.machine, nic.alias, nic.record.timeline);
    const status = await nicStatus(nic, view, [...this.#timeline.of(nic.machine, nic.alias)], before, at);
    if (status.rxBytes !== null && status.txBytes !== null)
      samples.set(nic.alias, { last: { at, rx: status.rxBytes, tx: status.txBytes }, before });
    return status;
  }
}

/** May this be an uplink? Told before anything is made; the helper decides. @throws TapestryError invalid, interface-missing, interface-exists */
const requireUplink = async (bridge: string, port: string): Promise<void> => {
  const refuse = (error: string): never => {
    throw helperError({ ok: false, error, what: 'lower', errno: 0, errname: '' }, { program: '', bridge, lower: port });
  };
  if (port === 'lo') refuse('bad-port');
  const facts = await interfaceFacts(interfaceName(port, 'port'));
  if (facts === undefined) return refuse('no-interface');
  if (facts.tun !== null || ['bridge', 'macvtap', 'macvlan', 'loopback'].includes(facts.kind)) refuse('bad-port');
  if (facts.master !== null) refuse('has-master');
};

/** A name for the helper: its own rule, told with a sentence. @throws TapestryError invalid */
const interfaceName = (name: string, field: string): string => {
  const fault = nameFault(name);
  if (fault === undefined) return name;
  throw new TapestryError('invalid', fault.message, { next: fault.next, path: field });
};
