import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { jsonOrUndefined } from '../../shared/json.ts';
import type { guestAddress } from '../../shared/contract/networks.ts';
import type { IpNeighbour } from './ip-json.ts';

/** See the contract. */
export type GuestAddress = z.infer<typeof guestAddress>;

const family = (address: string): GuestAddress['family'] => (address.includes(':') ? 'ipv6' : 'ipv4');

/** States of a neighbour entry that say nothing of the guest being there. */
const useless: ReadonlySet<string> = new Set(['FAILED', 'INCOMPLETE', 'NONE']);

/** The addresses that the neighbour table has for a MAC. The table tells no age; `seenAt` is now while it is reachable. Pure. */
export const addressesByNeighbour = (neighbours: readonly IpNeighbour[], mac: string, at: number): GuestAddress[] =>
  neighbours
    .filter(({ lladdr, state }) => lladdr?.toLowerCase() === mac && !state.some((word) => useless.has(word)))
    .map(({ dst }) => ({ address: dst, prefix: 0, family: family(dst), source: 'arp', seenAt: at }));

/** A line of dnsmasq's lease file: expiry (s), MAC, address, host name, client id. Pure. */
export const readLeases = (text: string, mac: string, at: number): GuestAddress[] =>
  text.split('\n').flatMap((line): GuestAddress[] => {
    const [expiry, hardware, address] = line.split(' ');
    if (expiry === undefined || hardware?.toLowerCase() !== mac || address === undefined || !/^[0-9a-fA-F.:]+$/.test(address)) return [];
    const until = Number(expiry) * 1000;
    // 0 is a lease without end.
    if (!Number.isFinite(until) || (until !== 0 && until < at)) return [];
    return [{ address, prefix: 0, family: family(address), source: 'lease', seenAt: at }];
  });

const libvirtLease = z.array(z.object({ 'ip-address': z.string(), 'mac-address': z.string(), 'expiry-time': z.number() }).partial());

/** libvirt's `virbrN.status`: JSON, expiry in s. Text that is none tells nothing (it is written by another program, perhaps just now). Pure. */
export const readLibvirtLeases = (text: string, mac: string, at: number): GuestAddress[] => {
  const leases = libvirtLease.safeParse(jsonOrUndefined(text));
  if (!leases.success) return []; // half written: the next look reads it whole
  return leases.data.flatMap((lease): GuestAddress[] => {
    const address = lease['ip-address'];
    if (address === undefined || lease['mac-address']?.toLowerCase() !== mac || (lease['expiry-time'] ?? 0) * 1000 < at) return [];
    return [{ address, prefix: 0, family: family(address), source: 'lease', seenAt: at }];
  });
};

/** Where DHCP servers of this host keep their leases. */
const leaseFolders = ['/var/lib/libvirt/dnsmasq', '/var/lib/misc', '/var/lib/dnsmasq', '/var/lib/NetworkManager'];

/** Leases for a MAC, of dnsmasq servers on this host whose files we may read. */
export const leasesOf = async (mac: string, at: number, folders: readonly string[] = leaseFolders): Promise<GuestAddress[]> => {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.leases') || name.endsWith('.status'));
      const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8').catch(() => '')));
      return texts.flatMap((text, place) =>
        names[place]?.endsWith('.status') === true ? readLibvirtLeases(text, mac, at) : readLeases(text, mac, at),
      );
    }),
  );
  return found.flat();
};

/** One entry per address; the surer source wins (agent, lease, then the neighbour table). Pure. */
export const mergeAddresses = (addresses: readonly GuestAddress[]): GuestAddress[] => {
  const order: readonly GuestAddress['source'][] = ['agent', 'lease', 'passt', 'slirp', 'arp'];
  const merged = new Map<string, GuestAddress>();
  for (const address of addresses.toSorted((a, b) => order.indexOf(a.source) - order.indexOf(b.source))) {
    if (!merged.has(address.address)) merged.set(address.address, address);
  }
  return [...merged.values()];
};
