import type { DeviceAddress } from './address.ts';

/** What every device may carry, besides what makes it that device. */
export interface DeviceInfo {
  /** Element path in the document it was read from, as `/domain/devices/interface[2]`. */
  readonly path: string;
  /** `<alias name>`: chosen by the user if it begins with `ua-`, else by the machine's start. */
  readonly alias?: string;
  readonly address?: DeviceAddress;
  /** `<boot order>`, from 1, unique in the domain. */
  readonly bootOrder?: number;
  /** `<boot loadparm>` (s390): 1 to 8 characters. */
  readonly loadparm?: string;
  /** `<acpi index>`, 1..16383, unique in the domain. */
  readonly acpiIndex?: number;
  readonly rom?: Rom;
}

/** `<rom>` of a PCI device. */
export interface Rom {
  /** on: the ROM shows in the guest's memory map. */
  readonly bar?: boolean;
  readonly file?: string;
  /** false: no ROM at all, even if the device has one. */
  readonly enabled?: boolean;
}

/** Options that every virtio device's `<driver>` takes (formatdomain, "Virtio-related options"). */
export interface VirtioOptions {
  readonly iommu?: boolean;
  readonly ats?: boolean;
  readonly packed?: boolean;
  readonly pagePerVq?: boolean;
}

/** The three virtio flavours that a `model` attribute can name. */
export type VirtioModel = 'virtio' | 'virtio-transitional' | 'virtio-non-transitional';
