import { access, constants } from 'node:fs/promises';
import { z } from 'zod';
import type { imageInfo } from '../../shared/contract/storage.ts';
import { TapestryError } from '../../shared/errors.ts';
import { leadsNowhere } from '../files/if-there.ts';
import { readContent } from './image-content.ts';
import { runQemuImg } from './qemu-img.ts';

/** What `qemu-img info` says of an image (as contract/storage.ts). */
export type ImageInfo = z.output<typeof imageInfo>;

const report = z.object({
  format: z.string(),
  'virtual-size': z.number(),
  'actual-size': z.number().optional(),
  'full-backing-filename': z.string().optional(),
  'backing-filename': z.string().optional(),
});

/** Words of qemu-img when another process holds the image. */
export function isLockMessage(text: string): boolean {
  return /Failed to (?:get|lock)|lock.*another process|Is another process using/i.test(text);
}

/**
 * Looks at an image without opening it for writing. An image in use is read too; `inUseBy` says so.
 *
 * @param usedBy name of a running machine that has this image, if known
 * @throws TapestryError `disk-missing`, `disk-unreadable` (permissions, or not an image), `host-missing`
 */
export async function readImageInfo(path: string, usedBy?: string): Promise<ImageInfo> {
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw leadsNowhere(cause)
      ? new TapestryError('disk-missing', `The disk image ${path} does not exist.`, {
          next: 'Correct the path, or create the image.',
          cause,
        })
      : new TapestryError('disk-unreadable', `The disk image ${path} can’t be read with your permissions.`, {
          next: 'Ask its owner for access.',
          detail: String(cause),
          cause,
        });
  });
  let inUseBy = usedBy === undefined ? undefined : `the machine ${usedBy}`;
  let result = await runQemuImg(['info', '--output=json', '--', path]);
  if (!result.ok && isLockMessage(result.stderr)) {
    inUseBy ??= 'another process';
    result = await runQemuImg(['info', '--output=json', '--force-share', '--', path]);
  }
  const parsed = result.ok ? report.safeParse(JSON.parse(result.stdout)) : undefined;
  if (parsed?.success !== true) {
    throw new TapestryError('disk-unreadable', `${path} can’t be understood as a disk image.`, {
      next: 'Check that it is one.',
      detail: result.stderr,
    });
  }
  const info = parsed.data;
  const backing = info['full-backing-filename'] ?? info['backing-filename'];
  const content = await readContent(path, ({ kind }) => kind).catch(() => undefined); // qemu-img could read it: it went since
  return {
    path,
    format: info.format,
    ...(content === undefined ? {} : { content }),
    virtualSize: info['virtual-size'],
    actualSize: info['actual-size'] ?? 0,
    ...(backing === undefined ? {} : { backing }),
    ...(inUseBy === undefined ? {} : { inUseBy }),
  };
}
