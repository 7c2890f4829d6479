import type { XmlDocument } from '../../../shared/domain-xml/index.ts';
import type { Domain } from '../../../shared/domain/index.ts';
import type { QemuCapabilities } from '../capabilities/capabilities.ts';
import type { FirmwareDescriptor } from './firmware-descriptor.ts';

/** start: to be run; native: what libvirt would run, for `domxml-to-native`. */
export type PlanPurpose = 'start' | 'native';

/** Directories that a plan names; absolute. Short: socket paths have at most 107 bytes. */
export interface PlanPaths {
  /** The machine's own directory for sockets while it runs. */
  readonly runtime: string;
  /** Where UEFI variables of machines are kept. */
  readonly nvram: string;
}

/** What a plan needs to know of the host. Gathered beforehand: making a plan does no I/O. */
export interface PlanHost {
  /** Emulator where the XML names none. */
  readonly emulator: string;
  /** Firmware descriptors in order of preference (/usr/share/qemu/firmware). */
  readonly firmwares: readonly FirmwareDescriptor[];
  /** Which of the firmware files that the XML leads to are there (firmwareFilesOf); absent: nobody looked, and all are taken to be. */
  readonly firmwareFiles?: readonly string[];
  /** Mounted hugetlbfs file systems: page size in KiB, and the directory that this machine may use. */
  readonly hugePages: readonly { readonly sizeKiB: number; readonly directory: string; readonly isDefault: boolean }[];
  /** NUMA nodes of the host; absent: nobody looked. */
  readonly numaNodes?: readonly number[];
  /** Where files that back memory are shown to be; a start lets QEMU make one without a name. */
  readonly memoryDirectory?: string;
  /** Block devices that are CD-ROM drives. */
  readonly cdromDevices: readonly string[];
  /** First render node of a GPU (`/dev/dri/renderD128`), if there is one. */
  readonly renderNode?: string;
  /** A free TCP port for a display whose port the start chooses; absent: none was looked for. */
  readonly displayPort?: number;
  /** Now, in s since the epoch. */
  readonly now: number;
  /** Can /dev/vhost-net be opened? */
  readonly vhostNet: boolean;
  /** Is passt there (for user NICs that ask for it)? */
  readonly passt: boolean;
  /** No host is asked: what another one would choose at a start can't be shown. */
  readonly recorded?: boolean;
}

/**
 * A host of which nothing is known: what depends on the host is refused then, by the element that asks for it.
 */
export const unknownHost: PlanHost = {
  emulator: '/usr/bin/qemu-system-x86_64',
  firmwares: [],
  hugePages: [],
  cdromDevices: ['/dev/cdrom'],
  vhostNet: true,
  passt: false,
  now: 0,
  recorded: true,
};

/** All that a launch plan is made of. */
export interface PlanInput {
  readonly document: XmlDocument;
  readonly domain: Domain;
  readonly capabilities: QemuCapabilities;
  readonly purpose: PlanPurpose;
  readonly paths: PlanPaths;
  readonly host: PlanHost;
  /** The XML is that of a running machine, perhaps with devices that it is to get: aliases are what they are, also those that a start chose. */
  readonly running?: true;
  /** Only what refuses the machine is asked: the plan is never carried out, and its live XML stays empty. */
  readonly trial?: true;
}
