import { writeFile } from 'node:fs/promises';

/** What a made ISO says of itself, and what it starts. */
export interface MadeIso {
  readonly volume?: string;
  readonly system?: string;
  readonly publisher?: string;
  readonly application?: string;
  /** Blocks of 2048 bytes that its header claims; by default as many as the file has. */
  readonly blocks?: number;
  readonly boots?: readonly ('bios' | 'uefi')[];
  readonly hybrid?: boolean;
}

const sector = 2048;
const sectors = 24;

/** The bytes of an ISO 9660 image with nothing but its header (ECMA-119, 8.4) and a boot catalogue. */
export function isoBytes({
  volume = '',
  system = '',
  publisher = '',
  application = '',
  blocks = sectors,
  boots = [],
  hybrid = false,
}: MadeIso): Buffer {
  const image = Buffer.alloc(sectors * sector);
  const descriptor = (at: number, type: number) => {
    image[at * sector] = type;
    image.write('CD001', at * sector + 1, 'latin1');
    image[at * sector + 6] = 1;
    return at * sector;
  };
  const primary = descriptor(16, 1);
  const field = (at: number, length: number, text: string) => image.write(text.padEnd(length).slice(0, length), primary + at, 'latin1');
  field(8, 32, system);
  field(40, 32, volume);
  field(318, 128, publisher);
  field(574, 128, application);
  image.writeUInt32LE(blocks, primary + 80);
  image.writeUInt16LE(sector, primary + 128);
  const boot = descriptor(17, 0);
  image.write('EL TORITO SPECIFICATION', boot + 7, 'latin1');
  image.writeUInt32LE(20, boot + 0x47);
  descriptor(18, 255);
  const catalogue = 20 * sector;
  const [first, second] = boots;
  if (first !== undefined) {
    image.set([1, first === 'uefi' ? 0xef : 0], catalogue);
    image.set([0x55, 0xaa], catalogue + 30);
    image[catalogue + 32] = 0x88;
    if (second !== undefined) {
      image.set([0x91, second === 'uefi' ? 0xef : 0, 1, 0], catalogue + 64);
      image[catalogue + 96] = 0x88;
    }
  }
  if (hybrid) {
    image.set([0x80, 0, 0, 0, 0x17], 446);
    image.set([0x55, 0xaa], 510);
  }
  return image;
}

/** Writes an ISO. @returns its path */
export async function writeIso(path: string, made: MadeIso): Promise<string> {
  await writeFile(path, isoBytes(made));
  return path;
}
