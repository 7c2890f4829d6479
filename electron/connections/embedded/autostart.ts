import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TapestryError } from '../../../shared/errors.ts';
import { writeFileAtomically } from '../../files/atomic-file.ts';
import { fileError } from '../../files/file-errors.ts';
import { readIfThere } from '../../files/if-there.ts';
import { patiently } from '../../files/patiently.ts';
import type { Machines } from './machines.ts';

/**
 * Starts the machines that are marked for it, once per boot of the computer, in the background: a start that fails shows at its machine.
 * It happens when a window's host opens, never for a command that asks something. Where it can't be noted that it happened, nothing is started: what
 * a user shut off would start by itself at each later opening. That is told.
 *
 * @param directory of what means nothing after the computer went down: the boot's mark is kept there
 */
export const autostart = async (machines: Machines, directory: string): Promise<void> => {
  const marker = join(directory, 'autostarted');
  const marked = machines.all().filter((machine) => machine.stored?.autostart === true && machine.run === undefined);
  try {
    const boot = (await patiently(() => readFile('/proc/sys/kernel/random/boot_id', 'utf8'))).trim();
    if ((await patiently(() => readIfThere(marker))) === boot) return;
    await writeFileAtomically(marker, boot, 0o600, false);
  } catch (error) {
    if (marked.length === 0) return;
    const { message, next } = error instanceof TapestryError ? error.data : fileError(marker, 'read', error).data;
    machines.note(`The machines that start with this computer were not started: ${message} ${next ?? ''}`.trimEnd(), 'error');
    return;
  }
  for (const machine of marked) {
    // A failure shows at the machine (lastError); there is nobody else to tell.
    machine
      .act('start', new AbortController().signal)
      .catch((error: unknown) =>
        machines.note(`“${machine.facts.name}” could not be started: ${String(error)}`, 'error', machine.facts.name),
      );
  }
};
