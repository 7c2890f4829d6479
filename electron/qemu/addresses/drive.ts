import type { DriveAddress } from '../../../shared/domain/index.ts';
import { driveAddressOf, targetIndex } from '../../../shared/domain-xml/index.ts';
import { invalid, type DraftDomain } from '../plan/draft.ts';

/**
 * Gives every disk on an IDE, SATA, SCSI or floppy bus its place, and SCSI host devices theirs.
 *
 * @throws TapestryError `xml-invalid` for target names that stand for no place, and for places used twice.
 */
export function assignDrives(draft: DraftDomain): void {
  const taken = new Map<string, string>();
  const { disks, hostdevs } = draft.devices;
  const scsiHosts = hostdevs.filter((h) => h.source.type === 'scsi' || h.source.type === 'scsi-iscsi');
  const claim = (bus: string, address: DriveAddress, path: string) => {
    const key = `${bus} ${address.controller}:${address.bus}:${address.target}:${address.unit}`;
    const other = taken.get(key);
    if (other !== undefined) throw invalid(`${path}/address`, `The place ${key} is already taken by ${other}.`);
    taken.set(key, path);
  };
  for (const disk of disks) {
    if (targetIndex(disk.target) === undefined)
      throw invalid(`${disk.path}/target/@dev`, `'${disk.target}' isn't the name of a disk in the guest, like vda or sdb.`);
    if (disk.address === undefined) {
      const address = driveAddressOf(disk.target, disk.bus);
      if (address !== undefined) disk.address = address;
    }
    if (disk.address?.type === 'drive') claim(disk.bus, disk.address, disk.path);
  }
  for (const hostdev of scsiHosts) if (hostdev.address?.type === 'drive') claim('scsi', hostdev.address, hostdev.path);
  for (const hostdev of scsiHosts) {
    if (hostdev.address !== undefined) continue;
    const isFree = (address: DriveAddress) => !taken.has(`scsi ${address.controller}:${address.bus}:${address.target}:${address.unit}`);
    let address: DriveAddress = { type: 'drive', controller: 0, bus: 0, target: 0, unit: 0 };
    for (let n = 0; !isFree(address); n++)
      address = { ...address, controller: Math.floor(n / 15), unit: n % 15 >= 7 ? (n % 15) + 1 : n % 15 };
    hostdev.address = address;
    claim('scsi', address, hostdev.path);
  }
}
