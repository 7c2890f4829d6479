import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** What a file is by its first bytes. `raw`: none of the kinds that are known, so that it can only be taken as it is. */
export interface ImageContent {
  /**
   * QEMU's name of the format that `<driver type>` must have (formatdomain, "driver"; the signatures are those of QEMU's block drivers, as
   * `qemu-img info` finds them).
   */
  readonly format: string;
  /** What a raw file is further, where that is known: an installer's image, or something that isn't a disk at all. */
  readonly kind?: 'iso' | 'gzip' | 'xz' | 'zstd' | 'bzip2' | 'zip' | 'empty';
}

/** How many bytes from the start {@link contentOf} wants: those of an ISO's volume descriptor are the last. */
export const headBytes = 0x8006;

const ascii = (head: Uint8Array, at: number, length: number): string => String.fromCharCode(...head.subarray(at, at + length));

const is = (head: Uint8Array, at: number, ...bytes: readonly number[]): boolean => bytes.every((byte, place) => head[at + place] === byte);

const formats: readonly (readonly [format: string, test: (head: Uint8Array) => boolean])[] = [
  ['qcow2', (head) => is(head, 0, 0x51, 0x46, 0x49, 0xfb, 0, 0, 0) && ((head[7] ?? 0) === 2 || (head[7] ?? 0) === 3)],
  ['qcow', (head) => is(head, 0, 0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 1)],
  ['qed', (head) => is(head, 0, 0x51, 0x45, 0x44, 0)],
  ['vmdk', (head) => ascii(head, 0, 4) === 'KDMV' || ascii(head, 0, 4) === 'COWD' || isVmdkDescriptor(head)],
  ['vdi', (head) => is(head, 0x40, 0x7f, 0x10, 0xda, 0xbe)],
  ['vhdx', (head) => ascii(head, 0, 8) === 'vhdxfile'],
  ['vpc', (head) => ascii(head, 0, 8) === 'conectix'],
  ['luks', (head) => is(head, 0, 0x4c, 0x55, 0x4b, 0x53, 0xba, 0xbe) && is(head, 6, 0, 1)],
  ['parallels', (head) => ['WithoutFreeSpace', 'WithouFreSpacExt'].includes(ascii(head, 0, 16))],
  ['bochs', (head) => ascii(head, 0, 22) === 'Bochs Virtual HD Image'],
  ['cloop', (head) => ascii(head, 0, 22) === '#!/bin/sh\n#V2.0 Format'],
];

/** A VMDK whose text stands alone: comments and blank lines, then `version=N` (block/vmdk.c). */
const isVmdkDescriptor = (head: Uint8Array): boolean =>
  /^(?:\s*#[^\n]*\n|\s*\n)*version=[123][ \r]*\n/.test(ascii(head, 0, Math.min(head.length, 1024))) &&
  /^\s*#[^\n]*descriptor/i.test(ascii(head, 0, Math.min(head.length, 1024)));

const kinds: readonly (readonly [kind: NonNullable<ImageContent['kind']>, test: (head: Uint8Array) => boolean])[] = [
  ['empty', (head) => head.length === 0],
  ['gzip', (head) => is(head, 0, 0x1f, 0x8b, 8)],
  ['xz', (head) => is(head, 0, 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)],
  ['zstd', (head) => is(head, 0, 0x28, 0xb5, 0x2f, 0xfd)],
  ['bzip2', (head) => ascii(head, 0, 3) === 'BZh' && is(head, 4, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59)],
  ['zip', (head) => is(head, 0, 0x50, 0x4b, 3, 4)],
  ['iso', (head) => ascii(head, 0x8001, 5) === 'CD001'],
];

/** Says what a file is by its content, never by its name. @param head its first {@link headBytes} bytes, or all where it has fewer */
export function contentOf(head: Uint8Array): ImageContent {
  const format = formats.find(([, test]) => test(head))?.[0];
  if (format !== undefined) return { format };
  const kind = kinds.find(([, test]) => test(head))?.[0];
  return kind === undefined ? { format: 'raw' } : { format: 'raw', kind };
}

/** Reads `length` bytes, fewer at the end of the file. */
export async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await file.read(bytes, read, length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}

/**
 * Looks at the content of a file or block device, also one in use; nothing is locked and nothing waited for.
 *
 * @param look what to read of it further
 * @returns undefined for what is neither file nor block device
 * @throws the system's error
 */
export async function readContent<T = ImageContent>(
  path: string,
  look: (content: ImageContent, file: FileHandle, head: Uint8Array) => T | Promise<T>,
): Promise<T | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile() && !stats.isBlockDevice()) return undefined;
    const head = await readAt(file, 0, headBytes);
    return await look(contentOf(head), file, head);
  } finally {
    await file.close();
  }
}
