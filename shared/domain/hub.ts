import type { DeviceInfo } from './device.ts';

/** `<hub>`: a USB hub with 8 ports. */
export interface Hub extends DeviceInfo {
  readonly kind: 'hub';
  readonly type: 'usb';
}
