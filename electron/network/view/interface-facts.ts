import { readFile, readlink, readdir, access } from 'node:fs/promises';
import path from 'node:path';
import type { TapUser } from './tap-users.ts';

/** Bits of /sys/class/net/NAME/tun_flags (linux/if_tun.h). */
const bits = { tun: 0x1, tap: 0x2, napi: 0x10, multiQueue: 0x100, noPi: 0x1000, vnetHeader: 0x4000, persistent: 0x800 } as const;

/** What a TAP or TUN device is, as /sys tells. */
export interface TunFacts {
  readonly kind: 'tap' | 'tun';
  /** uid and gid that may attach; -1 none. */
  readonly owner: number;
  readonly group: number;
  readonly persistent: boolean;
  readonly multiQueue: boolean;
  readonly vnetHeader: boolean;
  /** Flags in the kernel's words. */
  readonly flags: readonly string[];
  /** Some process has it open. */
  readonly inUse: boolean;
}

/** What can be told of an interface without starting a program. */
export interface InterfaceFacts {
  readonly name: string;
  readonly ifindex: number;
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  readonly master: string | null;
  readonly kind: 'bridge' | 'tun' | 'macvtap' | 'macvlan' | 'vlan' | 'bond' | 'wireless' | 'physical' | 'loopback' | 'other';
  readonly tun: TunFacts | null;
  /** Alias text and group number: our mark. */
  readonly label: string;
  readonly group: number;
}

const folder = '/sys/class/net';

/** IFLA_GROUP of everything that our helper makes ("TPST"). */
export const ourGroup = 0x54505354;

/** A file under an interface's /sys folder, trimmed; undefined where there is none (or the kernel has no value to give, as speed of a down link). */
export async function readAttribute(name: string, attribute: string): Promise<string | undefined> {
  try {
    return (await readFile(path.join(folder, name, attribute), 'utf8')).trim();
  } catch {
    return undefined; // absence is an answer here: interfaces come and go, and attributes depend on their kind
  }
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

const number = (text: string | undefined, otherwise: number): number => {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : otherwise;
};

/** /sys/class/net/NAME/tun_flags as facts. Pure. */
export function readTunFlags(text: string, owner: number, group: number, carrier: boolean): TunFacts {
  const value = Number(text);
  const has = (bit: number) => (value & bit) !== 0;
  const flags = [
    has(bits.tap) ? 'IFF_TAP' : 'IFF_TUN',
    ...(has(bits.noPi) ? ['IFF_NO_PI'] : []),
    ...(has(bits.vnetHeader) ? ['IFF_VNET_HDR'] : []),
    ...(has(bits.multiQueue) ? ['IFF_MULTI_QUEUE'] : []),
    ...(has(bits.persistent) ? ['IFF_PERSIST'] : []),
  ];
  return {
    kind: has(bits.tap) ? 'tap' : 'tun',
    owner,
    group,
    persistent: has(bits.persistent),
    multiQueue: has(bits.multiQueue),
    vnetHeader: has(bits.vnetHeader),
    flags,
    inUse: carrier,
  };
}

const kindOf = async (name: string, tun: TunFacts | null): Promise<InterfaceFacts['kind']> => {
  if (tun !== null) return 'tun';
  if (name === 'lo') return 'loopback';
  const here = path.join(folder, name);
  const uevent = (await readAttribute(name, 'uevent')) ?? '';
  const type = /^DEVTYPE=(.*)$/m.exec(uevent)?.[1];
  if (type === 'bridge' || type === 'vlan' || type === 'bond' || type === 'macvlan') return type;
  if (type === 'wlan') return 'wireless';
  if ((await readdir(here).catch(() => [])).some((entry) => /^tap\d+$/.test(entry)) || type === 'macvtap') return 'macvtap';
  return (await exists(path.join(here, 'device'))) ? 'physical' : 'other';
};

/** Facts about an interface by name; undefined when there is none of that name in our network namespace. */
export async function interfaceFacts(name: string): Promise<InterfaceFacts | undefined> {
  const ifindex = await readAttribute(name, 'ifindex');
  if (ifindex === undefined) return undefined;
  const [mac, mtu, flags, tunFlags, owner, group, carrier, label, netGroup] = await Promise.all(
    ['address', 'mtu', 'flags', 'tun_flags', 'owner', 'group', 'carrier', 'ifalias', 'netdev_group'].map((attribute) =>
      readAttribute(name, attribute),
    ),
  );
  // `carrier` can't be read while the interface is down; operstate tells less, so a persistent TAP that is down counts as idle.
  const tun = tunFlags === undefined ? null : readTunFlags(tunFlags, number(owner, -1), number(group, -1), carrier === '1');
  const master = await readlink(path.join(folder, name, 'master')).then(
    (target) => path.basename(target),
    () => null,
  );
  return {
    name,
    ifindex: number(ifindex, 0),
    mac: mac ?? '',
    mtu: number(mtu, 0),
    up: (number(flags, 0) & 1) !== 0,
    master,
    kind: await kindOf(name, tun),
    tun,
    label: label ?? '',
    group: number(netGroup, 0),
  };
}

/** The uid and machine that our helper's label names, and when it made the device (ms since the epoch); undefined when it isn't one. The label counts only with our group number. Pure. */
export function readLabel(label: string): { uid: number; machine?: string; at?: number } | undefined {
  const match = /^tapestry uid=(\d{1,10})(?: vm=([0-9a-f-]{36}))?(?: at=(\d{1,15}))?(?: mac=chosen)?$/.exec(label);
  if (match === null) return undefined;
  const [, uid, machine, at] = match;
  return { uid: Number(uid), ...(machine === undefined ? {} : { machine }), ...(at === undefined ? {} : { at: Number(at) }) };
}

const kinds: Readonly<Record<InterfaceFacts['kind'], string>> = {
  bridge: 'a bridge',
  tun: 'a TUN device',
  macvtap: 'a macvtap',
  macvlan: 'a macvlan',
  vlan: 'a VLAN interface',
  bond: 'a bond',
  wireless: 'a Wi-Fi interface',
  physical: 'a network card',
  loopback: 'the loopback interface',
  other: 'a virtual interface (veth or alike)',
};

/** What a TAP that somebody made is like: its owner's uid (-1: any user may open it), and whether a process has it open. Pure. */
export function tapFacts({ tun, group, label }: Pick<InterfaceFacts, 'tun' | 'group' | 'label'>): {
  readonly owner: number;
  readonly persistent: boolean;
  readonly inUse: boolean;
  readonly ours: boolean;
} {
  const persistent = tun?.persistent === true;
  return {
    owner: tun?.owner ?? -1,
    persistent,
    inUse: tun?.inUse === true || !persistent,
    ours: group === ourGroup && readLabel(label) !== undefined,
  };
}

/** What an interface is, in words, as it stands in an error: "a persistent TAP of uid 1000, on bridge br0, in use by another process". Pure. */
export function describeInterface(facts: InterfaceFacts, users: readonly TapUser[] = []): string {
  const parts: string[] = [];
  const ours = facts.group === ourGroup ? readLabel(facts.label) : undefined;
  if (facts.tun?.kind === 'tap') {
    const owner = facts.tun.owner >= 0 ? ` of uid ${facts.tun.owner}` : ' that any user may open';
    parts.push(`a ${facts.tun.persistent ? 'persistent ' : ''}TAP${owner}`);
    if (ours !== undefined) parts.push('made by Tapestry');
    const who = users.map(({ command, pid }) => `${command} (pid ${pid})`).join(' and ');
    if (who !== '') parts.push(`in use by ${who}`);
    else if (facts.tun.inUse || !facts.tun.persistent) parts.push('in use by a process');
  } else {
    parts.push(kinds[facts.kind]);
  }
  if (facts.master !== null) parts.push(`a port of “${facts.master}”`);
  return parts.join(', ');
}
