import type { Disk } from '../../../shared/domain/index.ts';

/**
 * What QEMU's commands about a disk's back end (block_set_io_throttle, eject, blockdev-change-medium) take as `id`: the device
 * that has the back end. That is the device of the alias on the old buses; behind a virtio or USB front it is a part of it
 * (libvirt's qomName).
 */
export function blockDeviceId(bus: Disk['bus'], alias: string): string {
  if (bus === 'virtio') return `/machine/peripheral/${alias}/virtio-backend`;
  if (bus === 'usb') return `/machine/peripheral/${alias}/${alias}.0/legacy[0]`;
  return alias;
}
