import type { ChardevSource } from './chardev.ts';
import type { DeviceInfo } from './device.ts';

/** `<smartcard>`. */
export interface Smartcard extends DeviceInfo {
  readonly kind: 'smartcard';
  readonly source:
    | { readonly mode: 'host' }
    | { readonly mode: 'host-certificates'; readonly certificates: readonly string[]; readonly database?: string }
    | { readonly mode: 'passthrough'; readonly chardev: ChardevSource };
}
