import { contentOf } from './image-content.ts';

/** What a file is to whoever makes a machine of it. */
export interface FileKind {
  readonly kind: 'iso' | 'disk' | 'compressed' | 'ova' | 'ovf' | 'domain-xml' | 'archive' | 'empty' | 'unknown';
  /** QEMU's name of a disk's format; null for what is no disk as it is. */
  readonly format: string | null;
  readonly partitions: 'mbr' | 'gpt' | null;
  readonly compression: 'gzip' | 'xz' | 'zstd' | 'bzip2' | null;
}

const plain: FileKind = { kind: 'unknown', format: null, partitions: null, compression: null };

const ascii = (head: Uint8Array, at: number, length: number): string => String.fromCharCode(...head.subarray(at, at + length));

/** The table of a disk: GPT's header in its second sector, of 512 or 4096 bytes (UEFI specification, 5.3.2), or MBR's mark with an entry in use. */
const partitionsOf = (head: Uint8Array): FileKind['partitions'] => {
  if (ascii(head, 512, 8) === 'EFI PART' || ascii(head, 4096, 8) === 'EFI PART') return 'gpt';
  if (head[510] !== 0x55 || head[511] !== 0xaa) return null;
  const entries = [446, 462, 478, 494];
  // A boot sector of a file system has the same mark, and text where the entries would be: their first byte is 0 or 0x80.
  const areEntries = entries.every((at) => head[at] === 0 || head[at] === 0x80);
  return areEntries && entries.some((at) => (head[at + 4] ?? 0) !== 0) ? 'mbr' : null;
};

/** The name of the first file of a tar archive (POSIX ustar, GNU's of the same layout); undefined for what is none. */
const firstOfTar = (head: Uint8Array): string | undefined =>
  ascii(head, 257, 5) === 'ustar' ? ascii(head, 0, 100).split('\0')[0] : undefined;

/** The first element of an XML document; undefined where the text is none. */
const rootOf = (head: Uint8Array): string | undefined => {
  const text = Buffer.from(head.subarray(0, 16 * 1024)).toString('utf8');
  return /^\uFEFF?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--(?:[^-]|-[^-])*-->\s*)*<(?:[\w.-]+:)?([\w.-]+)[\s/>]/.exec(text)?.[1];
};

/** File systems that an image without a partition table holds: ext2–4, XFS, Btrfs, SquashFS, FAT and NTFS by their superblock's mark. */
const isFileSystem = (head: Uint8Array): boolean =>
  (head[1080] === 0x53 && head[1081] === 0xef) ||
  ascii(head, 0, 4) === 'XFSB' ||
  ascii(head, 0, 4) === 'hsqs' ||
  ascii(head, 3, 4) === 'NTFS' ||
  ascii(head, 54, 5) === 'FAT12' ||
  ascii(head, 54, 5) === 'FAT16' ||
  ascii(head, 82, 5) === 'FAT32';

/**
 * Says what a file is by its content, never by its name.
 *
 * A raw disk can only be told by what is on it: one that is all zeros so far, as a new one is, counts as `unknown`, as any other file would.
 *
 * @param head its first bytes, as many as `contentOf` of image-content.ts wants, or all where it has fewer
 */
export function fileKindOf(head: Uint8Array): FileKind {
  const { format, kind } = contentOf(head);
  if (format !== 'raw') return { ...plain, kind: 'disk', format };
  if (kind === 'empty') return { ...plain, kind };
  if (kind === 'gzip' || kind === 'xz' || kind === 'zstd' || kind === 'bzip2') return { ...plain, kind: 'compressed', compression: kind };
  if (kind === 'zip') return { ...plain, kind: 'archive' };
  const partitions = partitionsOf(head);
  if (kind === 'iso') return { ...plain, kind, format: 'raw', partitions };
  const first = firstOfTar(head);
  // An OVA is a tar whose first file is its description (OVF 1.1, DSP0243, 5.3).
  if (first !== undefined) return { ...plain, kind: /\.ovf$/i.test(first) ? 'ova' : 'archive' };
  const root = rootOf(head);
  if (root === 'domain') return { ...plain, kind: 'domain-xml' };
  if (root === 'Envelope') return { ...plain, kind: 'ovf' };
  if (partitions !== null || isFileSystem(head)) return { ...plain, kind: 'disk', format: 'raw', partitions };
  return plain;
}
