import type { DeviceInfo } from './device.ts';

/** `<iommu>`. */
export interface Iommu extends DeviceInfo {
  readonly kind: 'iommu';
  readonly model: 'intel' | 'smmuv3' | 'virtio';
  readonly intremap?: boolean;
  readonly cachingMode?: boolean;
  readonly eim?: boolean;
  readonly iotlb?: boolean;
  /** Bits. */
  readonly awBits?: number;
}
