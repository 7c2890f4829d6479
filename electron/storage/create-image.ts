import { randomUUID } from 'node:crypto';
import { link, lstat, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { NewImageFormat } from '../../shared/contract/storage.ts';
import { TapestryError } from '../../shared/errors.ts';
import { errnoOf, statIfThere } from '../files/if-there.ts';
import { namedFileError } from '../files/file-errors.ts';
import { runQemuImg } from './qemu-img.ts';

/** An image to create. `preallocation` as qemu-img's option of that name. */
export interface ImageRequest {
  /** Absolute. */
  readonly path: string;
  readonly format: NewImageFormat;
  readonly sizeBytes: number;
  readonly preallocation: 'off' | 'metadata' | 'full';
}

/** How often a long creation is looked at, ms: qemu-img tells no progress, but the file grows. */
const lookInterval = 250;

/**
 * Creates an image; never replaces a file. It gets its name only when it is complete, so that a failure or a cancellation
 * leaves nothing behind.
 *
 * @returns progress, 0 to 1
 * @throws TapestryError `invalid` (relative path, file exists), `storage-full`, `io`, `host-missing`, `cancelled`
 */
export async function* createImage(request: ImageRequest, signal: AbortSignal): AsyncGenerator<{ progress: number }> {
  const { path: target, format, sizeBytes } = request;
  if (!path.isAbsolute(target)) throw new TapestryError('invalid', 'The path of a disk image must begin with a slash.', { path: 'path' });
  await refuseExisting(target);
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw namedFileError(`The folder ${path.dirname(target)}`, error);
  });
  const partial = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID().slice(0, 8)}.partial`);
  // raw knows no metadata to allocate.
  const preallocation = format === 'raw' && request.preallocation === 'metadata' ? 'off' : request.preallocation;
  const options = format === 'raw' || format === 'qcow2' ? ['-o', `preallocation=${preallocation}`] : [];
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  try {
    yield { progress: 0 };
    const creating = runQemuImg(['create', '-q', '-f', format, ...options, '--', partial, String(sizeBytes)], either);
    const outcome = creating.then((result) => ({ result }));
    // Awaited below; until then a failure must not count as unhandled.
    outcome.catch(() => undefined);
    for (;;) {
      const done = await Promise.race([outcome, delay(lookInterval)]);
      if (done !== undefined) {
        if (!done.result.ok) throw creationError(target, done.result.stderr);
        break;
      }
      const found = await statIfThere(partial); // not there before qemu-img has made it
      if (found !== undefined && preallocation === 'full') yield { progress: Math.min(0.99, (found.blocks * 512) / sizeBytes) };
    }
    await link(partial, target).catch((error: unknown) => {
      throw errnoOf(error) === 'EEXIST' ? exists(target) : namedFileError(`The disk image ${target}`, error);
    });
    yield { progress: 1 };
  } finally {
    stop.abort();
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
