import type { AddressAnswer, NicFinding, NicStatus, HostInterface } from '../../../shared/contract/networks.ts';
import type { NicStep } from '../../../shared/contract/nic-steps.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import { addressesByNeighbour, leasesOf, mergeAddresses, partBySince, type GuestAddress, type LeaseFile } from '../view/guest-addresses.ts';
import type { IpNeighbour } from '../view/ip-json.ts';
import type { NetCounters } from '../view/net-dev.ts';
import type { NicDriver } from './nic-driver.ts';
import { driverOf } from './nic-drivers.ts';
import { nicFault, passtEnded } from './nic-fault.ts';
import type { NicRecord } from './nic-record.ts';
import { addressIfAsked } from './user-network.ts';

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
  /** Addresses that the guest used in connections through QEMU's user network. */
  readonly traffic?: readonly GuestAddress[];
  /** When the machine began to run, ms since the epoch: what is known of the time before was another run's. */
  readonly since?: number;
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
  /** By interface; they have what the list of interfaces leaves out. */
  readonly counters: ReadonlyMap<string, NetCounters>;
  readonly neighbours: readonly IpNeighbour[];
  /** Where DHCP servers of this host keep their leases. */
  readonly leases: readonly LeaseFile[];
}

/** Where a NIC gets its network, as far as that decides who can tell of its address. */
const networkKind = ({ interface: nic, record }: RunningNic): NicDriver['network'] => {
  const { network } = driverOf(nic);
  return network === 'slirp' && record !== null && record.processId !== null ? 'passt' : network;
};

const reasonWithout = (nic: RunningNic, device: HostInterface | undefined, old: readonly GuestAddress[]): string => {
  if (nic.finding !== undefined) return 'The machine is off.';
  if (!nic.linkUp) return 'The cable is pulled (link down).';
  if (nic.agent?.answered === true && nic.agent.silence !== null) return nic.agent.silence;
  const could = nic.agent?.silence ?? 'Only the guest agent could tell.';
  const expected = addressIfAsked(nic.interface);
  switch (networkKind(nic)) {
    case 'slirp':
      return expected === undefined ? could : `${expected} if it asks: QEMU’s own DHCP server would give it that. ${could}`;
    case 'passt':
      return `passt gives it this computer’s own address, if it asks. ${could}`;
    case 'host':
  }
  if (device === undefined) return `The NIC has no device on this host that could tell. ${could}`;
  if (driverOf(nic.interface).hostBeside === true && device.addresses.length === 0 && device.master === null)
    return `The host has no address on this TAP, so it can’t know the guest’s. ${could}`;
  if (device.txBytes + device.rxBytes === 0)
    return 'Nothing has passed this NIC yet: the guest may still be starting, or has no driver for it.';
  if (old.length > 0) {
    const [verb, end] = old.some(({ source }) => source === 'lease')
      ? ['was leased', 'and it hasn’t asked since']
      : ['was heard', 'not since'];
    return `${old[0]?.address ?? ''} ${verb} before this start, ${end}. ${could}`;
  }
  return `No DHCP server of this host gave it a lease, and it isn’t in the neighbour table. ${could}`;
};

const sentence = (text: string): string => text.replace(/\.$/, '');

/** What each that was asked for an address said, for a NIC without one. */
const answersOf = (nic: RunningNic, device: HostInterface | undefined, old: readonly GuestAddress[]): AddressAnswer[] => {
  const agent: AddressAnswer = { source: 'agent', answer: sentence(nic.agent?.silence ?? 'Doesn’t run') };
  const expected = addressIfAsked(nic.interface);
  switch (networkKind(nic)) {
    case 'slirp':
      return [
        { source: 'traffic', answer: 'The guest has made no connection through it that could be seen' },
        ...(expected === undefined
          ? []
          : [{ source: 'lease' as const, answer: `QEMU’s own DHCP server gives it ${expected}, if it asks` }]),
        agent,
      ];
    case 'passt':
      return [{ source: 'passt', answer: 'Gives it this computer’s own address, if it asks; who asked, it doesn’t tell' }, agent];
    case 'host':
  }
  if (device === undefined) return [agent];
  const before = (source: GuestAddress['source'], none: string) =>
    old.flatMap((one) => (one.source === source ? [`${one.address}, from before this start`] : [])).join('; ') || none;
  return [
    { source: 'lease', answer: before('lease', 'None for it on this computer') },
    {
      source: 'arp',
      answer: before(
        'arp',
        device.master === null && device.addresses.length === 0 ? 'This computer has no address there' : 'Not among them',
      ),
    },
    agent,
  ];
};

/** Addresses of a NIC that were heard of in this run, from all that this host knows; and older ones. */
const addressesOf = (nic: RunningNic, view: HostView, at: number): ReturnType<typeof partBySince> => {
  const mac = nic.interface.mac?.toLowerCase() ?? '';
  const told = [...(nic.agent?.addresses ?? []), ...(nic.traffic ?? [])];
  if (driverOf(nic.interface).network !== 'host') return { seen: mergeAddresses(told), old: [] };
  const { seen, old } = partBySince(
    [...leasesOf(view.leases, mac, at), ...addressesByNeighbour(view.neighbours, mac, at)],
    nic.since ?? nic.record?.createdBy?.at ?? 0,
  );
  return { seen: mergeAddresses([...told, ...seen]), old };
};

const refusedStep = ({ at, ...error }: NicFinding): NicStep => ({ at, kind: 'refused', error });

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
export async function nicStatus(
  nic: RunningNic,
  view: HostView,
  timeline: NicStatus['timeline'],
  before: Sample | undefined,
  at: number,
): Promise<NicStatus> {
  // What bears the name of a NIC that doesn't run is somebody else's.
  const name = nic.finding === undefined ? (nic.record?.device ?? nic.interface.target) : undefined;
  const device = view.interfaces.find((one) => one.name === name);
  const counters = name === undefined || name === null ? undefined : view.counters.get(name);
  const driver = driverOf(nic.interface);
  const crossed = driver.device !== 'macvtap';
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
  const { seen: addresses, old } = nic.finding === undefined ? addressesOf(nic, view, at) : { seen: [], old: [] };
  const unseen = nic.finding === undefined && addresses.length === 0;
  const expected = unseen && networkKind(nic) === 'slirp' ? addressIfAsked(nic.interface) : undefined;
  return {
    alias: nic.alias,
    mac: nic.interface.mac ?? '',
    type: nic.interface.type,
    model: nic.interface.model ?? '',
    source: driver.source(nic.interface),
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
    addresses: [...addresses],
    addressReason: addresses.length > 0 ? null : reasonWithout(nic, device, old),
    ...(unseen ? { addressAnswers: answersOf(nic, device, old) } : {}),
    ...(expected === undefined ? {} : { expectedAddress: expected }),
    ...(nic.agent?.guestName === undefined ? {} : { guestName: nic.agent.guestName }),
    detachPending: nic.detachPending,
    timeline: nic.finding === undefined ? [...timeline] : [refusedStep(nic.finding)],
    ...(nic.finding === undefined ? {} : { running: false, finding: nic.finding }),
    ...(await faultOf(nic, view)),
    ...(nic.record?.moved === undefined ? {} : { moved: nic.record.moved }),
  };
}
