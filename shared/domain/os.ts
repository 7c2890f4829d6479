import type { StorageSource } from './storage-source.ts';

export type BootDevice = 'fd' | 'hd' | 'cdrom' | 'network';

/** `<loader>`. */
export interface Loader {
  readonly path: string;
  /** File of the firmware; absent: to be chosen (firmware autoselection). */
  readonly file?: string;
  readonly readOnly?: boolean;
  readonly type?: 'rom' | 'pflash';
  readonly secure?: boolean;
  readonly stateless?: boolean;
  readonly format?: string;
}

/** `<nvram>`. */
export interface Nvram {
  readonly path: string;
  readonly file?: string;
  readonly template?: string;
  readonly format?: string;
  readonly templateFormat?: string;
  /** New style: a source of its own. */
  readonly source?: StorageSource;
}

/** `<os>` (formatdomain, "Operating system booting"). */
export interface Os {
  readonly path: string;
  readonly type: 'hvm' | 'xen' | 'linux' | 'exe' | 'uml' | 'xenpvh';
  /** Absent: the host's. */
  readonly arch?: string;
  /** As written (`pc`, `q35`, `pc-q35-7.2`); absent: the emulator's default. */
  readonly machine?: string;
  readonly firmware?: 'bios' | 'efi';
  readonly firmwareFeatures: readonly { readonly name: 'enrolled-keys' | 'secure-boot'; readonly enabled: boolean }[];
  readonly loader?: Loader;
  readonly nvram?: Nvram;
  readonly kernel?: string;
  readonly initrd?: string;
  readonly cmdline?: string;
  readonly dtb?: string;
  /** In order; empty: by the devices' own order, else the hard disk. */
  readonly boot: readonly BootDevice[];
  readonly bootMenu?: { readonly enable: boolean; /** ms, 0..65535. */ readonly timeout?: number };
  readonly bios?: { readonly useSerial?: boolean; /** ms, -1..65535. */ readonly rebootTimeout?: number };
  readonly smbios?: 'none' | 'emulate' | 'host' | 'sysinfo';
  readonly acpiTables: readonly { readonly path: string; readonly type: 'slic' | 'raw' | 'rawset' | 'msdm'; readonly file: string }[];
}

/** `<sysinfo>`: names and values by block, in XML order. */
export interface SysInfo {
  readonly path: string;
  readonly type: 'smbios' | 'fwcfg';
  readonly bios?: readonly SysInfoEntry[];
  readonly system?: readonly SysInfoEntry[];
  readonly baseBoards: readonly (readonly SysInfoEntry[])[];
  readonly chassis?: readonly SysInfoEntry[];
  readonly oemStrings?: readonly string[];
  readonly fwcfg: readonly { readonly name: string; readonly value?: string; readonly file?: string }[];
}

export interface SysInfoEntry {
  readonly name: string;
  readonly value: string;
}
