import type { PciAddress, UsbAddress } from './address.ts';
import type { Reconnect } from './chardev.ts';
import type { DeviceInfo, VirtioOptions } from './device.ts';

/** All source types that libvirt's schema knows. */
export const interfaceTypes = [
  'bridge',
  'ethernet',
  'network',
  'user',
  'direct',
  'hostdev',
  'vhostuser',
  'vdpa',
  'udp',
  'mcast',
  'server',
  'client',
  'internal',
  'null',
  'vds',
] as const;
export type InterfaceType = (typeof interfaceTypes)[number];

/** An IP address on the host's TAP (ethernet) or of the guest (user). */
export interface InterfaceIp {
  readonly path: string;
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly prefix?: number;
  readonly peer?: string;
}

/** A route on the host's TAP (ethernet) or for the guest. */
export interface InterfaceRoute {
  readonly path: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly netmask?: string;
  readonly prefix?: number;
  readonly gateway: string;
  readonly metric?: number;
}

/** Where the NIC is plugged on the host; discriminated by the interface's type. */
export type InterfaceSource =
  | { readonly type: 'bridge'; readonly bridge: string; readonly macTableManager?: 'kernel' | 'libvirt' }
  | { readonly type: 'ethernet'; readonly ips: readonly InterfaceIp[]; readonly routes: readonly InterfaceRoute[] }
  | {
      readonly type: 'network';
      readonly network: string;
      readonly portgroup?: string;
      readonly portid?: string;
      /** Live only: the bridge that the network was resolved to. */
      readonly bridge?: string;
    }
  | { readonly type: 'user'; /** Host interface that passt leaves by. */ readonly dev?: string }
  | { readonly type: 'direct'; readonly dev: string; readonly mode: 'vepa' | 'private' | 'bridge' | 'passthrough' }
  | {
      readonly type: 'hostdev';
      readonly managed?: boolean;
      readonly address: PciAddress | UsbAddress | undefined;
      readonly driver?: 'kvm' | 'vfio';
    }
  | {
      readonly type: 'vhostuser';
      readonly path?: string;
      readonly mode: 'client' | 'server';
      readonly reconnect?: Reconnect;
      readonly dev?: string;
    }
  | { readonly type: 'vdpa'; readonly dev: string }
  | { readonly type: 'udp'; readonly address: string; readonly port: number; readonly localAddress?: string; readonly localPort: number }
  | { readonly type: 'mcast'; readonly address: string; readonly port: number }
  | { readonly type: 'server'; readonly address?: string; readonly port: number }
  | { readonly type: 'client'; readonly address: string; readonly port: number }
  | { readonly type: 'internal'; readonly name: string }
  | { readonly type: 'null' }
  | {
      readonly type: 'vds';
      readonly switchId: string;
      readonly portId: string;
      readonly portGroupId: string;
      readonly connectionId: string;
    };

/** `<driver>` of a NIC; everything in it is for virtio models. */
export interface InterfaceDriver extends VirtioOptions {
  readonly name?: 'qemu' | 'vhost';
  readonly txmode?: 'iothread' | 'timer';
  readonly ioeventfd?: boolean;
  readonly eventIdx?: boolean;
  /** More than 1, or absent. */
  readonly queues?: number;
  /** Powers of two. */
  readonly rxQueueSize?: number;
  readonly txQueueSize?: number;
  readonly rss?: boolean;
  readonly rssHashReport?: boolean;
  readonly host?: {
    readonly csum?: boolean;
    readonly gso?: boolean;
    readonly tso4?: boolean;
    readonly tso6?: boolean;
    readonly ecn?: boolean;
    readonly ufo?: boolean;
    readonly mrgRxbuf?: boolean;
  };
  readonly guest?: {
    readonly csum?: boolean;
    readonly tso4?: boolean;
    readonly tso6?: boolean;
    readonly ecn?: boolean;
    readonly ufo?: boolean;
  };
}

/** One direction of `<bandwidth>`, seen from the guest. `average`, `peak`, `floor` in KiB/s, `burst` in KiB. */
export interface BandwidthLimit {
  readonly average?: number;
  readonly peak?: number;
  readonly burst?: number;
  readonly floor?: number;
}

export interface VlanTag {
  /** 0..4095. */
  readonly id: number;
  readonly nativeMode?: 'tagged' | 'untagged';
}

export interface VirtualPort {
  readonly path: string;
  /** Absent is allowed where a network decides it. */
  readonly type?: '802.1Qbg' | '802.1Qbh' | 'openvswitch' | 'midonet';
  readonly managerId?: number;
  readonly typeId?: number;
  readonly typeIdVersion?: number;
  readonly instanceId?: string;
  readonly interfaceId?: string;
  readonly profileId?: string;
}

/** `<portForward>` of a user NIC with passt. */
export interface PortForward {
  readonly path: string;
  readonly proto: 'tcp' | 'udp';
  /** Host address to listen on. */
  readonly address?: string;
  readonly dev?: string;
  readonly ranges: readonly PortRange[];
}

/** Host ports `start`..`end` go to guest ports from `to` on (absent: the same numbers). 1..65535. */
export interface PortRange {
  readonly start: number;
  readonly end?: number;
  readonly to?: number;
  readonly exclude?: boolean;
}

/** `<interface>`: a NIC (formatdomain, "Network interfaces"). */
export interface Interface extends DeviceInfo {
  readonly kind: 'interface';
  readonly type: InterfaceType;
  readonly source: InterfaceSource;
  /** Lower case, six groups of two digits. Absent: to be generated when it is defined. */
  readonly mac?: string;
  readonly macType?: 'generated' | 'static';
  readonly macCheck?: boolean;
  /** Canonical where libvirt knows it (`rtl8139`), verbatim where it doesn't. Absent: the machine type's default. */
  readonly model?: string;
  readonly driver: InterfaceDriver;
  readonly backend?: {
    readonly type?: 'default' | 'passt';
    readonly tap?: string;
    readonly vhost?: string;
    readonly logFile?: string;
    readonly hostname?: string;
    readonly fqdn?: string;
  };
  readonly backendDomain?: string;
  readonly trustGuestRxFilters?: boolean;
  /** Name of the host's TAP as the user or the start chose it. Reserved prefixes and the empty name are read as absent. */
  readonly target?: string;
  /** false: the TAP is the user's own and must exist (ethernet only). */
  readonly targetManaged?: boolean;
  /** `<script path>`; the empty string means "none" as libvirt has it, and is read as absent. */
  readonly script?: string;
  readonly downscript?: string;
  readonly guestDev?: string;
  readonly guestActual?: string;
  readonly vlan?: { readonly path: string; readonly trunk?: boolean; readonly tags: readonly VlanTag[] };
  readonly virtualPort?: VirtualPort;
  readonly bandwidth?: { readonly inbound?: BandwidthLimit; readonly outbound?: BandwidthLimit };
  readonly portIsolated?: boolean;
  /** Guest-side addresses (user). */
  readonly ips: readonly InterfaceIp[];
  readonly routes: readonly InterfaceRoute[];
  readonly portForwards: readonly PortForward[];
  readonly filter?: {
    readonly path: string;
    readonly name: string;
    readonly parameters: readonly { readonly name: string; readonly value: string }[];
  };
  /** Bytes; `<tune><sndbuf>`. */
  readonly sndbuf?: number;
  readonly teaming?: { readonly type: 'persistent' | 'transient'; readonly persistent?: string };
  readonly link?: 'up' | 'down';
  /** Bytes. */
  readonly mtu?: number;
  /** `<coalesce><rx><frames max>`. */
  readonly coalesceRxFrames?: number;
}
