import type { DeviceInfo } from './device.ts';

/** A device that libvirt knows and that has no model of its own here: kept by its XML, refused by its path at a start. */
export interface OtherDevice extends DeviceInfo {
  readonly kind: 'other';
  /** Element name: lease, nvram, pstore, … */
  readonly element: string;
  readonly xml: string;
}
