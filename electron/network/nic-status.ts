import type { NicFinding, NicStatus, HostInterface } from '../../shared/contract/networks.ts';
import type { Interface } from '../../shared/domain/interface.ts';
import { addressesByNeighbour, leasesOf, mergeAddresses, type GuestAddress } from './guest-addresses.ts';
import type { IpNeighbour } from './ip-json.ts';
import { nicFault, passtEnded } from './nic-fault.ts';
import type { NicRecord } from './nic-record.ts';

/** The guest agent's word on one NIC. */
export interface NicAgent {
  /** None without a word. */
  readonly addresses: readonly GuestAddress[];
  /** What the guest calls the NIC. */
  readonly guestName?: string;
  /** Has it told of the guest's interfaces? Then no address of it means that the guest has none there. */
  readonly answered: boolean;
  /** Why it told no address, one sentence. */
  readonly silence: string | null;
}

/** A NIC of a running machine, as the machine knows it. */
export interface RunningNic {
  /** UUID of the machine. */
  readonly machine: string;
  readonly alias: string;
  /** As it runs: `target` is the device's name, `mac` and `model` are set. */
  readonly interface: Interface;
  readonly record: NicRecord | null;
  readonly linkUp: boolean;
  readonly detachPending: boolean;
  /** What the guest agent last told of it, or why it told nothing; absent for a NIC that doesn't run. */
  readonly agent?: NicAgent;
  /** The machine is off, and this is why its last start failed. */
  readonly finding?: NicFinding;
}

/** Counters of a TAP with their time, to make rates of two looks. */
export interface Sample {
  readonly at: number;
  readonly rx: number;
  readonly tx: number;
}

/** What the host can be asked in one look for all NICs. */
export interface HostView {
  readonly interfaces: readonly HostInterface[];
  /** Packets and errors by interface; /proc/net/dev has what the list of interfaces leaves out. */
  readonly counters: ReadonlyMap<string, Counters>;
  readonly neighbours: readonly IpNeighbour[];
}

/** Host's counters of one interface. */
export interface Counters {
  readonly rxPackets: number;
  readonly rxErrors: number;
  readonly txPackets: number;
  readonly txErrors: number;
}

/** /proc/net/dev. Pure. */
export const readCounters = (text: string): ReadonlyMap<string, Counters> => {
  const lines = text.split('\n').slice(2);
  return new Map(
    lines.flatMap((line): [string, Counters][] => {
      const colon = line.lastIndexOf(':');
      const [, rxPackets = 0, rxErrors = 0, , , , , , , txPackets = 0, txErrors = 0] = line
        .slice(colon + 1)
        .trim()
        .split(/\s+/)
        .map(Number);
      return colon < 0 ? [] : [[line.slice(0, colon).trim(), { rxPackets, rxErrors, txPackets, txErrors }]];
    }),
  );
};

const sourceOf = ({ source }: Interface): string | null => {
  switch (source.type) {
    case 'bridge':
      return source.bridge;
    case 'network':
      return source.bridge ?? source.network;
    case 'direct':
    case 'vdpa':
      return source.dev;
    case 'vhostuser':
      return source.path ?? null;
    case 'udp':
    case 'mcast':
    case 'client':
    case 'server':
      return `${source.address ?? ''}:${source.port}`;
    default:
      return null;
  }
};

const reasonWithout = (nic: RunningNic, device: HostInterface | undefined): string => {
  const { type } = nic.interface;
  if (nic.finding !== undefined) return 'The machine is off.';
  if (!nic.linkUp) return 'The cable is pulled (link down).';
  if (nic.agent?.answered === true && nic.agent.silence !== null) return nic.agent.silence;
  const could = nic.agent?.silence ?? 'Only the guest agent could tell.';
  if (type === 'user') return `The guest has its address from QEMU’s own DHCP server. ${could}`;
  if (device === undefined) return `The NIC has no device on this host that could tell. ${could}`;
  if (type === 'ethernet' && device.addresses.length === 0 && device.master === null)
    return `The host has no address on this TAP, so it can’t know the guest’s. ${could}`;
  if (device.txBytes + device.rxBytes === 0)
    return 'Nothing has passed this NIC yet: the guest may still be starting, or has no driver for it.';
  return `No DHCP server of this host gave it a lease, and it isn’t in the neighbour table. ${could}`;
};

/** libvirt's built-in answers of slirp: the guest is .15 of the network (10.0.2.0/24 unless set), if it asked by DHCP. */
const slirpAddress = (nic: Interface, at: number): GuestAddress[] => {
  const base = nic.ips.find(({ family }) => family === 'ipv4')?.address ?? '10.0.2.0';
  const address = base.replace(/\.\d+$/, '.15');
  return [{ address, prefix: 24, family: 'ipv4', source: 'slirp', seenAt: at }];
};

/** Addresses of a NIC from all that this host knows. */
const addressesOf = async (nic: RunningNic, view: HostView, at: number): Promise<GuestAddress[]> => {
  const mac = nic.interface.mac?.toLowerCase() ?? '';
  const told = nic.agent?.addresses ?? [];
  if (nic.interface.type === 'user') {
    // What slirp would give is a guess, which an agent's word replaces.
    const guessed = nic.agent?.answered !== true && (nic.record?.processId === null || nic.record === null);
    return mergeAddresses([...told, ...(guessed ? slirpAddress(nic.interface, at) : [])]);
  }
  return mergeAddresses([...told, ...(await leasesOf(mac, at)), ...addressesByNeighbour(view.neighbours, mac, at)]);
};

/** What is wrong with it, once that was seen for sure: while QEMU ends, everything goes away for a moment. */
const faultOf = async (nic: RunningNic, view: HostView): Promise<Pick<NicStatus, 'fault'>> => {
  const { record } = nic;
  if (record?.fault === undefined) return {};
  const fault = nicFault(nic.interface, record, view.interfaces, await passtEnded(record));
  return fault === undefined ? {} : { fault: fault.error };
};

/**
 * The live strip of a NIC. Host's and guest's directions are crossed for a TAP: what the host sends (tx) is what the guest receives.
 * @param before the sample of the last look, for rates
 */
export const nicStatus = async (
  nic: RunningNic,
  view: HostView,
  timeline: NicStatus['timeline'],
  before: Sample | undefined,
  at: number,
): Promise<NicStatus> => {
  // What bears the name of a NIC that doesn't run is somebody else's.
  const name = nic.finding === undefined ? (nic.record?.device ?? nic.interface.target) : undefined;
  const device = view.interfaces.find((one) => one.name === name);
  const counters = name === undefined || name === null ? undefined : view.counters.get(name);
  const crossed = nic.interface.type !== 'direct';
  const pick = (host: { rx: number; tx: number } | undefined) => ({
    rx: host === undefined ? null : crossed ? host.tx : host.rx,
    tx: host === undefined ? null : crossed ? host.rx : host.tx,
  });
  const bytes = pick(device && { rx: device.rxBytes, tx: device.txBytes });
  const drops = pick(device && { rx: device.rxDropped, tx: device.txDropped });
  const packets = pick(counters && { rx: counters.rxPackets, tx: counters.txPackets });
  const errors = pick(counters && { rx: counters.rxErrors, tx: counters.txErrors });
  const elapsed = before === undefined ? 0 : at - before.at;
  const rate = (current: number | null, past: number | undefined) =>
    current === null || past === undefined || elapsed <= 0 ? null : Math.max(0, ((current - past) * 1000) / elapsed);
  const addresses = nic.finding === undefined ? await addressesOf(nic, view, at) : [];
  return {
    alias: nic.alias,
    mac: nic.interface.mac ?? '',
    type: nic.interface.type,
    model: nic.interface.model ?? '',
    source: sourceOf(nic.interface),
    device: name ?? null,
    createdBy: nic.record?.createdBy ?? null,
    descriptors: [...(nic.record?.descriptors ?? [])],
    flags: [...(device?.tap?.flags ?? [])],
    bridge: device?.master ?? null,
    portState: device?.portState ?? null,
    link: nic.linkUp ? 'up' : 'down',
    rxBytes: bytes.rx,
    txBytes: bytes.tx,
    rxPackets: packets.rx,
    txPackets: packets.tx,
    rxErrors: errors.rx,
    txErrors: errors.tx,
    rxDrops: drops.rx,
    txDrops: drops.tx,
    rxBps: rate(bytes.rx, before?.rx),
    txBps: rate(bytes.tx, before?.tx),
    addresses,
    addressReason: addresses.length > 0 ? null : reasonWithout(nic, device),
    ...(nic.agent?.guestName === undefined ? {} : { guestName: nic.agent.guestName }),
    detachPending: nic.detachPending,
    timeline: nic.finding === undefined ? [...timeline] : [{ at: nic.finding.at, kind: 'refused', text: nic.finding.message }],
    ...(nic.finding === undefined ? {} : { running: false, finding: nic.finding }),
    ...(await faultOf(nic, view)),
  };
};
