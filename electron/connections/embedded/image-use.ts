import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { TapestryError } from '../../../shared/errors.ts';

/** A disk image as a launch plan has it. `element` is the path of its XML element. */
export interface PlannedImage {
  readonly path: string;
  readonly readOnly: boolean;
  readonly shareable: boolean;
  readonly element: string;
  readonly format: string;
}

/** Images that a running machine holds. */
export interface HeldImages {
  readonly machine: string;
  readonly images: readonly PlannedImage[];
}

/** One file has one identity, whatever path leads to it. */
const identityOf = async (path: string): Promise<string | undefined> => {
  try {
    const { dev, ino, rdev, mode } = await stat(path);
    return (mode & constants.S_IFMT) === constants.S_IFBLK ? `device ${rdev}` : `${dev}:${ino}`;
  } catch {
    return undefined; // a file that isn't there is nobody's; checkImages says so of our own
  }
};

/**
 * Checks what a start would do to its images: that they are there, that we may open them as they will be opened, and
 * that no other running machine of ours writes to them. Two machines may share an image when both have it read-only or
 * both say `<shareable/>`.
 *
 * @throws TapestryError `disk-missing`, `disk-unreadable`, `disk-in-use`, with the disk's element as path
 */
export const checkImages = async (images: readonly PlannedImage[], held: readonly HeldImages[]): Promise<void> => {
  for (const image of images) await checkAccess(image);
  if (held.length === 0) return;
  const taken = new Map<string, { machine: string; image: PlannedImage }[]>();
  for (const { machine, images: theirs } of held) {
    for (const image of theirs) {
      const identity = await identityOf(image.path);
      if (identity !== undefined) taken.set(identity, [...(taken.get(identity) ?? []), { machine, image }]);
    }
  }
  for (const image of images) {
    const identity = await identityOf(image.path);
    for (const { machine, image: other } of (identity === undefined ? undefined : taken.get(identity)) ?? []) {
      if ((image.readOnly && other.readOnly) || (image.shareable && other.shareable)) continue;
      throw new TapestryError('disk-in-use', `The disk image ${image.path} is in use by the running machine “${machine}”.`, {
        path: image.element,
        next: `Shut down “${machine}”, give this machine a copy, or mark the disk as shareable in both if both may write to it.`,
      });
    }
  }
};

const checkAccess = async (image: PlannedImage): Promise<void> => {
  try {
    await access(image.path, image.readOnly ? constants.R_OK : constants.R_OK | constants.W_OK);
    const { mode } = await stat(image.path);
    if ((mode & constants.S_IFMT) === constants.S_IFDIR && image.format !== 'fat') {
      throw new TapestryError('disk-unreadable', `${image.path} is a directory, not a disk image.`, {
        path: image.element,
        next: "Choose the image's file.",
      });
    }
  } catch (error) {
    if (error instanceof TapestryError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const detail = error instanceof Error ? error.message : String(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new TapestryError('disk-missing', `The disk image ${image.path} is not there.`, {
        path: image.element,
        next: 'Put the file back, or choose another image for this disk.',
        detail,
        cause: error,
      });
    }
    throw new TapestryError(
      'disk-unreadable',
      `The disk image ${image.path} can't be opened ${image.readOnly ? 'for reading' : 'for reading and writing'}.`,
      {
        path: image.element,
        next:
          code === 'EROFS'
            ? 'Its file system is read-only: make the disk read-only, or move the image.'
            : 'Give your user the right to open it, or choose another image.',
        detail,
        cause: error,
      },
    );
  }
};
