export type PowerAction = 'destroy' | 'restart' | 'preserve' | 'rename-restart';
export type CrashAction = PowerAction | 'coredump-destroy' | 'coredump-restart';

/** What happens at the guest's own power-off, reboot and crash, and `<pm>`. */
export interface Lifecycle {
  readonly onPoweroff: PowerAction;
  readonly onReboot: PowerAction;
  readonly onCrash: CrashAction;
  readonly onLockFailure?: 'poweroff' | 'restart' | 'pause' | 'ignore';
  readonly suspendToMem?: boolean;
  readonly suspendToDisk?: boolean;
}
