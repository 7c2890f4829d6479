import type { DeviceInfo, VirtioOptions } from './device.ts';

export type ControllerType = 'ide' | 'fdc' | 'scsi' | 'sata' | 'virtio-serial' | 'ccid' | 'usb' | 'pci' | 'xenbus' | 'isa';

/** `<target>` of a PCI controller. */
export interface PciControllerTarget {
  readonly chassisNr?: number;
  readonly chassis?: number;
  readonly port?: number;
  readonly busNr?: number;
  readonly index?: number;
  readonly node?: number;
  readonly hotplug?: boolean;
}

/** `<controller>`. `index` absent: the next free one of its type. */
export interface Controller extends DeviceInfo {
  readonly kind: 'controller';
  readonly type: ControllerType;
  readonly index?: number;
  /** Model as in the XML (`virtio-scsi`, `pcie-root-port`, `qemu-xhci`, `none`, …). */
  readonly model?: string;
  /** QEMU device of a PCI controller (`<model name>`). */
  readonly modelName?: string;
  readonly ports?: number;
  readonly vectors?: number;
  /** First port of the EHCI master that a companion serves (`<master startport>`). */
  readonly masterStartPort?: number;
  readonly driver: VirtioOptions & {
    readonly queues?: number;
    readonly cmdPerLun?: number;
    readonly maxSectors?: number;
    readonly ioeventfd?: boolean;
    readonly iothread?: number;
  };
  readonly target?: PciControllerTarget;
  /** KiB. */
  readonly pciHole64?: number;
}
