import { TapestryError } from '../../shared/errors.ts';
import { endProcess } from '../processes/end-process.ts';
import { findRecorders } from './find-recorders.ts';
import { recordOfArguments } from './recorder-arguments.ts';

/** Time to write what it has read, ms. */
const grace = 1_000;

/**
 * Ends the recorders of a directory that don't end by themselves (stopped, or waiting for a disk), whose QEMU is gone: the next run's has to take its
 * place. Call it only where that is known.
 *
 * @param next pid of the QEMU that is to be recorded there: its own recorder stays
 * @throws TapestryError `wrong-state` with its pid, when the kernel can't end one
 */
export async function endRecorders(directory: string, next: number): Promise<void> {
  for (const { identity, words } of await findRecorders(directory)) {
    if (recordOfArguments(words)?.qemu.pid === next) continue;
    if ((await endProcess(identity, grace)) === 'stuck') {
      throw new TapestryError(
        'wrong-state',
        `The serial recorder of the run before (pid ${identity.pid}) was killed, and the kernel has not let it end yet.`,
        {
          next: 'It waits for a disk; start the machine when that answers.',
        },
      );
    }
  }
}
