import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { HostInterface, NicStatus } from '../../shared/contract/networks.ts';
import type { Link } from '../api.ts';
import { useServices } from '../state/services.ts';
import { sharedFeed, type SharedFeed } from './shared-feed.ts';

/** Samples kept for a NIC's sparkline: one a second. */
export const nicHistory = 40;

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
export function takeInterfaces(before: InterfacesNow | undefined, all: readonly HostInterface[]): InterfacesNow {
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

/** The NICs of several machines, by UUID. */
export function useAllNics(uuids: readonly string[]): ReadonlyMap<string, NicsNow> {
  const { link } = useServices();
  const key = uuids.join(' ');
  const feeds = useMemo(() => (key === '' ? [] : key.split(' ').map((uuid) => [uuid, nicsOf(link, uuid)] as const)), [link, key]);
  const subscribe = useCallback(
    (listener: () => void) => {
      const ends = feeds.map(([, feed]) => feed.subscribe(listener));
      return () => {
        for (const end of ends) end();
      };
    },
    [feeds],
  );
  // A snapshot must be the same object until one of its parts changes.
  const cache = useMemo(() => ({ parts: [] as readonly (NicsNow | undefined)[], map: new Map<string, NicsNow>() }), [feeds]);
  const snapshot = useCallback(() => {
    const parts = feeds.map(([, feed]) => feed.get());
    if (parts.length === cache.parts.length && parts.every((part, index) => part === cache.parts[index])) return cache.map;
    cache.parts = parts;
    cache.map = new Map(feeds.flatMap(([uuid], index) => (parts[index] ? [[uuid, parts[index]] as const] : [])));
    return cache.map;
  }, [feeds, cache]);
  return useSyncExternalStore(subscribe, snapshot);
}
