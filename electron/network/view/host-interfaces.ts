import { readFile } from 'node:fs/promises';
import type { HostInterface } from '../../../shared/contract/networks.ts';
import { ourGroup, readAttribute, readLabel, readTunFlags } from './interface-facts.ts';
import { ipLinks, type IpLink } from './ip-json.ts';

type Kind = HostInterface['kind'];

const kindByInfo: Readonly<Record<string, Kind>> = { bridge: 'bridge', veth: 'veth', vlan: 'vlan', bond: 'bond', macvtap: 'macvtap' };

/** Kinds of port that lead out of this host for sure. */
const outward: ReadonlySet<Kind> = new Set(['physical', 'bond', 'vlan', 'wireless']);

/** Kinds that lead somewhere beyond the guests: to another namespace, or through a tunnel. */
const beyond: ReadonlySet<Kind> = new Set(['veth', 'other']);

/** Who plugs guests of its own into its bridges by veth pairs, and leads them out by NAT. */
const hostsOwnGuests: ReadonlySet<string> = new Set(['libvirt', 'docker', 'podman', 'lxc']);

/**
 * The port of a bridge by which its guests reach what is beyond them: a card, else a veth or a tunnel. A veth of a bridge that a container
 * manager keeps is one of its guests.
 */
const uplinkOf = (ports: readonly string[], kinds: ReadonlyMap<string, Kind>, manager: string | null): string | null => {
  const first = (wanted: ReadonlySet<Kind>) => ports.find((port) => wanted.has(kinds.get(port) ?? 'tap'));
  return first(outward) ?? (manager !== null && hostsOwnGuests.has(manager) ? undefined : first(beyond)) ?? null;
};

/** Facts of an interface that only /sys has. */
interface SysFacts {
  readonly physical: boolean;
  readonly wireless: boolean;
  readonly tunFlags: string | undefined;
  readonly owner: number;
  readonly group: number;
  readonly speed: number | null;
  /** NetworkManager or systemd-networkd, if one says so. */
  readonly manager: string | null;
}

const numeric = (text: string | undefined): number | undefined => (text === undefined || !/^-?\d+$/.test(text) ? undefined : Number(text));

/** What the two common managers keep in /run of an interface. There is no file where one isn't installed or doesn't know it. */
const managerOf = async (ifindex: number): Promise<string | null> => {
  const read = (file: string) => readFile(file, 'utf8').catch(() => '');
  const [manager, networkd] = await Promise.all([
    read(`/run/NetworkManager/devices/${ifindex}`),
    read(`/run/systemd/netif/links/${ifindex}`),
  ]);
  if (/^managed=(?:full|true)$/m.test(manager) && /^connection-uuid=/m.test(manager)) return 'NetworkManager';
  return /^ADMIN_STATE=(?:configured|configuring)$/m.test(networkd) ? 'systemd-networkd' : null;
};

const sysFacts = async (link: IpLink): Promise<SysFacts> => {
  const tun = link.linkinfo?.info_kind === 'tun';
  const plain = link.linkinfo?.info_kind === undefined;
  const of = (attribute: string, wanted: boolean) => (wanted ? readAttribute(link.ifname, attribute) : Promise.resolve(undefined));
  const [device, type, tunFlags, owner, group, speed, manager] = await Promise.all([
    of('device/uevent', plain),
    of('uevent', plain),
    of('tun_flags', tun),
    of('owner', tun),
    of('group', tun),
    of('speed', plain || link.linkinfo?.info_kind === 'bond'),
    tun ? null : managerOf(link.ifindex),
  ]);
  const mbit = numeric(speed);
  return {
    physical: device !== undefined,
    wireless: type?.includes('DEVTYPE=wlan') === true,
    tunFlags,
    owner: numeric(owner) ?? -1,
    group: numeric(group) ?? -1,
    speed: mbit === undefined || mbit <= 0 ? null : mbit,
    manager,
  };
};

const kindOf = (link: IpLink, sys: SysFacts): Kind => {
  const info = link.linkinfo?.info_kind;
  if (link.flags.includes('LOOPBACK')) return 'loopback';
  if (info === 'tun') return link.linkinfo?.info_data?.type === 'tun' ? 'tun' : 'tap';
  if (info !== undefined) return kindByInfo[info] ?? 'other';
  if (sys.wireless) return 'wireless';
  return sys.physical ? 'physical' : 'other';
};

/** Who is behind an interface, by the names that programs use. A guess, and shown as one. */
const managerByName = (name: string): string | null => {
  if (/^virbr\d/.test(name) || /^vnet\d+$/.test(name)) return 'libvirt';
  if (name === 'docker0' || /^br-[0-9a-f]{12}$/.test(name)) return 'docker';
  if (/^(cni-?podman|podman)\d*$/.test(name)) return 'podman';
  if (/^lxc(br|dbr)\d*$/.test(name)) return 'lxc';
  return null;
};

const tapOf = (link: IpLink, sys: SysFacts): HostInterface['tap'] => {
  if (link.linkinfo?.info_kind !== 'tun' || sys.tunFlags === undefined) return null;
  const facts = readTunFlags(sys.tunFlags, sys.owner, sys.group, false);
  return { owner: facts.owner, group: facts.group, persistent: facts.persistent, flags: [...facts.flags] };
};

/** Puts together what `ip` and /sys tell. Pure. Order is the kernel's (by ifindex). */
export function assembleInterfaces(links: readonly IpLink[], sys: readonly SysFacts[]): HostInterface[] {
  const kinds = new Map(links.map((link, place) => [link.ifname, kindOf(link, sys[place] ?? noSysFacts)]));
  const portsOf = (bridge: string) => links.filter(({ master }) => master === bridge).map(({ ifname }) => ifname);
  return links.map((link, place): HostInterface => {
    const facts = sys[place] ?? noSysFacts;
    const kind = kinds.get(link.ifname) ?? 'other';
    const ports = kind === 'bridge' ? portsOf(link.ifname) : [];
    const label = Number(link.group) === ourGroup ? readLabel(link.ifalias ?? '') : undefined;
    const up = link.flags.includes('UP');
    const managedBy = label === undefined ? (facts.manager ?? managerByName(link.ifname)) : 'Tapestry';
    return {
      name: link.ifname,
      index: link.ifindex,
      kind,
      up,
      carrier: up ? link.flags.includes('LOWER_UP') : null,
      mac: link.address ?? '',
      mtu: link.mtu,
      master: link.master ?? null,
      addresses: link.addr_info.flatMap(({ family, local, prefixlen }) =>
        local === undefined || prefixlen === undefined
          ? []
          : [{ address: local, prefix: prefixlen, family: family === 'inet6' ? ('ipv6' as const) : ('ipv4' as const) }],
      ),
      ports,
      uplink: uplinkOf(ports, kinds, managedBy),
      managedBy,
      ours: label ?? null,
      tap: tapOf(link, facts),
      portState: link.linkinfo?.info_slave_data?.state ?? null,
      rxBytes: link.stats64?.rx.bytes ?? 0,
      txBytes: link.stats64?.tx.bytes ?? 0,
      rxDropped: link.stats64?.rx.dropped ?? 0,
      txDropped: link.stats64?.tx.dropped ?? 0,
      speed: facts.speed,
    };
  });
}

const noSysFacts: SysFacts = { physical: false, wireless: false, tunFlags: undefined, owner: -1, group: -1, speed: null, manager: null };

/** All interfaces of this host. @throws TapestryError host-missing without iproute2 */
export async function hostInterfaces(): Promise<HostInterface[]> {
  const links = await ipLinks();
  return assembleInterfaces(links, await Promise.all(links.map(sysFacts)));
}
