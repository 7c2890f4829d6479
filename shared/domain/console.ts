import type { ChardevSource } from './chardev.ts';
import type { DeviceInfo } from './device.ts';

export type ConsoleTargetType = 'none' | 'serial' | 'virtio' | 'xen' | 'xenfb' | 'uml' | 'lxc' | 'openvz' | 'sclp' | 'sclplm';

/** `<console>`: the guest's console; the first one of type `serial` is the first serial port under another name. */
export interface Console extends DeviceInfo {
  readonly kind: 'console';
  readonly source: ChardevSource;
  readonly targetType?: ConsoleTargetType;
  readonly port?: number;
}
