/** What a medium must say to be this one; each is a pattern that is looked for, unanchored (libosinfo, osinfo_media.c). */
export interface MediumPatterns {
  readonly volumeId?: string;
  readonly systemId?: string;
  readonly publisher?: string;
  readonly application?: string;
}

/** What a tree's `.treeinfo` must say (libosinfo, osinfo_tree.c). */
export interface TreePatterns {
  readonly family?: string;
  readonly variant?: string;
  readonly version?: string;
  readonly arch?: string;
}

/** An installation medium. */
export interface MediumEntry {
  /** osinfo's name of the processor; `all` for any. */
  readonly arch: string;
  readonly live: boolean;
  /** It has an installer (a live medium may have none). */
  readonly installer: boolean;
  readonly variants: readonly string[];
  readonly url?: string;
  readonly patterns: MediumPatterns;
  /** Bytes, where the medium must be of exactly this size. */
  readonly volumeSize?: number;
  readonly kernel?: string;
  readonly initrd?: string;
}

/** An installation tree. */
export interface TreeEntry {
  readonly arch: string;
  readonly url?: string;
  readonly patterns?: TreePatterns;
  readonly kernel?: string;
  readonly initrd?: string;
}

/** A disk image that is downloaded ready. */
export interface ImageEntry {
  readonly arch: string;
  /** QEMU's name, as `qcow2`. */
  readonly format?: string;
  readonly cloudInit: boolean;
  readonly variants: readonly string[];
  readonly url?: string;
  /** The user that cloud-init makes. */
  readonly username?: string;
}

/** Memory and disk in bytes. */
export interface Amounts {
  readonly cpus?: number;
  readonly memory?: number;
  readonly disk?: number;
}

export interface ResourcesEntry {
  readonly arch: string;
  /** What isn't said here is the system's that it derives from. */
  readonly inherit: boolean;
  readonly minimum?: Amounts;
  readonly recommended?: Amounts;
}

/** An operating system as a database says it, before it inherits anything. Ids are osinfo's URIs. */
export interface OsEntry {
  readonly id: string;
  readonly shortIds: readonly string[];
  readonly name?: string;
  readonly version?: string;
  readonly vendor?: string;
  /** osinfo's word: `linux`, `winnt`, `freebsd` … */
  readonly family?: string;
  readonly distro?: string;
  readonly codename?: string;
  /** Dates as `2023-06-10`. */
  readonly released?: string;
  readonly ends?: string;
  readonly derivesFrom: readonly string[];
  readonly clones: readonly string[];
  readonly upgrades: readonly string[];
  readonly devices: readonly { readonly id: string; readonly supported: boolean }[];
  readonly firmware: readonly { readonly arch: string; readonly type: string; readonly supported: boolean }[];
  readonly resources: readonly ResourcesEntry[];
  readonly media: readonly MediumEntry[];
  readonly trees: readonly TreeEntry[];
  readonly images: readonly ImageEntry[];
  /** Ids of the scripts for an unattended install. */
  readonly scripts: readonly string[];
  /** Of our own list alone: what its installer demands and osinfo-db has no word for. */
  readonly tpm?: '2.0';
  readonly secureBoot?: true;
}

/** What is wrong with a file of a database; it was left out, or a part of it. */
export interface DatabaseFault {
  readonly file: string;
  readonly message: string;
}

/** Everything that the folders of a database say. */
export interface OsDatabase {
  readonly systems: readonly OsEntry[];
  readonly faults: readonly DatabaseFault[];
}
