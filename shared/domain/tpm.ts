import type { ChardevSource } from './chardev.ts';
import type { DeviceInfo } from './device.ts';

/** `<tpm>`. `model` absent: what libvirt takes for the machine type. */
export interface Tpm extends DeviceInfo {
  readonly kind: 'tpm';
  readonly model?: 'tpm-tis' | 'tpm-crb' | 'tpm-spapr' | 'spapr-tpm-proxy';
  readonly backend:
    | { readonly type: 'passthrough'; /** Absent: /dev/tpm0. */ readonly device?: string }
    | {
        readonly type: 'emulator';
        readonly version?: '1.2' | '2.0';
        readonly persistentState?: boolean;
        readonly debug?: number;
        readonly encryptionSecret?: string;
        readonly activePcrBanks?: readonly string[];
      }
    | { readonly type: 'external'; readonly source: ChardevSource };
}
