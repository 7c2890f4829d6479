import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { jsonOrUndefined } from '../../../shared/json.ts';
import type { guestAddress } from '../../../shared/contract/networks.ts';
import type { IpNeighbour } from './ip-json.ts';

/** See the contract. */
export type GuestAddress = z.infer<typeof guestAddress>;

const family = (address: string): GuestAddress['family'] => (address.includes(':') ? 'ipv6' : 'ipv4');

/** States of a neighbour entry that say nothing of the guest being there. */
const useless: ReadonlySet<string> = new Set(['FAILED', 'INCOMPLETE', 'NONE']);

/**
 * How long before an entry that the guest itself made by asking for the host (arp(7)) the kernel dates its confirmation, s: twice
 * `base_reachable_time`, which is 30 s unless set.
 */
const neverConfirmed = 60;
/** An entry that was confirmed becomes stale after one and a half times `base_reachable_time` at most, s. */
const longestReachable = 45;

/**
 * How long ago the guest was heard by what the kernel tells of an entry, s. An entry that the guest made and nobody has confirmed yet was
 * heard when it was made; another one when it was last confirmed. While the kernel is asking (DELAY, PROBE, 8 s at most) the two can't be
 * told apart: the later time is taken.
 */
const heardAgo = ({ confirmed, updated, state }: IpNeighbour): number => {
  if (confirmed === undefined) return 0;
  if (confirmed < neverConfirmed || state.includes('REACHABLE')) return confirmed;
  if (state.includes('DELAY') || state.includes('PROBE')) return confirmed - neverConfirmed;
  return updated !== undefined && confirmed - updated > longestReachable + 5 ? updated : confirmed;
};

/** Addresses by where they were looked for: those that were heard of in this run, and those that are older than it. */
export interface FoundAddresses {
  readonly seen: readonly GuestAddress[];
  /** Known of the time before this run: nobody has heard them since. */
  readonly old: readonly GuestAddress[];
}

/** Parts addresses by whether they were heard since then (ms since the epoch; a second is allowed for the kernel's whole seconds). Pure. */
export function partBySince(addresses: readonly GuestAddress[], since: number): FoundAddresses {
  const isOld = ({ seenAt, byHand }: GuestAddress) => byHand !== true && seenAt < since - 1000;
  return { seen: addresses.filter((one) => !isOld(one)), old: addresses.filter(isOld) };
}

/** The addresses that the neighbour table has for a MAC; `seenAt` is when the guest was heard. Pure. @param at now, ms since the epoch */
export function addressesByNeighbour(neighbours: readonly IpNeighbour[], mac: string, at: number): GuestAddress[] {
  return neighbours
    .filter(({ lladdr, state }) => lladdr?.toLowerCase() === mac && !state.some((word) => useless.has(word)))
    .map((one): GuestAddress => {
      const byHand = one.state.includes('PERMANENT') || one.state.includes('NOARP');
      return {
        address: one.dst,
        prefix: 0,
        family: family(one.dst),
        source: 'arp',
        seenAt: byHand ? at : at - heardAgo(one) * 1000,
        ...(byHand ? { byHand } : {}),
      };
    });
}

/** A lease as a server of this host keeps it. */
interface Lease {
  readonly mac: string;
  readonly address: string;
  /** Its end, ms since the epoch; 0 for one without end. */
  readonly until: number;
}

/**
 * The leases of a MAC that haven't ended. A server keeps the end of a lease, not when it was given. The file is written with each lease, so
 * that which ends last was given when the file was written, and the others (all being equally long) so much earlier as they end.
 *
 * @param written when the file was written, ms since the epoch
 */
const leasesFor = (leases: readonly Lease[], mac: string, at: number, written: number): GuestAddress[] => {
  const last = Math.max(...leases.map(({ until }) => until));
  return leases
    .filter((lease) => lease.mac === mac && (lease.until === 0 || lease.until >= at))
    .map(({ address, until }) => ({
      address,
      prefix: 0,
      family: family(address),
      source: 'lease',
      seenAt: Math.min(at, until === 0 ? written : written - (last - until)),
    }));
};

/**
 * dnsmasq's lease file: lines of expiry (s; 0 is a lease without end), MAC, address, host name, client id. Pure.
 *
 * @param at now, ms since the epoch
 * @param written when the file was written, ms since the epoch
 */
export function readLeases(text: string, mac: string, at: number, written: number = at): GuestAddress[] {
  const leases = text.split('\n').flatMap((line): Lease[] => {
    const [expiry, hardware, address] = line.split(' ');
    const until = Number(expiry) * 1000;
    if (hardware === undefined || address === undefined || !/^[0-9a-fA-F.:]+$/.test(address) || !Number.isFinite(until)) return [];
    return [{ mac: hardware.toLowerCase(), address, until }];
  });
  return leasesFor(leases, mac, at, written);
}

const libvirtLease = z.array(z.object({ 'ip-address': z.string(), 'mac-address': z.string(), 'expiry-time': z.number() }).partial());

/**
 * libvirt's `virbrN.status`: JSON, expiry in s. Text that is none tells nothing (it is written by another program, perhaps just now). Pure.
 *
 * @param at now, ms since the epoch
 * @param written when the file was written, ms since the epoch
 */
export function readLibvirtLeases(text: string, mac: string, at: number, written: number = at): GuestAddress[] {
  const leases = libvirtLease.safeParse(jsonOrUndefined(text));
  if (!leases.success) return []; // half written: the next look reads it whole
  const known = leases.data.flatMap((lease): Lease[] => {
    const { 'ip-address': address, 'mac-address': hardware, 'expiry-time': expiry } = lease;
    // Without an expiry it has ended: libvirt writes one for each.
    if (address === undefined || hardware === undefined || expiry === undefined) return [];
    return [{ mac: hardware.toLowerCase(), address, until: expiry * 1000 }];
  });
  return leasesFor(known, mac, at, written);
}

/** Where DHCP servers of this host keep their leases. */
const leaseFolders = ['/var/lib/libvirt/dnsmasq', '/var/lib/misc', '/var/lib/dnsmasq', '/var/lib/NetworkManager'];

/** A file in which a DHCP server of this host keeps its leases, as it is now. */
export interface LeaseFile {
  readonly name: string;
  readonly text: string;
  /** When it was written, ms since the epoch. */
  readonly written: number;
}

/** The lease files of this host that we may read. One that we may not read tells nothing, as one that just went. */
export async function leaseFiles(folders: readonly string[] = leaseFolders): Promise<LeaseFile[]> {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.leases') || name.endsWith('.status'));
      return Promise.all(
        names.map(async (name): Promise<LeaseFile> => {
          const file = path.join(folder, name);
          const [text, facts] = await Promise.all([readFile(file, 'utf8').catch(() => ''), stat(file).catch(() => undefined)]);
          return { name, text, written: facts?.mtimeMs ?? 0 };
        }),
      );
    }),
  );
  return found.flat();
}

/** Leases for a MAC, of dnsmasq servers on this host. Pure. @param at now, ms since the epoch */
export function leasesOf(files: readonly LeaseFile[], mac: string, at: number): GuestAddress[] {
  return files.flatMap(({ name, text, written }) =>
    name.endsWith('.status') ? readLibvirtLeases(text, mac, at, written) : readLeases(text, mac, at, written),
  );
}

/** One entry per address; the surer source wins (agent, lease, connections, then the neighbour table). Pure. */
export function mergeAddresses(addresses: readonly GuestAddress[]): GuestAddress[] {
  const order: readonly GuestAddress['source'][] = ['agent', 'lease', 'traffic', 'arp'];
  const merged = new Map<string, GuestAddress>();
  for (const address of addresses.toSorted((a, b) => order.indexOf(a.source) - order.indexOf(b.source))) {
    if (!merged.has(address.address)) merged.set(address.address, address);
  }
  return [...merged.values()];
}
