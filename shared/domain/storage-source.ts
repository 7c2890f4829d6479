import type { PciAddress } from './address.ts';
import type { Reconnect } from './chardev.ts';
import type { SourceSecurityLabel } from './seclabel.ts';

/** A reference to a secret by UUID or by usage. */
export interface SecretReference {
  readonly type?: string;
  readonly usage?: string;
  readonly uuid?: string;
}

/** `<auth>`: who logs in at a network storage. */
export interface StorageAuth {
  readonly username: string;
  readonly secret: SecretReference;
}

/** `<encryption>`. */
export interface StorageEncryption {
  readonly path: string;
  readonly format: 'luks' | 'qcow' | 'default' | 'luks2' | 'luks-any';
  readonly engine?: 'qemu' | 'librbd';
  readonly secrets: readonly SecretReference[];
  readonly cipher?: { readonly name: string; readonly size: number; readonly mode?: string; readonly hash?: string };
}

/** One `<host>` of a network source. */
export interface StorageHost {
  readonly transport: 'tcp' | 'unix' | 'rdma';
  readonly name?: string;
  readonly port?: string;
  readonly socket?: string;
}

export type NetworkProtocol =
  'nbd' | 'rbd' | 'sheepdog' | 'gluster' | 'iscsi' | 'http' | 'https' | 'ftp' | 'ftps' | 'tftp' | 'ssh' | 'vxhs' | 'nfs';

/** What every kind of source may have. Sizes in bytes. */
interface Common {
  readonly path: string;
  /** Live only: node index of libvirt. */
  readonly index?: number;
  readonly startupPolicy?: 'mandatory' | 'requisite' | 'optional';
  readonly encryption?: StorageEncryption;
  readonly reservations?: { readonly managed: boolean; readonly path?: string };
  readonly slices?: readonly { readonly type: string; readonly offset: number; readonly size: number }[];
  readonly seclabels?: readonly SourceSecurityLabel[];
}

/** Where a disk's bytes are; discriminated by the disk's `type`. `file`/`dev` absent: an empty drive. */
export type StorageSource =
  | (Common & { readonly type: 'file'; readonly file?: string; readonly fdgroup?: string })
  | (Common & { readonly type: 'block'; readonly dev?: string })
  | (Common & { readonly type: 'dir'; readonly dir: string })
  | (Common & {
      readonly type: 'volume';
      readonly pool: string;
      readonly volume: string;
      readonly mode?: 'host' | 'direct';
      readonly auth?: StorageAuth;
    })
  | (Common & {
      readonly type: 'network';
      readonly protocol: NetworkProtocol;
      readonly name?: string;
      readonly query?: string;
      readonly hosts: readonly StorageHost[];
      readonly snapshot?: string;
      readonly config?: string;
      readonly initiator?: string;
      readonly auth?: StorageAuth;
      readonly tls?: boolean;
      readonly tlsHostname?: string;
      readonly sslVerify?: boolean;
      readonly cookies?: readonly { readonly name: string; readonly value: string }[];
      /** Bytes. */
      readonly readahead?: number;
      /** Seconds. */
      readonly timeout?: number;
      readonly reconnectDelay?: number;
      readonly identity?: { readonly user?: string; readonly group?: string };
      readonly knownHosts?: string;
      readonly keyfile?: string;
    })
  | (Common & { readonly type: 'nvme'; readonly namespace: number; readonly managed?: boolean; readonly address: PciAddress })
  | (Common & { readonly type: 'vhostuser'; readonly socket: string; readonly reconnect?: Reconnect })
  | (Common & { readonly type: 'vhostvdpa'; readonly dev: string });

/** `<backingStore>`: what lies under an image; `none` ends the chain explicitly. Sizes in bytes. */
export type BackingStore =
  | { readonly path: string; readonly none: true }
  | {
      readonly path: string;
      readonly none: false;
      readonly index?: number;
      readonly format?: string;
      readonly metadataCacheBytes?: number;
      readonly source: StorageSource;
      readonly backingStore?: BackingStore;
    };
