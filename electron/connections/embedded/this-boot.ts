import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { patiently } from '../../files/patiently.ts';

/** Which computer this is, and which of its boots. */
export interface ThisBoot {
  /** The kernel's id of the boot (random(4)). */
  readonly boot: string;
  /** machine-id(5); the host name where there is none. */
  readonly computer: string;
}

let known: Promise<ThisBoot> | undefined;

/** Which boot of which computer this is; read once. @throws the system's error */
export const thisBoot = (): Promise<ThisBoot> => {
  known ??= read();
  known.catch(() => {
    known = undefined; // asked again the next time
  });
  return known;
};

const read = async (): Promise<ThisBoot> => {
  const [boot, computer] = await Promise.all([
    patiently(() => readFile('/proc/sys/kernel/random/boot_id', 'utf8')),
    readFile('/etc/machine-id', 'utf8').catch(() => ''), // not every system has one
  ]);
  return { boot: boot.trim(), computer: computer.trim() === '' ? hostname() : computer.trim() };
};
