import { writeFile } from 'node:fs/promises';

/**
 * The smallest guest that behaves: a boot sector that says `B` on its first serial port, then waits for the ACPI power
 * button or for a letter on that port: `s` powers off, `r` resets, anything else is echoed. It runs on the machine
 * type `pc` as soon as the firmware is through. Ports: QEMU's PIIX4 power management as SeaBIOS places it (0x600), a
 * 16550 at 0x3f8, the keyboard controller's reset at 0x64.
 */
const bootSector = (heeds: boolean): Buffer => {
  const code: number[] = [];
  const labels = new Map<string, number>();
  const jumps: { at: number; to: string }[] = [];
  const emit = (...bytes: number[]) => code.push(...bytes);
  const label = (name: string) => labels.set(name, code.length);
  const jump = (opcode: number, to: string) => {
    emit(opcode, 0);
    jumps.push({ at: code.length - 1, to });
  };
  const portDx = (port: number) => emit(0xba, port & 0xff, port >> 8);
  emit(0xfa); // cli: the power button's interrupt has no handler here
  portDx(0x602);
  emit(0xb8, 0x00, 0x01, 0xef); // enable the power button's status bit
  portDx(0x3f8);
  emit(0xb0, 0x42, 0xee); // 'B'
  label('wait');
  if (heeds) {
    portDx(0x600);
    emit(0xed, 0xf6, 0xc4, 0x01); // power button pressed?
    jump(0x75, 'off');
  }
  portDx(0x3fd);
  emit(0xec, 0xa8, 0x01); // a letter there?
  jump(0x74, 'wait');
  portDx(0x3f8);
  emit(0xec, 0x3c, 0x72);
  jump(0x74, 'reset');
  emit(0x3c, 0x73);
  jump(0x74, 'off');
  emit(0xee);
  jump(0xeb, 'wait');
  label('off');
  portDx(0x604);
  emit(0xb8, 0x00, 0x20, 0xef); // soft off
  label('stay');
  emit(0xf4);
  jump(0xeb, 'stay');
  label('reset');
  emit(0xb0, 0xfe, 0xe6, 0x64);
  jump(0xeb, 'stay');
  for (const { at, to } of jumps) code[at] = ((labels.get(to) ?? 0) - (at + 1)) & 0xff;
  const image = Buffer.alloc(1024 * 1024);
  image.set(code);
  image[510] = 0x55;
  image[511] = 0xaa;
  return image;
};

/** Writes a raw disk image (1 MiB) that boots {@link bootSector}. @param heeds false for a guest that doesn't care for its power button */
export function writeButtonGuest(path: string, heeds = true): Promise<void> {
  return writeFile(path, bootSector(heeds));
}
