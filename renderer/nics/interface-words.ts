import type { HostInterface } from '../../shared/contract/networks.ts';

/** People's order of names: br2 before br10. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name.localeCompare(b.name, 'en', { numeric: true });
}

/** An address as people write it: `192.168.1.10/24`. */
export function addressText({ address, prefix }: { readonly address: string; readonly prefix: number }): string {
  return `${address}/${String(prefix)}`;
}

/** Kinds of interface in words. */
export const kindWords: Readonly<Record<HostInterface['kind'], string>> = {
  bridge: 'Bridge',
  tap: 'TAP',
  tun: 'TUN',
  veth: 'veth pair',
  physical: 'Network card',
  wireless: 'Wireless card',
  vlan: 'VLAN',
  bond: 'Bond',
  macvtap: 'macvtap',
  loopback: 'Loopback',
  other: 'Other',
};

/** IPv4 before IPv6, and no link-local address unless there is nothing else. */
export function mainAddress(one: HostInterface): string | undefined {
  const global = one.addresses.filter(({ address }) => !address.startsWith('fe80:'));
  const best = global.find(({ family }) => family === 'ipv4') ?? global[0];
  return best && addressText(best);
}

/** Where a port leads: what is behind a veth, this namespace can't see. */
export function portLeadsTo(port: Pick<HostInterface, 'kind'>): string | undefined {
  return port.kind === 'veth' ? 'another namespace' : undefined;
}

/** Where the frames of a bridge can go beside its guests, in a word or two: the uplink's name, `NAT`, or `none`. */
export function uplinkWord(bridge: HostInterface): string {
  if (bridge.uplink !== null) return bridge.uplink;
  return /^(libvirt|docker|podman|lxd|incus)/i.test(bridge.managedBy ?? '') && mainAddress(bridge) !== undefined ? 'NAT' : 'none';
}

/** One sentence on what a bridge means for a guest. */
export function bridgeMeaning(bridge: HostInterface): string {
  const { name } = bridge;
  if (!bridge.up) return `${name} is down: nothing passes until it is brought up`;
  if (bridge.uplink !== null) return `${name}: the guest is a member of the network behind ${bridge.uplink}`;
  if (uplinkWord(bridge) === 'NAT') return `${name}: out through this computer’s NAT, kept by ${bridge.managedBy ?? ''}; no way in`;
  return mainAddress(bridge) === undefined
    ? `${name}: guests among themselves, no way out`
    : `${name}: guests and this computer only, no way out`;
}

/** Facts of a bridge in one line, below its field. */
export function bridgeFacts(bridge: HostInterface): string {
  const host = mainAddress(bridge);
  return [
    bridge.up ? 'Up' : 'Down',
    `${String(bridge.ports.length)} ${bridge.ports.length === 1 ? 'port' : 'ports'}`,
    bridge.uplink === null ? (uplinkWord(bridge) === 'NAT' ? 'NAT' : 'no uplink') : `uplink ${bridge.uplink}`,
    host === undefined ? 'this computer has no address on it' : `host ${host}`,
    ...(bridge.managedBy === null ? [] : [`managed by ${bridge.managedBy}`]),
  ].join(', ');
}

/** Names of machines by UUID: people know no machine by its UUID. */
export type MachineNames = ReadonlyMap<string, string>;

/** Who keeps an interface: a machine by its name (one that this Tapestry doesn't know is another one's), a program, or nobody that is known. */
export function managerOf({ ours, managedBy }: HostInterface, names: MachineNames): string | null {
  return ours?.machine === undefined ? managedBy : (names.get(ours.machine) ?? 'another Tapestry’s machine');
}

/** What an interface is, for a message that explains why a name is taken: `a persistent TAP of uid 1000`. */
export function whatItIs(one: HostInterface, names: MachineNames = new Map()): string {
  if (one.ours?.machine !== undefined) return `the TAP of ${names.get(one.ours.machine) ?? 'a machine'}`;
  if (one.tap) {
    const owner = one.tap.owner < 0 ? 'without an owner' : `of uid ${String(one.tap.owner)}`;
    return `a ${one.tap.persistent ? 'persistent ' : ''}${one.kind === 'tun' ? 'TUN' : 'TAP'} ${owner}${one.carrier === true ? ', in use' : ''}`;
  }
  const word = kindWords[one.kind];
  return one.kind === 'other' ? 'an interface' : `a ${one.kind === 'bridge' || one.kind.includes('card') ? word.toLowerCase() : word}`;
}

/** A name like a taken one that is free: `tap3` makes `tap4`. At most 15 characters. */
export function freeName(taken: string, interfaces: readonly HostInterface[]): string {
  const stem = taken.replace(/\d+$/, '').slice(0, 12) || 'tap';
  const names = new Set(interfaces.map(({ name }) => name));
  for (let n = Number(/\d+$/.exec(taken)?.[0] ?? 0) + 1; ; n += 1) if (!names.has(`${stem}${String(n)}`)) return `${stem}${String(n)}`;
}

/** What is wrong with a name for a bridge; undefined when it can be used. The helper has the same rule. */
export function bridgeNameFault(name: string, interfaces: readonly HostInterface[]): string | undefined {
  if (name === '') return 'A name is needed.';
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/.test(name) || ['all', 'default', 'lo', 'none'].includes(name))
    return 'Use 1 to 15 letters, digits, “_”, “.” or “-”, beginning with a letter or digit.';
  const other = interfaces.find((one) => one.name === name);
  return other === undefined ? undefined : `${name} exists already: it is ${whatItIs(other)}.`;
}
