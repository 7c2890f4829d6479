import { randomUUID } from 'node:crypto';
import { lstat, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { NewImageFormat } from '../../shared/contract/storage.ts';
import { TapestryError } from '../../shared/errors.ts';
import { moveWithoutReplacing } from '../files/atomic-file.ts';
import { errnoOf, statIfThere } from '../files/if-there.ts';
import { namedFileError } from '../files/file-errors.ts';
import { makeNotedFile, type NoteLeftover } from '../files/leftovers.ts';
import { runQemuImg } from './qemu-img.ts';

/** An image to create. `preallocation` as qemu-img's option of that name. */
export interface ImageRequest {
  /** Absolute. */
  readonly path: string;
  readonly format: NewImageFormat;
  readonly sizeBytes: number;
  readonly preallocation: 'off' | 'metadata' | 'full';
}

/** What the making of an image tells and is told. */
export interface ImageWork {
  readonly signal: AbortSignal;
  /** Notes the file before and after it is there, for whoever comes after a kill. */
  readonly note: NoteLeftover;
  /** Gets a look at how many bytes are written by now: qemu-img tells no progress, but the file grows. Only where that says something. */
  readonly measure?: (written: () => Promise<number>) => void;
  /** Called when the image is complete, before it gets its name. @throws what keeps it from getting it */
  readonly complete?: () => void;
}

/**
 * Refuses what can be refused before an image is made.
 * @throws TapestryError `invalid` (relative path, file exists), `io`
 */
export async function checkNewImage({ path: target }: Pick<ImageRequest, 'path'>): Promise<void> {
  if (!path.isAbsolute(target)) throw new TapestryError('invalid', 'The path of a disk image must begin with a slash.', { path: 'path' });
  await refuseExisting(target);
}

/**
 * Creates an image; never replaces a file. It gets its name only when it is complete, so that a failure or a cancellation
 * leaves nothing behind.
 *
 * @throws TapestryError `invalid` (relative path, file exists), `storage-full`, `io`, `host-missing`, `cancelled`; what `note` and `complete` throw
 */
export async function createImage(request: ImageRequest, { signal, note, measure, complete }: ImageWork): Promise<void> {
  const { path: target, format, sizeBytes } = request;
  await checkNewImage(request);
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw namedFileError(`The folder ${path.dirname(target)}`, error);
  });
  const partial = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID().slice(0, 8)}.partial`);
  // raw knows no metadata to allocate.
  const preallocation = format === 'raw' && request.preallocation === 'metadata' ? 'off' : request.preallocation;
  const options = format === 'raw' || format === 'qcow2' ? ['-o', `preallocation=${preallocation}`] : [];
  try {
    // qemu-img writes into the file that is there, so this is the one that grows.
    await makeNotedFile(partial, note, target).catch((error: unknown) => {
      throw namedFileError(`The disk image ${target}`, error);
    });
    if (preallocation === 'full') measure?.(async () => Math.min(sizeBytes, ((await statIfThere(partial))?.blocks ?? 0) * 512));
    const made = await runQemuImg(['create', '-q', '-f', format, ...options, '--', partial, String(sizeBytes)], signal);
    if (!made.ok) throw creationError(target, made.stderr);
    complete?.();
    await moveWithoutReplacing(partial, target).catch((error: unknown) => {
      throw errnoOf(error) === 'EEXIST' ? exists(target) : namedFileError(`The disk image ${target}`, error);
    });
  } finally {
    await rm(partial, { force: true });
  }
}

const exists = (target: string): TapestryError =>
  new TapestryError('invalid', `${target} exists already.`, { path: 'path', next: 'Choose another name, or use the existing disk.' });

const refuseExisting = async (target: string): Promise<void> => {
  try {
    await lstat(target);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw namedFileError(`The disk image ${target}`, error);
  }
  throw exists(target);
};

const creationError = (target: string, detail: string): TapestryError => {
  if (/No space left|Disk quota exceeded|exceeds.*space|Could not resize file/i.test(detail)) {
    return new TapestryError('storage-full', `There is not enough space for the disk image ${target}.`, {
      next: 'Choose a smaller size or another place.',
      detail,
    });
  }
  return new TapestryError('io', `The disk image ${target} can’t be created.`, { next: 'Check the folder’s permissions.', detail });
};
