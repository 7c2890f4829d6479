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
        /** Where its state is kept: a directory, or one file; absent: the machine's own directory. */
        readonly state?: { readonly type: 'file' | 'dir'; readonly path: string };
        /** What a TPM 2 can do, chosen when its state is made (swtpm(8) `--profile`). `name`: the one that it has got, as libvirt reports it. */
        readonly profile?: { readonly source?: string; readonly name?: string; readonly removeDisabled?: 'check' | 'fips-host' };
      }
    | { readonly type: 'external'; readonly source: ChardevSource };
}
