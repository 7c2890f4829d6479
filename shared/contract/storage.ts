import { z } from 'zod';
import { beginsJob } from './jobs.ts';
import { call } from './kinds.ts';
import { connectionId } from './references.ts';

/** Formats of images that can be made (qemu-img create). */
export const newImageFormats = ['qcow2', 'raw', 'vmdk', 'vdi', 'vhdx', 'vpc', 'qed'] as const;
export type NewImageFormat = (typeof newImageFormats)[number];

/** What `qemu-img info` tells of an image. Sizes in bytes. */
export const imageInfo = z.object({
  path: z.string(),
  format: z.string(),
  virtualSize: z.number(),
  actualSize: z.number(),
  backing: z.string().optional(),
  /** What a raw file is further, by its first bytes: an installer's image, or nothing that is a disk as it is. */
  content: z.enum(['iso', 'gzip', 'xz', 'zstd', 'bzip2', 'zip', 'empty']).optional(),
  /** A running machine or another process that holds it, in words. */
  inUseBy: z.string().optional(),
});

export const fileEntry = z.object({
  name: z.string(),
  path: z.string(),
  kind: z.enum(['directory', 'file']),
  size: z.number(),
  modified: z.number(),
});

export const storage = {
  /** Where new images go by default, with free space (bytes). */
  'storage.defaults': call(z.object({ connection: connectionId }), z.object({ directory: z.string(), freeBytes: z.number() }), {
    repeatable: true,
    needs: ['images'],
  }),
  'storage.imageInfo': call(z.object({ connection: connectionId, path: z.string() }), imageInfo, { repeatable: true, needs: ['images'] }),
  /** Begins the job that creates an image; a path that exists is refused at once. The file has its name when it is complete. */
  'storage.createImage': beginsJob(
    {
      connection: connectionId,
      path: z.string(),
      format: z.enum(newImageFormats),
      sizeBytes: z.number().int().positive(),
      /** Of qcow2 and raw; other formats are made as they come. */
      preallocation: z.enum(['off', 'metadata', 'full']).default('off'),
    },
    ['create-image'],
  ),
  'storage.deleteImage': call(z.object({ connection: connectionId, path: z.string() }), z.object({}), { needs: ['delete-image'] }),
  /**
   * Lists a directory of the host for the file picker (directories first; files filtered by suffix when given; hidden ones on demand).
   * `path` may begin with `~`, and name a file: its directory is listed then, and `file` is the file. Without one it is the user's downloads,
   * else their home.
   */
  'storage.browse': call(
    z.object({
      connection: connectionId,
      path: z.string().max(4096).optional(),
      suffixes: z.array(z.string()).optional(),
      hidden: z.boolean().optional(),
    }),
    z.object({
      path: z.string(),
      parent: z.string().nullable(),
      entries: z.array(fileEntry),
      file: z.string().nullable().optional(),
      /** Where people look first; only what is there. */
      places: z.array(z.object({ kind: z.enum(['home', 'downloads', 'images']), path: z.string() })).optional(),
    }),
    { repeatable: true, needs: ['browse'] },
  ),
};
