import type { DeviceInfo } from './device.ts';

/** `<shmem>`: memory shared between machines. */
export interface Shmem extends DeviceInfo {
  readonly kind: 'shmem';
  readonly name: string;
  readonly model: 'ivshmem' | 'ivshmem-plain' | 'ivshmem-doorbell';
  readonly role?: 'master' | 'peer';
  /** Bytes; a power of two, at least 1 MiB. */
  readonly sizeBytes?: number;
  readonly serverPath?: string;
  readonly hasServer: boolean;
  readonly msi?: { readonly vectors?: number; readonly ioeventfd?: boolean; readonly enabled?: boolean };
}
