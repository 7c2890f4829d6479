import type { FileHandle } from 'node:fs/promises';
import { readAt } from './image-content.ts';

/** What an ISO 9660 image says of itself (ECMA-119, 8.4), without the blanks that fill its fields. */
export interface IsoHeader {
  readonly volumeId: string;
  readonly systemId: string;
  readonly publisher: string;
  readonly application: string;
  /** Bytes: blocks times their size. */
  readonly volumeSize: number;
  readonly boots: readonly ('bios' | 'uefi')[];
  readonly hybrid: boolean;
}

const sector = 2048;
/** Descriptors are looked at up to here: an image has two to five. */
const mostDescriptors = 16;

const field = (bytes: Uint8Array, at: number, length: number): string =>
  // A blank or a zero fills what a field doesn't need; whatever else doesn't show is none of its characters (ECMA-119, 7.4).
  Buffer.from(bytes.subarray(at, at + length))
    .toString('latin1')
    .replace(/\p{Cc}+$/u, '')
    .replace(/\p{Cc}/gu, '?')
    .trim();

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) + u16(bytes, at + 2) * 0x1_0000;

/** Does a boot catalogue have entries for BIOS and UEFI (El Torito 1.0, with the UEFI specification's platform 0xEF, 13.3.2.1)? */
const bootsOf = (catalogue: Uint8Array): IsoHeader['boots'] => {
  if (catalogue[0] !== 1 || catalogue[30] !== 0x55 || catalogue[31] !== 0xaa) return [];
  const found = new Set<'bios' | 'uefi'>();
  const note = (platform: number, entry: number): void => {
    if (catalogue[entry] === 0x88) found.add(platform === 0xef ? 'uefi' : 'bios');
  };
  note(catalogue[1] ?? 0, 32);
  for (let at = 64; at + 64 <= catalogue.length && (catalogue[at] === 0x90 || catalogue[at] === 0x91);) {
    const [platform, entries] = [catalogue[at + 1] ?? 0, Math.min(u16(catalogue, at + 2), 64)];
    for (let n = 1; n <= entries; n++) note(platform, at + 32 * n);
    if (catalogue[at] === 0x91) break;
    at += 32 * (entries + 1);
  }
  return (['bios', 'uefi'] as const).filter((one) => found.has(one));
};

/**
 * Reads the header of an ISO 9660 image: a few sectors, whatever its size.
 *
 * @returns undefined where sector 16 has no primary volume descriptor, also where the file ends in it
 * @throws the system's error
 */
export async function readIsoHeader(file: FileHandle): Promise<IsoHeader | undefined> {
  const descriptors = await readAt(file, 16 * sector, mostDescriptors * sector);
  const isOf = (at: number, type: number): boolean =>
    at + sector <= descriptors.length && descriptors[at] === type && field(descriptors, at + 1, 5) === 'CD001';
  if (!isOf(0, 1)) return undefined;
  let catalogue: number | undefined;
  for (let at = sector; at + sector <= descriptors.length && field(descriptors, at + 1, 5) === 'CD001'; at += sector) {
    if (descriptors[at] === 255) break;
    if (isOf(at, 0) && field(descriptors, at + 7, 32) === 'EL TORITO SPECIFICATION') catalogue ??= u32(descriptors, at + 0x47);
  }
  const [boot, start] = await Promise.all([
    catalogue === undefined ? undefined : readAt(file, catalogue * sector, sector),
    readAt(file, 0, 512),
  ]);
  return {
    systemId: field(descriptors, 8, 32),
    volumeId: field(descriptors, 40, 32),
    publisher: field(descriptors, 318, 128),
    application: field(descriptors, 574, 128),
    volumeSize: u32(descriptors, 80) * u16(descriptors, 128),
    boots: boot === undefined ? [] : bootsOf(boot),
    hybrid: start[510] === 0x55 && start[511] === 0xaa,
  };
}
