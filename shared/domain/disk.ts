import type { DeviceInfo, VirtioModel, VirtioOptions } from './device.ts';
import type { BackingStore, StorageEncryption, StorageSource } from './storage-source.ts';

export type DiskDevice = 'disk' | 'cdrom' | 'floppy' | 'lun';
export type DiskBus = 'ide' | 'fdc' | 'scsi' | 'virtio' | 'usb' | 'sata' | 'sd' | 'xen' | 'uml' | 'none';

/** `<driver>` of a disk. */
export interface DiskDriver extends VirtioOptions {
  readonly name?: string;
  /** Image format: raw, qcow2, vmdk, …; `fat` with a directory. Absent: raw. */
  readonly type?: string;
  readonly cache?: 'default' | 'none' | 'writethrough' | 'writeback' | 'directsync' | 'unsafe';
  readonly errorPolicy?: 'stop' | 'report' | 'ignore' | 'enospace';
  readonly readErrorPolicy?: 'stop' | 'report' | 'ignore';
  readonly io?: 'native' | 'threads' | 'io_uring';
  readonly ioeventfd?: boolean;
  readonly eventIdx?: boolean;
  readonly copyOnRead?: boolean;
  readonly discard?: 'ignore' | 'unmap';
  readonly discardNoUnref?: boolean;
  readonly detectZeroes?: 'off' | 'on' | 'unmap';
  readonly iothread?: number;
  readonly queues?: number;
  readonly queueSize?: number;
  /** Bytes. */
  readonly metadataCacheBytes?: number;
}

/** `<iotune>`: limits; bytes/s, operations/s, and lengths of bursts in s. Absent and 0: no limit. */
export interface IoTune {
  readonly totalBytesSec?: number;
  readonly readBytesSec?: number;
  readonly writeBytesSec?: number;
  readonly totalIopsSec?: number;
  readonly readIopsSec?: number;
  readonly writeIopsSec?: number;
  readonly totalBytesSecMax?: number;
  readonly readBytesSecMax?: number;
  readonly writeBytesSecMax?: number;
  readonly totalIopsSecMax?: number;
  readonly readIopsSecMax?: number;
  readonly writeIopsSecMax?: number;
  readonly totalBytesSecMaxLength?: number;
  readonly readBytesSecMaxLength?: number;
  readonly writeBytesSecMaxLength?: number;
  readonly totalIopsSecMaxLength?: number;
  readonly readIopsSecMaxLength?: number;
  readonly writeIopsSecMaxLength?: number;
  readonly sizeIopsSec?: number;
  readonly groupName?: string;
}

/** `<mirror>` (live only): a block job that copies this disk. */
export interface DiskMirror {
  readonly path: string;
  readonly job?: string;
  readonly ready?: string;
}

/** `<disk>` (formatdomain, "Hard drives, floppy disks, CDROMs"). */
export interface Disk extends DeviceInfo {
  readonly kind: 'disk';
  readonly device: DiskDevice;
  readonly source: StorageSource;
  /** The `<source>` element is there. An empty drive has none. */
  readonly hasSource: boolean;
  readonly driver: DiskDriver;
  /** Name in the guest that chooses the place on the bus: `vda`, `sdb`, `hdc`. */
  readonly target: string;
  readonly bus: DiskBus;
  readonly tray?: 'open' | 'closed';
  /** `<target removable>` (USB). */
  readonly removable?: boolean;
  readonly rotationRate?: number;
  readonly model?: VirtioModel;
  readonly readOnly: boolean;
  readonly shareable: boolean;
  readonly transient: boolean;
  readonly transientShareBacking?: boolean;
  readonly serial?: string;
  readonly wwn?: string;
  readonly vendor?: string;
  readonly product?: string;
  readonly rawio?: boolean;
  readonly sgio?: 'filtered' | 'unfiltered';
  readonly snapshot?: 'no' | 'internal' | 'external' | 'manual';
  readonly geometry?: {
    readonly cylinders: number;
    readonly heads: number;
    readonly sectors: number;
    readonly translation?: 'none' | 'lba' | 'auto';
  };
  /** Bytes. */
  readonly blockio?: { readonly logicalBlockSize?: number; readonly physicalBlockSize?: number; readonly discardGranularity?: number };
  readonly iotune?: IoTune;
  readonly backingStore?: BackingStore;
  readonly mirror?: DiskMirror;
  /** `<encryption>` directly under `<disk>`; the one of the source stands there. */
  readonly encryption?: StorageEncryption;
}
