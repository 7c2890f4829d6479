import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { errnoOf } from '../../../files/if-there.ts';
import { mayPass, patiently } from '../../../files/patiently.ts';

/** Which computer this is, and which of its boots. */
export interface ThisBoot {
  /** The kernel's id of the boot (random(4)). */
  readonly boot: string;
  /** machine-id(5); the host name where there is none. */
  readonly computer: string;
}

let known: Promise<ThisBoot> | undefined;

/** Which boot of which computer this is; read once. @throws the system's error */
export function thisBoot(): Promise<ThisBoot> {
  known ??= read();
  known.catch(() => {
    known = undefined; // asked again the next time
  });
  return known;
}

/** Empty where there is none for this user. @throws the system's error where it can't be read for now: another id would be another computer's */
const machineId = async (): Promise<string> => {
  try {
    return await patiently(() => readFile('/etc/machine-id', 'utf8'));
  } catch (error) {
    if (mayPass(error) && !['EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) throw error;
    return '';
  }
};

const read = async (): Promise<ThisBoot> => {
  const [boot, computer] = await Promise.all([patiently(() => readFile('/proc/sys/kernel/random/boot_id', 'utf8')), machineId()]);
  return { boot: boot.trim(), computer: computer.trim() === '' ? hostname() : computer.trim() };
};
