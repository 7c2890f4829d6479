import type { DriveAddress, PciAddress } from './address.ts';
import type { DeviceInfo } from './device.ts';
import type { StorageAuth, StorageHost } from './storage-source.ts';

/** What is handed through. */
export type HostdevSource =
  | { readonly type: 'pci'; readonly address: PciAddress; readonly writeFiltering?: boolean; readonly driver?: 'kvm' | 'vfio' | 'xen' }
  | {
      readonly type: 'usb';
      readonly vendor?: number;
      readonly product?: number;
      readonly bus?: number;
      readonly device?: number;
      readonly startupPolicy?: string;
      readonly guestReset?: 'off' | 'uninitialized' | 'on';
    }
  | { readonly type: 'scsi'; readonly adapter: string; readonly address: Omit<DriveAddress, 'type' | 'controller'> }
  | {
      readonly type: 'scsi-iscsi';
      readonly name: string;
      readonly hosts: readonly StorageHost[];
      readonly auth?: StorageAuth;
      readonly initiator?: string;
    }
  | { readonly type: 'scsi_host'; readonly protocol: 'vhost'; readonly wwpn: string }
  | {
      readonly type: 'mdev';
      readonly model: 'vfio-pci' | 'vfio-ccw' | 'vfio-ap';
      readonly uuid: string;
      readonly display?: boolean;
      readonly ramfb?: boolean;
    }
  | { readonly type: 'capabilities'; readonly what: string };

/** `<hostdev>`: a device of the host given to the guest. */
export interface Hostdev extends DeviceInfo {
  readonly kind: 'hostdev';
  readonly mode: 'subsystem' | 'capabilities';
  readonly managed?: boolean;
  readonly source: HostdevSource;
  /** `model` attribute of SCSI-host devices (virtio flavours). */
  readonly model?: string;
  readonly readOnly: boolean;
  readonly shareable: boolean;
  readonly rawio?: boolean;
  readonly sgio?: 'filtered' | 'unfiltered';
  readonly teamingPersistent?: string;
}
