import type { Os } from '../../../shared/domain/index.ts';
import type { BootFile } from '../plan/launch-plan.types.ts';

/** The files that QEMU is given to boot from, in the order of the XML. */
export function bootFilesOf({ path, kernel, initrd, dtb, acpiTables }: Os): readonly BootFile[] {
  return [
    ...(kernel === undefined ? [] : [{ path: kernel, element: `${path}/kernel`, use: 'kernel' as const }]),
    // Without a kernel QEMU doesn't look at the others.
    ...(initrd === undefined || kernel === undefined ? [] : [{ path: initrd, element: `${path}/initrd`, use: 'initrd' as const }]),
    ...(dtb === undefined ? [] : [{ path: dtb, element: `${path}/dtb`, use: 'dtb' as const }]),
    ...acpiTables.map(({ path: element, file }) => ({ path: file, element, use: 'acpi table' as const })),
  ];
}
