/**
 * What a launch plan is made of. The plan is pure data: the machine (electron/connections/embedded) acquires the
 * descriptors, spawns the emulator with them as stdio 3, 4, 5…, and keeps `liveXml` beside the running machine.
 */

import type { OptionSpelling, PlannedOption } from './planned-option.ts';

/** A descriptor that must be acquired before the spawn. Its number in the child is its place in the plan: 3 + index. */
export type DescriptorRequest =
  | {
      readonly kind: 'tap';
      /** Alias of the NIC (`net0`) and its place among the domain's interfaces (0-based). */
      readonly alias: string;
      readonly interfaceIndex: number;
      /** Queue number (0-based) and how many the NIC has: requests of one NIC stand next to each other. */
      readonly queue: number;
      readonly queues: number;
    }
  | { readonly kind: 'vhost-net'; readonly alias: string; readonly interfaceIndex: number; readonly queue: number; readonly path: string }
  | { readonly kind: 'macvtap'; readonly alias: string; readonly interfaceIndex: number; readonly queue: number }
  | {
      readonly kind: 'file';
      readonly opaque: string;
      readonly path: string;
      readonly flags: 'append' | 'truncate' | 'read' | 'write' | 'read-write';
    }
  /** An end of the serial recorder's pipe, for ports that the recorder can't be the peer of: `write` is the log, `read` keeps the pipe alive. */
  | { readonly kind: 'recorder'; readonly alias: string; readonly end: 'write' | 'read' }
  /** A unix socket that listens on `path` (only where `domxml-to-native` shows what libvirt would run). */
  | { readonly kind: 'listen'; readonly path: string }
  /** One end of the stream to swtpm, which keeps the state of an emulated TPM. `element`: path of its XML; `debug`: level of its log. */
  | {
      readonly kind: 'tpm';
      readonly alias: string;
      readonly element: string;
      readonly version: '1.2' | '2.0';
      readonly debug?: number;
      /** Where the state is kept, if not with the machine. */
      readonly state?: { readonly type: 'file' | 'dir'; readonly path: string };
      /** For swtpm's `--profile`. */
      readonly profile?: { readonly name: string; readonly removeDisabled?: 'check' | 'fips-host' };
    }
  /** One end of a passt socket or another backend process the network layer starts. */
  | { readonly kind: 'stream'; readonly alias: string; readonly interfaceIndex: number };

/** How the recorder reaches a serial port once QEMU runs. */
export interface PlannedConsole {
  readonly alias: string;
  readonly label: string;
  /** pty: ask query-chardev for the path; unix/tcp: connect; log: bytes come over the `recorder` descriptor, nothing can be typed. */
  readonly via:
    | { readonly kind: 'pty' }
    | { readonly kind: 'unix'; readonly path: string }
    | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
    | { readonly kind: 'log' };
}

/** A socket that QEMU listens on for the backend process of a NIC. */
export interface PlannedStream {
  readonly alias: string;
  /** The NIC's place among the domain's interfaces (0-based). */
  readonly interfaceIndex: number;
  readonly socket: string;
}

/** A disk image with what a start does to it. */
export interface PlannedImage {
  readonly path: string;
  readonly readOnly: boolean;
  readonly shareable: boolean;
  /** Path of the disk's XML element. */
  readonly element: string;
  /** What QEMU is told to read it as. */
  readonly format: string;
  /** The disk's name in the guest. */
  readonly target?: string;
  /** The drive can be empty: CD-ROM, floppy. */
  readonly removable?: boolean;
  /** The machine starts without it where it isn't there (`startupPolicy='optional'`). */
  readonly optional?: boolean;
  /** The XML names no format, which means raw. */
  readonly formatless?: boolean;
  /** A part of the file is the image, by its `<slice>`: its first bytes are no header. */
  readonly sliced?: boolean;
  /** What it stands on by the XML (`<backingStore>`), whatever its own header says; empty where it is to stand on nothing. */
  readonly below?: readonly { readonly path: string; readonly element: string }[];
}

/** A file that a machine is booted from directly, or that its firmware is given (formatdomain, "Direct kernel boot"). */
export interface BootFile {
  readonly path: string;
  /** Path of its XML element. */
  readonly element: string;
  readonly use: 'kernel' | 'initrd' | 'dtb' | 'acpi table';
}

/** A command for QEMU's monitor; `of`: alias of the device that it is given for. */
export interface MonitorCommand {
  readonly command: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly of?: string;
}

/** Everything needed to start a machine, made without I/O. */
export interface LaunchPlan {
  readonly emulator: string;
  /** What is after the emulator's name, in order; `argvOf` makes words of it. */
  readonly options: readonly PlannedOption[];
  /** How this emulator takes them. */
  readonly spelling: OptionSpelling;
  readonly descriptors: readonly DescriptorRequest[];
  /** Path of the QMP socket that QEMU listens on. */
  readonly monitorPath: string;
  readonly consoles: readonly PlannedConsole[];
  /** The definition with aliases, addresses and resolved values written in, as `dumpxml` shows it while it runs. */
  readonly liveXml: string;
  /** Disk images with what the start does to them: checked for presence, access and use by others. */
  readonly images: readonly PlannedImage[];
  /** Files that QEMU reads at the start: checked for presence and access. */
  readonly bootFiles?: readonly BootFile[];
  /**
   * File of the UEFI variables: made from `template` before the first start, where it isn't there yet. `mustFit`: the firmware is
   * another one than the XML names, so that a file which is there may be of another layout: it must have the template's size.
   */
  readonly nvram?: { readonly path: string; readonly template?: string; readonly mustFit?: boolean };
  /** What is other than the XML says, since this computer hasn't what it names: for the user to see, no obstacle. */
  readonly warnings?: readonly { readonly path: string; readonly message: string; readonly next?: string }[];
  /** Files of memory shared with other machines (`<shmem>`), which QEMU makes where they aren't there. */
  readonly sharedMemory?: readonly string[];
  /** Monitor commands to give before the vCPUs run: what has no option on the command line (limits, passwords, statistics). */
  readonly monitorCommands?: readonly MonitorCommand[];
  /** NICs whose link is down from the start: alias for `set_link`. */
  readonly linksDown: readonly string[];
  /** NICs that QEMU listens for on a socket, for a backend process (passt) that connects once QEMU runs, and can be replaced under the NIC. */
  readonly streams?: readonly PlannedStream[];
  /** Extra environment for the emulator (`qemu:env`). */
  readonly environment: Readonly<Record<string, string>>;
}
