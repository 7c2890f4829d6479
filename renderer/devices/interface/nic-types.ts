import { unsupported, type SupportContext } from '../../forms/support.ts';
import type { InterfaceType } from '../../../shared/domain/interface.ts';

/** A source type as the form offers it. */
export interface NicType {
  readonly type: InterfaceType;
  readonly label: string;
  /** What it means for the guest, one or two sentences. */
  readonly meaning: string;
  /** Offered at once; the others stand under More. */
  readonly common?: boolean;
}

/** All source types of libvirt, in the order of the form. */
export const nicTypes: readonly NicType[] = [
  {
    type: 'bridge',
    label: 'Bridge',
    meaning: 'The helper makes a TAP at start and plugs it into a bridge of this computer. The guest is a full member of that LAN.',
    common: true,
  },
  { type: 'ethernet', label: 'Ethernet TAP', meaning: 'A TAP without a bridge: you route it, or your script does.', common: true },
  {
    type: 'user',
    label: 'User mode',
    meaning: 'The guest reaches out through this computer; nobody reaches in, but for forwarded ports. Needs no privilege.',
    common: true,
  },
  {
    type: 'direct',
    label: 'Direct',
    meaning: 'A macvtap on top of a network card: the guest is on that LAN, but this computer and the guest don’t reach each other.',
    common: true,
  },
  {
    type: 'network',
    label: 'Virtual network',
    meaning: 'A network that libvirt defines by name.',
  },
  { type: 'udp', label: 'UDP tunnel', meaning: 'Frames go to one peer as UDP packets. Unencrypted.' },
  {
    type: 'mcast',
    label: 'Multicast',
    meaning: 'All machines with the same group and port share one network, over computers too. Unencrypted.',
  },
  { type: 'server', label: 'Socket server', meaning: 'Waits for one other machine’s NIC of the type “client”, and is joined with it.' },
  { type: 'client', label: 'Socket client', meaning: 'Connects to another machine’s NIC of the type “server”.' },
  {
    type: 'hostdev',
    label: 'Passthrough',
    meaning: 'A network card (or one of its virtual functions) belongs to the guest alone.',
  },
  {
    type: 'vhostuser',
    label: 'vhost-user',
    meaning: 'A switch in another process (Open vSwitch with DPDK, passt) by a Unix socket.',
  },
  {
    type: 'vdpa',
    label: 'vDPA',
    meaning: 'A card that speaks virtio itself, by its vhost-vdpa device.',
  },
  {
    type: 'internal',
    label: 'Internal',
    meaning: 'libvirt’s isolated network by name.',
  },
  {
    type: 'null',
    label: 'Unconnected',
    meaning: 'A NIC without a connection, of other hypervisors.',
  },
  {
    type: 'vds',
    label: 'VMware switch',
    meaning: 'A port of a VMware distributed switch.',
  },
];

/** The entry of a type; types that libvirt doesn't know are shown by their word. */
export function nicType(type: string): NicType | undefined {
  return nicTypes.find((one) => one.type === type);
}

/**
 * Why a machine with a NIC of this type doesn't start, by what its connection says; its XML is kept and can be edited all the same. Undefined
 * where it does, or only trying tells. Pure.
 */
export function whyNoStart(type: string, context: SupportContext): string | undefined {
  const known = nicType(type);
  return known && unsupported(`start-nic-${known.type}`, context);
}

/** Types whose NIC is a TAP that the helper makes. */
export const tapTypes: readonly string[] = ['bridge', 'ethernet'];
