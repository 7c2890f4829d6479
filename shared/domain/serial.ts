import type { ChardevSource } from './chardev.ts';
import type { DeviceInfo } from './device.ts';

export type SerialTargetType =
  'isa-serial' | 'usb-serial' | 'pci-serial' | 'spapr-vio-serial' | 'system-serial' | 'sclp-serial' | 'isa-debug';
export type SerialTargetModel =
  'isa-serial' | 'usb-serial' | 'pci-serial' | 'spapr-vty' | 'pl011' | '16550a' | 'sclpconsole' | 'sclplmconsole' | 'isa-debugcon';

/** `<serial>`: a serial port of the guest. */
export interface Serial extends DeviceInfo {
  readonly kind: 'serial';
  readonly source: ChardevSource;
  /** Absent: what the machine type has. */
  readonly targetType?: SerialTargetType;
  readonly targetModel?: SerialTargetModel;
  /** Number of the port in the guest; absent: by position. */
  readonly port?: number;
}
