import type { BackingStore, StorageSource } from '../../../shared/domain/storage-source.ts';
import type { Disk } from '../../../shared/domain/index.ts';
import type { PlannedImage } from './launch-plan.types.ts';

/** The file or block device that a source names; undefined for an empty drive, and for what is neither. */
export function fileOf(source: StorageSource): string | undefined {
  return source.type === 'file' ? source.file : source.type === 'block' ? source.dev : undefined;
}

/**
 * What a start, or a change of a running machine, does to the image of a disk; undefined where the disk has no file and no block device.
 *
 * @param element path of the disk's element, where it is another text's than the one that the disk was read from
 */
export function imageOf(disk: Disk, element = disk.path): PlannedImage | undefined {
  const path = fileOf(disk.source);
  if (path === undefined) return undefined;
  return {
    path,
    readOnly: disk.readOnly || disk.device === 'cdrom',
    shareable: disk.shareable,
    element,
    format: disk.driver.type ?? 'raw',
    target: disk.target,
    ...(disk.device === 'cdrom' || disk.device === 'floppy' ? { removable: true } : {}),
    ...(disk.source.startupPolicy === 'optional' ? { optional: true } : {}),
    ...(disk.driver.type === undefined ? { formatless: true } : {}),
    ...(disk.source.slices === undefined || disk.source.slices.length === 0 ? {} : { sliced: true }),
    ...(disk.backingStore === undefined ? {} : { below: belowOf(disk.backingStore) }),
  };
}

const belowOf = (store: BackingStore): { readonly path: string; readonly element: string }[] => {
  if (store.none) return [];
  const path = fileOf(store.source);
  return [
    ...(path === undefined ? [] : [{ path, element: store.path }]),
    ...(store.backingStore === undefined ? [] : belowOf(store.backingStore)),
  ];
};
