import type { DeviceInfo } from './device.ts';

/** `<panic>`: tells the host that the guest's kernel has given up. `model` absent: the machine type's. */
export interface Panic extends DeviceInfo {
  readonly kind: 'panic';
  readonly model?: 'pseries' | 'isa' | 'hyperv' | 's390' | 'pvpanic';
}
