import type { ChardevSource } from './chardev.ts';
import type { DeviceInfo } from './device.ts';

/** `<redirdev>`: a USB device redirected from a viewer. */
export interface Redirdev extends DeviceInfo {
  readonly kind: 'redirdev';
  readonly bus: 'usb';
  readonly source: ChardevSource;
}

/** `<redirfilter>`: which USB devices may be redirected, first match wins. Absent numbers match all. */
export interface RedirFilter {
  readonly path: string;
  readonly rules: readonly {
    readonly class?: number;
    readonly vendor?: number;
    readonly product?: number;
    /** As written, `1.10`. */
    readonly version?: string;
    readonly allow: boolean;
  }[];
}
