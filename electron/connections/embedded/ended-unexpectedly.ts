import { TapestryError } from '../../../shared/errors.ts';
import { describeExit, readLogFrom, type ExitFacts } from '../../qemu/process/spawn-detached.ts';
import type { RuntimeRecord } from './runtime-record.ts';

/**
 * What is told of a QEMU that ended though nobody asked it to: its own last words. Never rejects.
 *
 * @param exit how it ended; undefined where it was not our child, or ended while no app ran
 */
export const endedUnexpectedly = async ({ log, logOffset }: RuntimeRecord, exit: ExitFacts | undefined): Promise<TapestryError> => {
  // A log that can't be read tells nothing; that QEMU ended is told all the same.
  const words = await readLogFrom(log, logOffset).catch(() => '');
  return new TapestryError('qemu-exited', `QEMU ended unexpectedly${exit === undefined ? '' : ` (${describeExit(exit)})`}.`, {
    next: "Start the machine again; the detail and the machine's log hold QEMU's last words.",
    detail: words === '' ? 'QEMU wrote nothing.' : words,
  });
};
