import { access, constants } from 'node:fs/promises';
import type { Problem } from '../../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { errnoOf, leadsNowhere } from '../../../files/if-there.ts';
import type { BootFile } from '../../../qemu/plan/launch-plan.types.ts';
import { bootContentOf, bootHeadBytes, type BootContent } from '../../../storage/boot-content.ts';
import { contentOf, readContent } from '../../../storage/image-content.ts';
import { contentWords } from './image-format.ts';

const names: Readonly<Record<BootFile['use'], string>> = {
  kernel: 'kernel',
  initrd: 'initial ramdisk',
  dtb: 'device tree',
  'acpi table': 'ACPI table',
};

/**
 * Checks that the files that a machine is booted from directly are there and can be read.
 *
 * @throws TapestryError `io`, with the file's element as path
 */
export async function checkBootFiles(files: readonly BootFile[]): Promise<void> {
  for (const { path, element, use } of files) {
    try {
      await access(path, constants.R_OK);
    } catch (cause) {
      const gone = leadsNowhere(cause);
      throw new TapestryError('io', `The ${names[use]} ${path} ${gone ? 'is not there' : "can't be read"}.`, {
        path: element,
        next: gone ? 'Put the file back, or choose another one.' : 'Give your user the right to read it, or choose another one.',
        detail: errnoOf(cause) ?? 'unknown',
        cause,
      });
    }
  }
}

/** What a file is, for a sentence: by what a boot knows of it, else by what a disk would. */
const words = (found: BootContent | undefined, head: Uint8Array): string => {
  switch (found) {
    case 'linux':
      return 'a Linux kernel';
    case 'arm64 linux':
      return 'a Linux kernel for ARM64';
    case 'other kernel':
      return 'an ELF program';
    case 'efi program':
      return 'a program for UEFI';
    case 'ramdisk':
      return 'a ramdisk or compressed';
    case undefined: {
      const content = contentOf(head);
      return content.format === 'raw' && content.kind === undefined ? 'something else' : contentWords(content);
    }
  }
};

/**
 * What of the boot files' content contradicts what they are used as: a disk image as kernel, kernel and ramdisk swapped. By content, never by name; it
 * stops nothing, since there may be kernels that nobody here knows. What can't be read is told elsewhere.
 */
export async function bootFileWarnings(files: readonly BootFile[]): Promise<readonly Problem[]> {
  const looked = await Promise.all(
    files.map(async (file) => {
      const head = await readContent(file.path, (_, __, bytes) => bytes).catch(() => undefined);
      return head === undefined ? [] : [{ file, head, found: bootContentOf(head.subarray(0, bootHeadBytes)) }];
    }),
  );
  const kernel = looked.flat().find(({ file }) => file.use === 'kernel')?.found;
  return looked.flat().flatMap(({ file: { path, element, use }, head, found }): Problem[] => {
    const isRight =
      use === 'kernel'
        ? found === 'linux' || found === 'other kernel' || found === 'efi program'
        : // What another kernel than Linux is given with it is between the two.
          use !== 'initrd' || found === 'ramdisk' || kernel === 'other kernel';
    if (isRight) return [];
    return [
      {
        severity: 'warning',
        path: element,
        message: `The file ${path} is no ${use === 'kernel' ? 'kernel for this machine' : 'initial ramdisk'}: it is ${words(found, head)}.`,
        next:
          use === 'kernel'
            ? 'Choose a Linux kernel (bzImage, vmlinuz) or an ELF kernel.'
            : 'Choose an initramfs: a cpio archive, compressed or not.',
      },
    ];
  });
}
