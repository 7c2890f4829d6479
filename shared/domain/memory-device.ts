import type { DeviceInfo } from './device.ts';

/** `<memory>` among the devices: memory that can be plugged. Sizes in KiB. */
export interface MemoryDevice extends DeviceInfo {
  readonly kind: 'memory';
  readonly model: 'dimm' | 'nvdimm' | 'virtio-pmem' | 'virtio-mem' | 'sgx-epc';
  readonly access?: 'shared' | 'private';
  readonly discard?: boolean;
  readonly uuid?: string;
  readonly size: number;
  readonly node?: number;
  readonly labelSize?: number;
  readonly readOnly?: boolean;
  readonly blockSize?: number;
  readonly requestedSize?: number;
  readonly sourcePath?: string;
  readonly sourcePageSize?: number;
  readonly sourceNodes?: string;
  readonly alignSize?: number;
  readonly pmem?: boolean;
}
