import { lstat, mkdir, rm, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { z } from 'zod';
import type { storage } from '../../shared/contract/storage.ts';
import { TapestryError } from '../../shared/errors.ts';
import { browse } from './browse.ts';
import { errnoOf } from '../files/if-there.ts';
import { namedFileError } from '../files/file-errors.ts';
import { type ImageInfo, readImageInfo } from './image-info.ts';
import { expandHome, folderOf, knownFolders } from './known-folders.ts';
import { holderOf } from './open-files.ts';

/** What is asked for, of this computer: the room knows no connections. */
type Input<K extends keyof typeof storage> = Omit<z.output<(typeof storage)[K]['input']>, 'connection'>;
type Output<K extends 'storage.defaults' | 'storage.browse'> = z.output<(typeof storage)[K]['output']>;

/** What the storage asks its connection. */
export interface HostStorageOptions {
  /** Where new images go by default (`$XDG_DATA_HOME/tapestry/images`). */
  readonly imagesDirectory: string;
  /** The user's home, and where their settings are; as the environment says when not given. */
  readonly home?: string;
  readonly config?: string;
  /** Name of the running machine that uses an image; undefined when none does. */
  readonly usedBy?: (path: string) => string | undefined;
  /** Refuses the deletion of a file that a machine needs, whether it runs or not. @throws TapestryError `disk-in-use` */
  readonly requireUnneeded?: (path: string) => Promise<void>;
}

/** A connection's `storage` over this host's file system and qemu-img, but for what is a job. Methods throw TapestryError. */
export class HostStorage {
  readonly #options: HostStorageOptions;

  constructor(options: HostStorageOptions) {
    this.#options = options;
  }

  /** Where new images go, made if need be, and the free space there (bytes, for this user). */
  async defaults(): Promise<Output<'storage.defaults'>> {
    const directory = this.#options.imagesDirectory;
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const { bavail, bsize } = await statfs(directory);
      return { directory, freeBytes: bavail * bsize };
    } catch (error) {
      throw namedFileError(`The folder ${directory}`, error);
    }
  }

  async imageInfo(image: string): Promise<ImageInfo> {
    return await readImageInfo(image, this.#options.usedBy?.(image));
  }

  /** Deletes an image's file, unless a machine needs it or anybody has it open. @throws TapestryError `disk-in-use`, `disk-locked`, `disk-missing`, `invalid`, `io` */
  async deleteImage(image: string): Promise<void> {
    const user = this.#options.usedBy?.(image);
    if (user !== undefined) {
      throw new TapestryError('disk-in-use', `The disk image ${image} is used by the running machine ${user}.`, {
        next: 'Shut the machine down first.',
      });
    }
    const found = await lstat(image).catch((cause: unknown) => {
      throw errnoOf(cause) === 'ENOENT'
        ? new TapestryError('disk-missing', `The disk image ${image} does not exist.`, { cause })
        : namedFileError(`The disk image ${image}`, cause);
    });
    if (!found.isFile())
      throw new TapestryError('invalid', `${image} is not a file.`, { path: 'path', next: 'Only image files can be deleted here.' });
    await this.#options.requireUnneeded?.(image);
    // Whatever its format: only some are locked while they are open.
    const holder = await holderOf(image);
    if (holder !== undefined) {
      throw new TapestryError('disk-locked', `The disk image ${image} is in use by ${holder.who}.`, { next: 'End what uses it first.' });
    }
    await rm(image).catch((error: unknown) => {
      throw namedFileError(`The disk image ${image}`, error);
    });
  }

  async browse({ path: typed, suffixes, hidden }: Input<'storage.browse'>): Promise<Output<'storage.browse'>> {
    const { home = homedir(), config = process.env['XDG_CONFIG_HOME'] ?? path.join(home, '.config'), imagesDirectory } = this.#options;
    const places = await knownFolders(home, config, imagesDirectory);
    const asked =
      typed === undefined || typed === '' ? (places.find(({ kind }) => kind === 'downloads')?.path ?? home) : expandHome(typed, home);
    const { folder, file } = await folderOf(path.normalize(asked));
    return { ...(await browse(folder, suffixes, hidden)), file, places: [...places] };
  }
}
