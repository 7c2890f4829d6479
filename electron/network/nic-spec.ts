/**
 * What the network layer needs to know of one `<interface>`: a plain view of the typed domain, so that nothing here
 * depends on how XML is read. `nicSpecs` in nic-spec-from-domain.ts makes it from a domain.
 */
export interface NicSpec {
  /** Alias (`net0`). */
  readonly alias: string;
  /** Path of the element in the definition (`/domain/devices/interface[1]`), for errors. */
  readonly path: string;
  readonly type: string;
  /** Lower case, six groups of two digits. */
  readonly mac: string;
  readonly model: string;
  /** type bridge: name of the bridge. */
  readonly bridge?: string;
  /** type direct: lower device and macvtap mode. */
  readonly direct?: { readonly device: string; readonly mode: 'vepa' | 'bridge' | 'private' | 'passthrough' };
  /** `<target dev>` as the user wrote it; absent or reserved prefix: an automatic name. */
  readonly targetName?: string;
  /** `<target managed='no'>` is false. */
  readonly managed: boolean;
  /** `<mtu size>`, bytes; absent: the bridge's. */
  readonly mtu?: number;
  /** Queue pairs, 1..16. */
  readonly queues: number;
  readonly isolated: boolean;
  readonly bandwidth?: Bandwidth;
  /** Up and down script (type ethernet); an empty path is absent here. */
  readonly script?: string;
  readonly downscript?: string;
  /** Host side addresses and routes (type ethernet). */
  readonly hostAddresses: readonly HostAddress[];
  readonly hostRoutes: readonly HostRoute[];
  /** `<coalesce><rx><frames max>`. */
  readonly coalesceRxFrames?: number;
  readonly linkUp: boolean;
  /** type user with `<backend type='passt'>`. */
  readonly passt?: PasstSpec;
}

/** `<bandwidth>`: libvirt's units, kB/s (1000… of tc: 1024 bytes) and kB. Guest's view: inbound is to the guest. */
export interface Bandwidth {
  readonly inbound?: BandwidthLimit;
  readonly outbound?: BandwidthLimit;
}

/** One direction of a {@link Bandwidth}. kB/s, kB/s, kB. */
export interface BandwidthLimit {
  readonly average: number;
  readonly peak?: number;
  readonly burst?: number;
}

/** An address for the host's end of a TAP. */
export interface HostAddress {
  readonly address: string;
  readonly prefix: number;
  readonly peer?: string;
}

/** A route over the host's end of a TAP; `metric` is 1 unless given (libvirt). */
export interface HostRoute {
  readonly destination: string;
  readonly prefix: number;
  readonly gateway?: string;
  readonly metric?: number;
}

/** What passt is started with. */
export interface PasstSpec {
  readonly logFile?: string;
  readonly device?: string;
  readonly mtu?: number;
  readonly addresses: readonly { readonly address: string; readonly prefix?: number }[];
  readonly forwards: readonly PasstForward[];
}

/** One `<portForward>`. */
export interface PasstForward {
  readonly proto: 'tcp' | 'udp';
  readonly address?: string;
  readonly device?: string;
  /** Empty: all ports. */
  readonly ranges: readonly { readonly start: number; readonly end?: number; readonly to?: number; readonly exclude?: boolean }[];
}

/** Models whose TAP carries a virtio network header (spec: vnet-capable). */
const vnetModels: ReadonlySet<string> = new Set(['virtio', 'virtio-transitional', 'virtio-non-transitional', 'e1000e', 'vmxnet3', 'igb']);

/** Does the TAP of a NIC of this model take IFF_VNET_HDR? Names as libvirt stores them (lower case). */
export const takesVnetHeader = (model: string): boolean => vnetModels.has(model);
