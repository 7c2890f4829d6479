/** `<launchSecurity>` (SEV and s390 protected virtualisation). */
export type LaunchSecurity =
  | { readonly path: string; readonly type: 's390-pv' | 'sev-snp' | 'tdx' }
  | {
      readonly path: string;
      readonly type: 'sev';
      readonly kernelHashes?: boolean;
      readonly cbitpos?: number;
      readonly reducedPhysBits?: number;
      readonly policy: number;
      readonly dhCert?: string;
      readonly session?: string;
    };
