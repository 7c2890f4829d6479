import type { DeviceInfo, VirtioModel, VirtioOptions } from './device.ts';

/** `<memballoon>`. A domain without one gets a virtio one when it is defined; `none` refuses it. */
export interface Memballoon extends DeviceInfo {
  readonly kind: 'memballoon';
  readonly model: VirtioModel | 'xen' | 'none';
  readonly autodeflate?: boolean;
  readonly freePageReporting?: boolean;
  /** s between statistics; 0 or absent: none. */
  readonly statsPeriod?: number;
  readonly driver: VirtioOptions;
}
