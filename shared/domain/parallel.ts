import type { ChardevSource } from './chardev.ts';
import type { DeviceInfo } from './device.ts';

/** `<parallel>`: a parallel port of the guest. */
export interface Parallel extends DeviceInfo {
  readonly kind: 'parallel';
  readonly source: ChardevSource;
  readonly port?: number;
}
