import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere } from '../../files/if-there.ts';
import type { Machines } from './machines.ts';

/**
 * Starts the machines that are marked for it, once per boot of the computer, in the background: a start that fails shows at its machine.
 * It happens when a window's host opens, never for a command that asks something.
 *
 * @param directory of what means nothing after the computer went down: the boot's mark is kept there
 * @throws the system's error where the mark can't be written
 */
export const autostart = async (machines: Machines, directory: string): Promise<void> => {
  const marker = join(directory, 'autostarted');
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  if ((await readIfThere(marker)) === boot) return;
  await writeFile(marker, boot, { mode: 0o600 });
  for (const machine of machines.all()) {
    if (machine.stored?.autostart !== true || machine.run !== undefined) continue;
    // A failure shows at the machine (lastError); there is nobody else to tell.
    machine
      .act('start', new AbortController().signal)
      .catch((error: unknown) =>
        machines.note(`“${machine.facts.name}” could not be started: ${String(error)}`, 'error', machine.facts.name),
      );
  }
};
