import type { DriveAddress } from '../../../shared/domain/index.ts';
import { invalid, type Draft, type DraftDomain } from '../draft.ts';
import type { Disk } from '../../../shared/domain/index.ts';

/** The number that a disk's target name stands for: `vda` is 0, `sdab` 27. Undefined for a name that isn't one. */
export const diskIndex = (target: string): number | undefined => {
  const letters = /^(?:fd|hd|vd|sd|xvd|ubd)([a-z]+)[0-9]*$/.exec(target)?.[1];
  if (letters === undefined) return undefined;
  let index = 0;
  for (const letter of letters) index = index * 26 + (letter.charCodeAt(0) - 96);
  return index - 1;
};

/**
 * The place on its controller that a disk's target name stands for (libvirt's mapping: 15 disks per wide SCSI
 * controller with unit 7 left out for the controller itself, 6 per SATA, 2 buses of 2 for IDE, 2 floppies).
 */
export const driveAddressOf = (disk: Draft<Disk>): DriveAddress | undefined => {
  const index = diskIndex(disk.target);
  if (index === undefined) return undefined;
  const at = (controller: number, bus: number, unit: number): DriveAddress => ({ type: 'drive', controller, bus, target: 0, unit });
  switch (disk.bus) {
    case 'scsi': {
      const unit = index % 15;
      return at(Math.floor(index / 15), 0, unit >= 7 ? unit + 1 : unit);
    }
    case 'ide':
      return at(Math.floor(index / 4), Math.floor((index % 4) / 2), index % 2);
    case 'sata':
      return at(Math.floor(index / 6), 0, index % 6);
    case 'fdc':
      return at(Math.floor(index / 2), 0, index % 2);
    default:
      return undefined;
  }
};

/**
 * Gives every disk on an IDE, SATA, SCSI or floppy bus its place, and SCSI host devices theirs.
 *
 * @throws TapestryError `xml-invalid` for target names that stand for no place, and for places used twice.
 */
export const assignDrives = (draft: DraftDomain): void => {
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
    if (diskIndex(disk.target) === undefined)
      throw invalid(`${disk.path}/target/@dev`, `'${disk.target}' isn't the name of a disk in the guest, like vda or sdb.`);
    if (disk.address === undefined) {
      const address = driveAddressOf(disk);
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
};
