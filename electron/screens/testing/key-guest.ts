import { writeFile } from 'node:fs/promises';

/**
 * A boot sector that says `B` on the first serial port, then each byte that its PS/2 keyboard gives it: scancodes of set 1, with 0x80 when a key
 * comes up. Machine type `pc`. Ports: the keyboard controller at 0x60 and 0x64, a 16550 at 0x3f8.
 */
const code = Buffer.from(
  [
    'fa baf803 b042 ee', // cli; mov dx,3f8; mov al,'B'; out dx,al
    'e464 a801 74fa', // wait: in al,64; test al,1; jz wait
    'e460 88c4', // in al,60; mov ah,al
    'bafd03 ec a820 74fb', // mov dx,3fd; full: in al,dx; test al,20; jz full
    '88e0 baf803 ee ebe6', // mov al,ah; mov dx,3f8; out dx,al; jmp wait
  ]
    .join('')
    .replaceAll(' ', ''),
  'hex',
);

/** Writes a raw disk image (1 MiB) that boots it. */
export function writeKeyGuest(path: string): Promise<void> {
  const image = Buffer.alloc(1024 * 1024);
  image.set(code);
  image.set([0x55, 0xaa], 510);
  return writeFile(path, image);
}
