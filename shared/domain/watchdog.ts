import type { DeviceInfo } from './device.ts';

/** `<watchdog>`. */
export interface Watchdog extends DeviceInfo {
  readonly kind: 'watchdog';
  readonly model: 'i6300esb' | 'ib700' | 'diag288' | 'itco';
  readonly action: 'reset' | 'shutdown' | 'poweroff' | 'pause' | 'none' | 'dump' | 'inject-nmi';
}
