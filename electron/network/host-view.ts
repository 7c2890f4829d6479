import type { HostInterface } from '../../shared/contract/networks.ts';
import { leaseFiles } from './view/guest-addresses.ts';
import { hostInterfaces } from './view/host-interfaces.ts';
import { InterfaceEvents } from './view/interface-events.ts';
import { ipNeighbours } from './view/ip-json.ts';
import { netDevHere, type NetCounters } from './view/net-dev.ts';
import type { HostView } from './nics/nic-status.ts';

/** What changes without an event that we are told of (a card's speed, the age of a neighbour) is looked at this often, ms. */
const lookAgain = 10_000;

/** How long the counters of one look count as now, ms: several watchers' ticks share them. */
const tick = 900;

/** What is looked at in full: it costs a process and several files for each interface. */
interface Facts {
  readonly at: number;
  readonly interfaces: readonly HostInterface[];
}

/** A view of the host, and when it was taken, ms since the epoch. */
export interface HostViewNow extends HostView {
  readonly at: number;
}

/** Of the counters, those that the list of interfaces has too. */
const trafficOf = (counters: NetCounters | undefined): Partial<Pick<HostInterface, 'rxBytes' | 'txBytes' | 'rxDropped' | 'txDropped'>> => {
  if (counters === undefined) return {}; // it went meanwhile
  const { rxBytes, txBytes, rxDropped, txDropped } = counters;
  return { rxBytes, txBytes, rxDropped, txDropped };
};

/**
 * The host's interfaces, counters and neighbours, looked at once for everybody who watches, however many machines they watch: interfaces when
 * `ip monitor` tells of a change, counters, neighbours and leases once a tick. While nobody watches nothing is kept, and each look is a fresh one.
 */
export class SharedHostView {
  readonly #events = new InterfaceEvents();
  #watchers = 0;
  #facts: Promise<Facts> | undefined;
  #view: { readonly since: number; readonly view: Promise<HostViewNow> } | undefined;

  /** Calls `listener` after each change of links and addresses, until the returned function is called; views are shared meanwhile. */
  listen(listener: () => void): () => void {
    if (this.#watchers++ === 0) this.#forget();
    const end = this.#events.listen(() => {
      this.#forget();
      listener();
    });
    return () => {
      end();
      if (--this.#watchers === 0) this.#forget();
    };
  }

  /** As the host is, at most a tick ago; its interfaces as of the last change told. @throws TapestryError host-missing without iproute2 */
  view(): Promise<HostViewNow> {
    const now = Date.now();
    if (this.#watchers === 0) return this.#look(now);
    if (this.#view !== undefined && now - this.#view.since < tick && now >= this.#view.since) return this.#view.view;
    const view = this.#look(now);
    this.#view = { since: now, view };
    view.catch(() => this.#forget()); // who asked for it is told
    return view;
  }

  /** As the host is now: a change of which no event has come yet is seen. @throws TapestryError as {@link view} */
  fresh(): Promise<HostViewNow> {
    this.#forget();
    return this.view();
  }

  #forget(): void {
    this.#facts = undefined;
    this.#view = undefined;
  }

  async #look(now: number): Promise<HostViewNow> {
    const known = this.#watchers === 0 ? undefined : await this.#facts;
    const current = known !== undefined && now - known.at < lookAgain && now >= known.at ? known : undefined;
    const facts = current ?? hostInterfaces().then((interfaces): Facts => ({ at: now, interfaces }));
    if (this.#watchers > 0 && facts instanceof Promise) this.#facts = facts;
    const [{ interfaces }, neighbours, leases] = await Promise.all([facts, ipNeighbours(), leaseFiles()]);
    const counters = await netDevHere();
    return {
      at: now,
      counters,
      neighbours,
      leases,
      interfaces: interfaces.map((one) => ({ ...one, ...trafficOf(counters.get(one.name)) })),
    };
  }
}
