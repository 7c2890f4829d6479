import { basename, dirname, join } from 'node:path';
import type { Os } from '../../../shared/domain/index.ts';

/** What the name of a UEFI image tells of it, as distributions name theirs. */
export interface ImageTraits {
  readonly secureBoot: boolean;
  /** Its variables come with keys enrolled. */
  readonly enrolledKeys: boolean;
  /** It starts with system management mode only. */
  readonly needsSmm: boolean;
  /** MiB of code and variables together: variables of one size don't go with code of the other. */
  readonly sizeMiB: 2 | 4;
}

/**
 * Reads the name of a UEFI image. Debian and Ubuntu: `OVMF_CODE[_4M][.secboot|.ms|.snakeoil].fd`; Fedora: `OVMF_CODE[_4M][.secboot].fd`
 * or `.qcow2`; Arch: `OVMF_CODE[.secboot].4m.fd`; SUSE: `ovmf-x86_64[-smm][-ms|-opensuse|-suse][-4m]-code.bin`; QEMU itself:
 * `edk2-x86_64[-secure]-code.fd`.
 */
export function traitsOfImage(file: string): ImageTraits {
  const name = basename(file).toLowerCase();
  const enrolledKeys = /[._-](?:ms|snakeoil|opensuse|suse)[._-]/.test(name);
  const needsSmm = /[._-](?:secboot|secure|smm)[._-]/.test(name) || (enrolledKeys && name.startsWith('ovmf_'));
  return {
    secureBoot: enrolledKeys || needsSmm,
    enrolledKeys,
    needsSmm,
    sizeMiB: /[._-]4m[._-]/.test(name) || name.startsWith('edk2-') ? 4 : 2,
  };
}

/**
 * Files beside a code image that may be the template of its variables, the likeliest first: libvirt has such pairs built in
 * (qemu.conf, `nvram`), and an image without Microsoft's keys shares the empty variables of the plain one.
 *
 * @param keys whether the variables are to come with enrolled keys; undefined: as the image's name says
 */
export function variablesBeside(code: string, keys: boolean | undefined): string[] {
  const name = basename(code);
  if (!/code/i.test(name)) return [];
  const vars = name.replace(/CODE/, 'VARS').replace(/code(?=[^/]*$)/, 'vars');
  const plain = vars.replace(/[.-](?:secboot|secure|ms|snakeoil|opensuse|suse|cc|strictnx)(?=[.-])/g, '');
  const enrolled = vars.replace('.secboot.', '.ms.');
  const { enrolledKeys, secureBoot } = traitsOfImage(code);
  const wantsKeys = keys ?? enrolledKeys;
  const order = wantsKeys ? [vars, enrolled, plain] : enrolledKeys || secureBoot ? [plain, vars] : [vars, plain];
  // QEMU's own images share one file of variables.
  if (name.startsWith('edk2-')) order.push('edk2-i386-vars.fd');
  return [...new Set(order)].map((one) => join(dirname(code), one));
}

/** The code image beside a template of variables, for a machine that names the template alone. */
export function codeBeside(template: string): string | undefined {
  const name = basename(template);
  if (!/vars/i.test(name)) return undefined;
  return join(dirname(template), name.replace(/VARS/, 'CODE').replace(/vars(?=[^/]*$)/, 'code'));
}

/** Does a package of some distribution own this file? Such a file may be under another name here. */
export function isOfDistribution(file: string): boolean {
  return /^\/(?:usr\/(?:share|lib)|run\/libvirt|nix\/store)\//.test(file);
}

/** UEFI images of 64-bit PCs that distributions install, whether or not a descriptor names them. */
export const usualImages: readonly string[] = [
  ...['', '.secboot', '.ms'].flatMap((kind) => [`/usr/share/OVMF/OVMF_CODE_4M${kind}.fd`, `/usr/share/OVMF/OVMF_CODE${kind}.fd`]),
  ...['', '.secboot'].flatMap((kind) => [`/usr/share/edk2/ovmf/OVMF_CODE${kind}.fd`, `/usr/share/edk2/x64/OVMF_CODE${kind}.4m.fd`]),
  ...['', '-smm-ms', '-smm'].flatMap((kind) => [
    `/usr/share/qemu/ovmf-x86_64${kind}-4m-code.bin`,
    `/usr/share/qemu/ovmf-x86_64${kind}-code.bin`,
  ]),
];

/** Every file whose presence decides about the firmware of a machine ({@link import('./firmware.ts').chooseFirmware}). */
export function firmwareFilesOf(os: Os): string[] {
  const { loader, nvram } = os;
  const named = [loader?.file, nvram?.template].filter((file) => file !== undefined);
  if (named.length === 0) return [];
  const beside = nvram?.template === undefined ? undefined : codeBeside(nvram.template);
  const codes = [...named, ...(beside === undefined ? [] : [beside]), ...usualImages];
  return [...new Set(codes.flatMap((code) => [code, ...variablesBeside(code, undefined), ...variablesBeside(code, true)]))];
}
