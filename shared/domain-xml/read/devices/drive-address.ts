import type { DriveAddress } from '../../../domain/address.ts';
import type { DiskBus } from '../../../domain/disk.ts';

/** Number of a disk by its target's letters: `vda` 0, `vdz` 25, `vdaa` 26, `sda1` (a partition) 0. Undefined when the name has another form. */
export function targetIndex(target: string): number | undefined {
  const letters = /^(?:fd|hd|vd|sd|xvd|ubd)([a-z]{1,3})[0-9]*$/.exec(target)?.[1];
  if (letters === undefined) return undefined;
  return Array.from(letters).reduce((number, letter) => (number + 1) * 26 + letter.charCodeAt(0) - 97, -1);
}

/**
 * The place on the bus that a disk without `<address>` has by its target (libvirt: virDomainDiskDefAssignAddress): IDE has two
 * channels of two, SATA controllers six ports, floppy controllers two drives, SCSI controllers (QEMU's are wide) 15 units besides
 * their own, 7. Undefined for other buses, and for a target of another form.
 */
export function driveAddressOf(target: string, bus: DiskBus): DriveAddress | undefined {
  const index = targetIndex(target);
  if (index === undefined) return undefined;
  const at = (controller: number, channel: number, unit: number): DriveAddress => ({
    type: 'drive',
    controller,
    bus: channel,
    target: 0,
    unit,
  });
  switch (bus) {
    case 'ide':
      return at(Math.floor(index / 4), Math.floor((index % 4) / 2), index % 2);
    case 'sata':
      return at(Math.floor(index / 6), 0, index % 6);
    case 'fdc':
      return at(Math.floor(index / 2), 0, index % 2);
    case 'scsi': {
      const unit = index % 15;
      return at(Math.floor(index / 15), 0, unit >= 7 ? unit + 1 : unit);
    }
    default:
      return undefined;
  }
}
