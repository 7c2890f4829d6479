/** What a file that is booted directly is by its first bytes; undefined: none of these. */
export type BootContent =
  /** A Linux kernel for x86 (bzImage). */
  | 'linux'
  /** An ELF or multiboot kernel: what it takes beside it is its own business. */
  | 'other kernel'
  /** A program for UEFI: a unified kernel image, a boot loader. */
  | 'efi program'
  /** A Linux kernel for ARM64, which no x86 machine runs. */
  | 'arm64 linux'
  /** A cpio archive or an image of a file system, compressed or not: what Linux unpacks or mounts as its first root. */
  | 'ramdisk';

/** How many bytes from the start {@link bootContentOf} wants: multiboot's header is in the first 8 KiB (its specification, 3.1.1). */
export const bootHeadBytes = 8192;

const is = (head: Uint8Array, at: number, bytes: readonly number[]): boolean => bytes.every((byte, place) => head[at + place] === byte);
const text = (word: string): readonly number[] => [...Buffer.from(word, 'ascii')];

/** Signatures that Linux knows a first root by (lib/decompress.c, init/initramfs.c, init/do_mounts_rd.c). */
const ramdisks: readonly (readonly [at: number, bytes: readonly number[]])[] = [
  [0, [0x1f, 0x8b]],
  [0, [0x1f, 0x9e]],
  [0, text('BZh')],
  [0, [0x5d, 0x00, 0x00]],
  [0, [0xfd, ...text('7zXZ'), 0]],
  [0, [0x89, ...text('LZO')]],
  [0, [0x02, 0x21, 0x4c, 0x18]],
  [0, [0x04, 0x22, 0x4d, 0x18]],
  [0, [0x28, 0xb5, 0x2f, 0xfd]],
  [0, text('070701')],
  [0, text('070702')],
  [0, text('070707')],
  [0, text('hsqs')],
  [0, text('-rom1fs-')],
  [0, [0x45, 0x3d, 0xcd, 0x28]],
  [512, [0x45, 0x3d, 0xcd, 0x28]],
  [1080, [0x53, 0xef]],
];

const isMultiboot = (head: Uint8Array): boolean => {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (let at = 0; at + 12 <= head.byteLength; at += 4) {
    if (view.getUint32(at, true) !== 0x1badb002) continue;
    if (((0x1badb002 + view.getUint32(at + 4, true) + view.getUint32(at + 8, true)) & 0xffffffff) === 0) return true;
  }
  return false;
};

/** Says what a boot file is by its content, never by its name. @param head its first {@link bootHeadBytes} bytes, or all where it has fewer */
export function bootContentOf(head: Uint8Array): BootContent | undefined {
  // Documentation/arch/x86/boot.rst: the header's mark; Documentation/arch/arm64/booting.rst: the image's.
  if (is(head, 0x202, text('HdrS'))) return 'linux';
  if (is(head, 0x38, text('ARMd'))) return 'arm64 linux';
  if (is(head, 0, [0x7f, ...text('ELF')]) || isMultiboot(head)) return 'other kernel';
  if (is(head, 0, text('MZ'))) return 'efi program';
  return ramdisks.some(([at, bytes]) => is(head, at, bytes)) ? 'ramdisk' : undefined;
}
