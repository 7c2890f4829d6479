import { useMemo, useSyncExternalStore } from 'react';
import type { HostInterface, NicStatus } from '../../shared/contract/networks.ts';
import type { FeedFailure, Link } from '../link/api.ts';
import { useServices } from '../state/services.ts';
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

const networks = new WeakMap<Link, HostNetwork>();

function networkOf(link: Link): HostNetwork {
  const known = networks.get(link);
  if (known) return known;
  const made: HostNetwork = {
    interfaces: sharedFeed(link, (api, signal) => api['networks.watch']({}, { signal }), takeInterfaces),
    nics: new Map(),
  };
  networks.set(link, made);
  return made;
}

function nicsOf(link: Link, uuid: string): SharedFeed<NicsNow> {
  const { nics } = networkOf(link);
  const known = nics.get(uuid);
  if (known) return known;
  const made = sharedFeed(link, (api, signal) => api['networks.nics']({ machine: uuid }, { signal }), takeNics);
  nics.set(uuid, made);
  return made;
}

const quiet = () => () => undefined;

/** The host's interfaces with their counters, renewed every second; undefined until they are known. */
export function useHostInterfaces(): readonly HostInterface[] | undefined {
  const { interfaces } = networkOf(useServices().link);
  return useSyncExternalStore(interfaces.subscribe, () => interfaces.get()?.all);
}

/** Why the host's interfaces can't be seen; undefined while they can, or are about to be. */
export function useHostInterfacesFailure(): FeedFailure | undefined {
  const { interfaces } = networkOf(useServices().link);
  return useSyncExternalStore(interfaces.subscribe, interfaces.failure);
}

/** The host's interfaces as facts (counters are 0): changes only when a fact does. Undefined until known, or while not `wanted`. */
export function useInterfaceFacts(wanted = true): readonly HostInterface[] | undefined {
  const { interfaces } = networkOf(useServices().link);
  return useSyncExternalStore(wanted ? interfaces.subscribe : quiet, () => (wanted ? interfaces.get()?.facts : undefined));
}

/** The NICs of one machine as they run; undefined until known. */
export function useNics(uuid: string, wanted = true): NicsNow | undefined {
  const feed = nicsOf(useServices().link, uuid);
  return useSyncExternalStore(wanted ? feed.subscribe : quiet, () => (wanted ? feed.get() : undefined));
}

/** Several machines' NICs as one feed; its value is the same object until one of its parts changes. */
function combined(
  link: Link,
  uuids: readonly string[],
): { readonly subscribe: (listener: () => void) => () => void; readonly get: () => NicsByMachine } {
  const feeds = uuids.map((uuid) => [uuid, nicsOf(link, uuid)] as const);
  let parts: readonly (NicsNow | undefined)[] = [];
  let value: NicsByMachine = new Map();
  return {
    subscribe: (listener) => {
      const ends = feeds.map(([, feed]) => feed.subscribe(listener));
      return () => {
        for (const end of ends) end();
      };
    },
    get: () => {
      const now = feeds.map(([, feed]) => feed.get());
      if (now.some((part, index) => part !== parts[index])) {
        parts = now;
        value = new Map(feeds.flatMap(([uuid], index) => (now[index] ? [[uuid, now[index]] as const] : [])));
      }
      return value;
    },
  };
}

/** The NICs of machines by UUID. */
export type NicsByMachine = ReadonlyMap<string, NicsNow>;

/** The NICs of several machines as they run. */
export function useAllNics(uuids: readonly string[]): NicsByMachine {
  const { link } = useServices();
  const key = uuids.join(' ');
  const feed = useMemo(() => combined(link, key === '' ? [] : key.split(' ')), [link, key]);
  return useSyncExternalStore(feed.subscribe, feed.get);
}
