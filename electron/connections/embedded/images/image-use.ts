import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Problem } from '../../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { errnoOf, leadsNowhere } from '../../../files/if-there.ts';
import type { PlannedImage } from '../../../qemu/plan/launch-plan.types.ts';
import { identityOf } from '../../../storage/file-identity.ts';
import { chainOf, type ChainLink } from '../../../storage/image-chain.ts';
import { readContent } from '../../../storage/image-content.ts';
import { backingFormatWarning, formatWarning, otherImageFixes, requireFormat } from './image-format.ts';

/** Images that a running machine holds. */
export interface HeldImages {
  readonly machine: string;
  readonly images: readonly PlannedImage[];
}

/**
 * Checks what a start would do to its images: that they are there with all that they stand on, that we may open them as they will be opened, that
 * they are what the XML says they are, and that no other running machine of ours writes to them or to what they stand on. Two machines may
 * share an image when both have it read-only or both say `<shareable/>`.
 *
 * @throws TapestryError `disk-missing`, `disk-unreadable`, `disk-in-use`, `xml-unsupported` (the format), with the disk's element as path
 */
export async function checkImages(images: readonly PlannedImage[], held: readonly HeldImages[]): Promise<void> {
  const uses: FileUse[] = [];
  for (const image of images) {
    await checkAccess(image);
    const links = await linksOf(image);
    await checkChain(image, links);
    uses.push(...(await usesOf(image, links)));
  }
  if (held.length === 0) return;
  for (const { machine, images: theirs } of held) {
    for (const their of theirs) {
      for (const use of await usesOf(their, await linksOf(their))) {
        const clash = uses.find((own) => own.identity === use.identity && (own.writes || use.writes) && !(own.shareable && use.shareable));
        if (clash !== undefined) throw inUse(clash, use, machine);
      }
    }
  }
}

/** What of the images' content is worth a word, though it stops nothing. What can't be read is told elsewhere. */
export async function imageWarnings(images: readonly PlannedImage[]): Promise<readonly Problem[]> {
  const found = await Promise.all(
    images.map(async (image) => {
      const content = await readContent(image.path, (what) => what).catch(() => undefined);
      const warning = content === undefined ? undefined : formatWarning(image, content);
      const links = image.below === undefined ? await linksOf(image) : [];
      return [...(warning === undefined ? [] : [warning]), ...links.flatMap((link) => backingFormatWarning(image, link) ?? [])];
    }),
  );
  return found.flat();
}

/** One file that a machine uses: an image, or something that it stands on. */
interface FileUse {
  readonly image: PlannedImage;
  readonly path: string;
  readonly identity: string;
  readonly writes: boolean;
  readonly shareable: boolean;
}

const inUse = (own: FileUse, their: FileUse, machine: string): TapestryError => {
  const { image } = own;
  const next = `Shut down “${machine}”, give this machine a copy`;
  if (own.path !== image.path)
    return new TapestryError('disk-in-use', `${standsOn(image, own.path)}, which the running machine “${machine}” writes to.`, {
      path: image.element,
      next: `${next}, or let “${machine}” have an image of its own on top of it.`,
    });
  if (their.path !== their.image.path)
    return new TapestryError('disk-in-use', `The running machine “${machine}” stands on the disk image ${image.path}.`, {
      path: image.element,
      next: `${next}, or make the disk read-only: what is written to it would damage that machine's disk.`,
    });
  return new TapestryError('disk-in-use', `The disk image ${image.path} is in use by the running machine “${machine}”.`, {
    path: image.element,
    next: `${next}, or mark the disk as shareable in both if both may write to it.`,
  });
};

const usesOf = async (image: PlannedImage, links: readonly ChainLink[]): Promise<readonly FileUse[]> => {
  const found = await Promise.all(
    links.map(async ({ path, role }) => {
      const identity = await identityOf(path);
      // Extents and data files are written as the image is; what it stands on isn't.
      const writes = !image.readOnly && role !== 'backing file' && (role === 'image' || links[0]?.path === image.path);
      return identity === undefined ? [] : [{ image, path, identity, writes, shareable: image.shareable && path === image.path }];
    }),
  );
  return found.flat();
};

/** The files that QEMU opens for an image, the image first: its own chain, or the one that the XML gives it. */
const linksOf = async (image: PlannedImage): Promise<readonly ChainLink[]> => {
  const { path, format, below, sliced = false } = image;
  const links = await chainOf(path, format === 'raw' || format === 'fat' || sliced);
  if (below === undefined) return links;
  const [top, ...rest] = links;
  const named = await Promise.all(below.map((store) => chainOf(store.path, true)));
  return [
    ...(top === undefined ? [] : [top]),
    ...rest.filter(({ role, above }) => role !== 'backing file' && above === path),
    ...named.flat().map((link) => ({ ...link, role: 'backing file' as const, above: path })),
  ];
};

const checkChain = async (image: PlannedImage, links: readonly ChainLink[]): Promise<void> => {
  const [top, ...below] = links;
  if (top?.content !== undefined && image.sliced !== true) requireFormat(image, top.content);
  for (const { path, trouble, saidFormat, content } of below) {
    if (trouble !== undefined) throw await unreachable(image, path, trouble);
    if (saidFormat === undefined || saidFormat === 'raw' || content === undefined || saidFormat === content.format) continue;
    if (content.format === 'raw' && saidFormat === 'vpc') continue; // a fixed VHD has its header at its end
    throw new TapestryError('disk-unreadable', `${standsOn(image, path)} as ${saidFormat}, but that file is ${content.format}.`, {
      path: image.element,
      next: `Put the right file back, or correct the image: qemu-img rebase -u -F ${content.format} -b ${path} ${image.path}`,
      fixes: otherImageFixes(image),
    });
  }
};

const standsOn = (image: PlannedImage, path: string): string =>
  `The image of ${image.target ?? 'a disk'} (${image.path}) stands on ${path}`;

const unreachable = async (image: PlannedImage, path: string, code: string): Promise<TapestryError> => {
  const gone = code === 'ENOENT' || code === 'ENOTDIR';
  const closed = code === 'EACCES' ? await closedFolder(path) : undefined;
  const why = gone
    ? 'which is missing'
    : closed !== undefined
      ? `which can't be reached: the folder ${closed} is closed to your user`
      : `which can't be read (${code})`;
  return new TapestryError(gone ? 'disk-missing' : 'disk-unreadable', `${standsOn(image, path)}, ${why}.`, {
    path: image.element,
    next: gone
      ? `Put that file back, or tell the image where it is now: qemu-img rebase -u -b NEW_PATH ${image.path}`
      : 'Give your user the right to read it.',
    fixes: otherImageFixes(image),
    detail: code,
  });
};

/** The topmost folder on the way to a file that our user may not enter. */
const closedFolder = async (path: string): Promise<string | undefined> => {
  const folders: string[] = [];
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) folders.unshift(folder);
  for (const folder of folders) {
    const closed = await access(folder, constants.X_OK).then(
      () => false,
      (error: unknown) => errnoOf(error) === 'EACCES',
    );
    if (closed) return folder;
  }
  return undefined;
};

const checkAccess = async (image: PlannedImage): Promise<void> => {
  try {
    await access(image.path, image.readOnly ? constants.R_OK : constants.R_OK | constants.W_OK);
    const { mode } = await stat(image.path);
    if ((mode & constants.S_IFMT) === constants.S_IFDIR && image.format !== 'fat') {
      throw new TapestryError('disk-unreadable', `${image.path} is a directory, not a disk image.`, {
        path: image.element,
        next: "Choose the image's file.",
        fixes: otherImageFixes(image),
      });
    }
  } catch (error) {
    if (error instanceof TapestryError) throw error;
    const code = errnoOf(error);
    const detail = error instanceof Error ? error.message : String(error);
    const more = { path: image.element, detail, cause: error, fixes: otherImageFixes(image) };
    if (leadsNowhere(error)) {
      throw new TapestryError('disk-missing', `The disk image ${image.path} is not there.`, {
        ...more,
        next:
          image.removable === true
            ? 'Put the file back, choose another one, or eject it.'
            : 'Put the file back, or choose another image for this disk.',
      });
    }
    const closed = code === 'EACCES' ? await closedFolder(image.path) : undefined;
    if (closed !== undefined)
      throw new TapestryError(
        'disk-unreadable',
        `The disk image ${image.path} can't be reached: the folder ${closed} is closed to your user.`,
        {
          ...more,
          next: 'Give your user the right to enter that folder, or choose another image.',
        },
      );
    throw new TapestryError(
      'disk-unreadable',
      `The disk image ${image.path} can't be opened ${image.readOnly ? 'for reading' : 'for reading and writing'}.`,
      {
        ...more,
        next:
          code === 'EROFS'
            ? 'Its file system is read-only: make the disk read-only, or move the image.'
            : 'Give your user the right to open it, or choose another image.',
      },
    );
  }
};
