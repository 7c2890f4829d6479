import type { DeviceInfo, VirtioOptions } from './device.ts';

/** `<crypto>`: a device that encrypts for the guest (formatdomain "Crypto"). */
export interface Crypto extends DeviceInfo {
  readonly kind: 'crypto';
  readonly model: 'virtio';
  readonly type: 'qemu';
  readonly backend: {
    /** builtin: QEMU itself; lkcf: the host's kernel, by way of its keyrings (QEMU 8.0). */
    readonly model: 'builtin' | 'lkcf';
    /** From 1; absent: QEMU's default, which is 1. */
    readonly queues?: number;
  };
  readonly driver: VirtioOptions;
}
