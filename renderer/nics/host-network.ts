import { useMemo, useSyncExternalStore } from 'react';
import { keyOf, refOf, refOfKey } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import { whyNot } from '../../shared/contract/support-of.ts';
import type { HostInterface, NicStatus } from '../../shared/contract/networks.ts';
import type { FeedFailure, Link } from '../link/api.ts';
import { useConnections, useScope } from '../state/connections.ts';
import { useServices } from '../state/services.ts';
import { refusal, useStanding } from '../state/use-link-status.ts';
import { byName } from './interface-words.ts';
import { sharedFeed, type SharedFeed } from './shared-feed.ts';

/** Samples kept for a NIC's sparkline: one a second. */
export const nicHistory = 24;

/** The NICs of a machine, and the recent rates of each (bytes/s, oldest first) by alias. */
export interface NicsNow {
  readonly nics: readonly NicStatus[];
  readonly rates: Readonly<Record<string, { readonly rx: readonly number[]; readonly tx: readonly number[] }>>;
}

interface HostNetwork {
  readonly interfaces: SharedFeed<InterfacesNow>;
  /** By the machine's key. */
  readonly nics: Map<string, SharedFeed<NicsNow>>;
}

interface InterfacesNow {
  readonly all: readonly HostInterface[];
  /** The same object until something but a counter changes. */
  readonly facts: readonly HostInterface[];
  readonly mark: string;
}

const still = (one: HostInterface): HostInterface => ({ ...one, rxBytes: 0, txBytes: 0, rxDropped: 0, txDropped: 0 });

/** The interfaces with and without their counters: forms need not be drawn again because a packet passed. Pure. */
export function takeInterfaces(before: InterfacesNow | undefined, told: readonly HostInterface[]): InterfacesNow {
  // The kernel's order is nobody's: all lists and pick lists of the window have this one.
  const all = told.toSorted(byName);
  const facts = all.map(still);
  const mark = JSON.stringify(facts);
  return { all, mark, facts: before?.mark === mark ? before.facts : facts };
}

/** Adds the rates of a sample to those before. Pure. */
export function takeNics(before: NicsNow | undefined, nics: readonly NicStatus[]): NicsNow {
  const rates = Object.fromEntries(
    nics.map(({ alias, rxBps, txBps }) => {
      const past = before?.rates[alias] ?? { rx: [], tx: [] };
      const add = (values: readonly number[], value: number | null) => (value === null ? values : [...values, value].slice(-nicHistory));
      return [alias, { rx: add(past.rx, rxBps), tx: add(past.tx, txBps) }];
    }),
  );
  return { nics, rates };
}

const networks = new WeakMap<Link, Map<string, HostNetwork>>();

function networkOf(link: Link, connection: string): HostNetwork {
  const all = networks.get(link) ?? new Map<string, HostNetwork>();
  networks.set(link, all);
  const known = all.get(connection);
  if (known) return known;
  const made: HostNetwork = {
    interfaces: sharedFeed(link, (api, signal) => api['networks.watch']({ connection }, { signal }), takeInterfaces),
    nics: new Map(),
  };
  all.set(connection, made);
  return made;
}

function nicsOf(link: Link, machine: MachineRef): SharedFeed<NicsNow> {
  const { nics } = networkOf(link, machine.connection);
  const key = keyOf(machine);
  const known = nics.get(key);
  if (known) return known;
  const made = sharedFeed(link, (api, signal) => api['networks.nics']({ machine: refOf(machine) }, { signal }), takeNics);
  nics.set(key, made);
  return made;
}

const quiet = () => () => undefined;

/** The feed of the interfaces of this part's connection, and whether anything comes of asking for it: what was seen last stays. */
function useInterfaceFeed(): { readonly feed: SharedFeed<InterfacesNow>; readonly subscribe: SharedFeed<InterfacesNow>['subscribe'] } {
  const { interfaces: feed } = networkOf(useServices().link, useScope());
  const standing = useStanding();
  // Until it is known what the connection can, nothing is asked of it.
  const asks = standing.connection !== undefined && refusal(standing, 'networks') === undefined;
  return { feed, subscribe: asks ? feed.subscribe : quiet };
}

/** The interfaces of the host of this part's connection with their counters, renewed every second; undefined until they are known. */
export function useHostInterfaces(): readonly HostInterface[] | undefined {
  const { feed, subscribe } = useInterfaceFeed();
  return useSyncExternalStore(subscribe, () => feed.get()?.all);
}

/** Why the host's interfaces can't be seen; undefined while they can, or are about to be. */
export function useHostInterfacesFailure(): FeedFailure | undefined {
  const { feed, subscribe } = useInterfaceFeed();
  return useSyncExternalStore(subscribe, feed.failure);
}

/** The host's interfaces as facts (counters are 0): changes only when a fact does. Undefined until known, or while not `wanted`. */
export function useInterfaceFacts(wanted = true): readonly HostInterface[] | undefined {
  const { feed, subscribe } = useInterfaceFeed();
  return useSyncExternalStore(wanted ? subscribe : quiet, () => (wanted ? feed.get()?.facts : undefined));
}

/** The NICs of one machine as they run; undefined until known. */
export function useNics(machine: MachineRef & Pick<MachineSummary, 'support'>, wanted = true): NicsNow | undefined {
  const feed = nicsOf(useServices().link, machine);
  const standing = useStanding(machine.connection);
  const asks = standing.connection !== undefined && refusal(standing, 'nics', machine) === undefined;
  return useSyncExternalStore(wanted && asks ? feed.subscribe : quiet, () => (wanted ? feed.get() : undefined));
}

/** Several machines' NICs as one feed; its value is the same object until one of its parts changes. @param asks is it of use to ask about it */
function combined(
  link: Link,
  machines: readonly MachineRef[],
  asks: (machine: MachineRef) => boolean,
): { readonly subscribe: (listener: () => void) => () => void; readonly get: () => NicsByMachine } {
  const feeds = machines.map((machine) => ({ key: keyOf(machine), feed: nicsOf(link, machine), asked: asks(machine) }));
  let parts: readonly (NicsNow | undefined)[] = [];
  let value: NicsByMachine = new Map();
  return {
    subscribe: (listener) => {
      const ends = feeds.filter(({ asked }) => asked).map(({ feed }) => feed.subscribe(listener));
      return () => {
        for (const end of ends) end();
      };
    },
    get: () => {
      const now = feeds.map(({ feed }) => feed.get());
      if (now.some((part, index) => part !== parts[index])) {
        parts = now;
        value = new Map(feeds.flatMap(({ key }, index) => (now[index] ? [[key, now[index]] as const] : [])));
      }
      return value;
    },
  };
}

/** The NICs of machines by the machines' keys. */
export type NicsByMachine = ReadonlyMap<string, NicsNow>;

/** The NICs of several machines as they run. @param keys the machines' */
export function useAllNics(keys: readonly string[]): NicsByMachine {
  const { link } = useServices();
  const connections = useConnections();
  const key = keys.join(' ');
  const feed = useMemo(() => {
    const machines = key === '' ? [] : key.split(' ').flatMap((one) => refOfKey(one) ?? []);
    return combined(link, machines, ({ connection }) => {
      const known = connections?.find(({ id }) => id === connection);
      return known?.state.kind === 'connected' && whyNot('nics', known) === undefined;
    });
  }, [link, key, connections]);
  return useSyncExternalStore(feed.subscribe, feed.get);
}
