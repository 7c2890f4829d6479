import type { Interface } from '../../../shared/domain/interface.ts';

const numberOf = (address: string): number | undefined => {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
};

const textOf = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');

/** The mask that QEMU takes for a network without a prefix (net/slirp.c, net_slirp_init): that of its class. */
const classMask = (address: number): number => {
  if (address < 0x8000_0000) return 0xff00_0000;
  if ((address & 0xfff0_0000) >>> 0 === 0xac10_0000) return 0xfff0_0000;
  if (address < 0xc000_0000) return 0xffff_0000;
  if ((address & 0xffff_0000) >>> 0 === 0xc0a8_0000) return 0xffff_0000;
  if ((address & 0xffff_0000) >>> 0 === 0xc612_0000) return 0xfffe_0000;
  return address < 0xe000_0000 ? 0xffff_ff00 : 0xffff_fff0;
};

/** Address and mask of QEMU's user network, as `<ip family='ipv4'>` of a user-mode NIC sets it (formatdomain, "Userspace connection"). */
const networkOf = (nic: Pick<Interface, 'ips'>): { readonly base: number; readonly mask: number } | undefined => {
  const ip = nic.ips.find(({ family }) => family === 'ipv4');
  const address = numberOf(ip?.address ?? '10.0.2.0');
  if (address === undefined) return undefined;
  const prefix = ip === undefined ? 24 : ip.prefix;
  const mask = prefix === undefined ? classMask(address) : prefix === 0 ? 0 : (0xffff_ffff << (32 - prefix)) >>> 0;
  return { base: (address & mask) >>> 0, mask };
};

/**
 * The address that the DHCP server of QEMU's user network gives to the guest that asks: `0.0.2.15` in the network (net/slirp.c). Whether
 * it asked, nobody can tell. Undefined for an address that is none. Pure.
 */
export function addressIfAsked(nic: Pick<Interface, 'ips'>): string | undefined {
  const network = networkOf(nic);
  return network === undefined ? undefined : textOf((network.base | (0x020f & ~network.mask)) >>> 0);
}

/** States of a connection that QEMU has begun, not the guest. */
const unheard: ReadonlySet<string> = new Set(['HOST_FORWARD', 'SYN_SENT', 'LISTEN', 'CLOSED']);

const row = /^\s*(?:TCP|UDP|ICMP)\[([^\]]*)\]\s+\S+\s+(\d+\.\d+\.\d+\.\d+)\s+\S+\s+(\d+\.\d+\.\d+\.\d+)\s/;

/**
 * Addresses from which a guest has made or answered connections, by the id of its netdev: QEMU's `info usernet` (libslirp,
 * slirp_connection_info). A connection that the guest made has its address as the source; one through a port forward, as the destination,
 * and counts when the guest has answered. Pure.
 *
 * @param nets the user networks by netdev id: only what is in them is a guest's address
 */
export function usernetAddresses(
  text: string,
  nets: ReadonlyMap<string, Pick<Interface, 'ips'>>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  let id: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const head = /^Hub -?\d+ \((.*)\):$/.exec(line);
    if (head !== null) id = head[1];
    const [, state = '', source = '', destination = ''] = row.exec(line) ?? [];
    const nic = id === undefined ? undefined : nets.get(id);
    if (id === undefined || nic === undefined || source === '' || unheard.has(state)) continue;
    const address = [source, destination].find((one) => isGuest(one, nic));
    if (address !== undefined) found.set(id, (found.get(id) ?? new Set()).add(address));
  }
  return found;
}

/** In the user network, and neither its gateway nor its name server (`0.0.2.2` and `0.0.2.3` in it). */
const isGuest = (address: string, nic: Pick<Interface, 'ips'>): boolean => {
  const [value, network] = [numberOf(address), networkOf(nic)];
  if (value === undefined || network === undefined || (value & network.mask) >>> 0 !== network.base) return false;
  const own = (last: number) => (network.base | (last & ~network.mask)) >>> 0;
  return value !== own(0x0202) && value !== own(0x0203);
};
