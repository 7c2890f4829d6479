/** Where a device sits in the guest: `<address>` of formatdomain, "Device addresses". All numbers are integers. */

/** A complete PCI address. */
export interface PciAddress {
  readonly type: 'pci';
  /** 0..0xffff; only 0 on x86. */
  readonly domain: number;
  /** 0..0xff: index of the controller that provides the bus. */
  readonly bus: number;
  /** 0..0x1f. */
  readonly slot: number;
  /** 0..7. */
  readonly function: number;
  readonly multifunction?: boolean;
  readonly zpci?: ZpciAddress;
}

/** `<address type='pci'/>` without a place: the user wants PCI, the place is to be assigned. */
export interface PciAutoAddress {
  readonly type: 'pci-auto';
  readonly multifunction?: boolean;
  readonly zpci?: ZpciAddress;
}

/** s390's view of a PCI function. */
export interface ZpciAddress {
  /** 1..0xffff. */
  readonly uid?: number;
  /** 0..0xffffffff. */
  readonly fid?: number;
}

/** Place on a disk controller (SCSI, IDE, SATA, floppy). */
export interface DriveAddress {
  readonly type: 'drive';
  readonly controller: number;
  readonly bus: number;
  readonly target: number;
  readonly unit: number;
}

export interface UsbAddress {
  readonly type: 'usb';
  readonly bus: number;
  /** Ports from the root, at most four levels (`[1, 2]` is port 2 of the hub at port 1); absent: to be assigned. */
  readonly port?: readonly number[];
}

export interface VirtioSerialAddress {
  readonly type: 'virtio-serial';
  readonly controller: number;
  readonly bus: number;
  /** 0 means: to be assigned. */
  readonly port: number;
}

export interface CcidAddress {
  readonly type: 'ccid';
  readonly controller: number;
  readonly slot: number;
}

export interface IsaAddress {
  readonly type: 'isa';
  readonly iobase?: number;
  readonly irq?: number;
}

/** s390 channel; without numbers: to be assigned. */
export interface CcwAddress {
  readonly type: 'ccw';
  readonly cssid?: number;
  readonly ssid?: number;
  readonly devno?: number;
}

export interface SpaprVioAddress {
  readonly type: 'spapr-vio';
  readonly reg?: bigint;
}

export interface VirtioMmioAddress {
  readonly type: 'virtio-mmio';
}

export interface VirtioS390Address {
  readonly type: 'virtio-s390';
}

/** A memory device's slot and guest physical address. */
export interface DimmAddress {
  readonly type: 'dimm';
  readonly slot?: number;
  readonly base?: bigint;
}

/** The device exists in the definition and is not given to the guest (hostdev). */
export interface UnassignedAddress {
  readonly type: 'unassigned';
}

/** Any guest address of a device; discriminated by `type`. */
export type DeviceAddress =
  | PciAddress
  | PciAutoAddress
  | DriveAddress
  | UsbAddress
  | VirtioSerialAddress
  | CcidAddress
  | IsaAddress
  | CcwAddress
  | SpaprVioAddress
  | VirtioMmioAddress
  | VirtioS390Address
  | DimmAddress
  | UnassignedAddress;
