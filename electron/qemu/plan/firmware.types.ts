import type { Os } from '../../../shared/domain/index.ts';
import type { FirmwareDescriptor } from './firmware-descriptor.ts';

/** Something that is other than the XML says, since this computer hasn't what it names. */
export interface FirmwareDifference {
  /** Path of the element. */
  readonly path: string;
  readonly message: string;
  readonly next?: string;
}

/** A firmware as it is given to QEMU. */
export type Firmware = { readonly differences?: readonly FirmwareDifference[] } & (
  | { readonly kind: 'default' }
  /** `-bios`. */
  | { readonly kind: 'bios'; readonly file: string }
  /** Two flash chips: the code, and the variables of this machine (made from the template at the first start). */
  | {
      readonly kind: 'flash';
      readonly code: string;
      readonly codeFormat: string;
      readonly readOnly: boolean;
      readonly secure: boolean;
      readonly smm: boolean;
      readonly variables?: { readonly template?: string; readonly format: string };
    }
);

/** What a choice of firmware goes by. */
export interface FirmwareQuestion {
  readonly os: Os;
  readonly arch: string;
  /** Machine type by its full name (`pc-q35-7.2`), for the patterns of descriptors. */
  readonly machine: string;
  /** Whether the XML turns system management mode on or off. */
  readonly smm: boolean | undefined;
  readonly installed: readonly FirmwareDescriptor[];
  /** Which of {@link firmwareFilesOf}'s files are there; undefined: nobody looked, and all are taken to be. */
  readonly files: readonly string[] | undefined;
}
