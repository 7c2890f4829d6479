import { TapestryError } from '../../../../shared/errors.ts';
import { describeExit, lastWords, type ExitFacts } from '../../../processes/spawn-detached.ts';
import type { RuntimeRecord } from './runtime-record.ts';

/**
 * What is told of a QEMU that ended though nobody asked it to: its own last words. Never rejects.
 *
 * @param exit how it ended; undefined where it was not our child, or ended while no app ran
 */
export async function endedUnexpectedly({ log, logOffset }: RuntimeRecord, exit: ExitFacts | undefined): Promise<TapestryError> {
  const how = exit === undefined ? '' : ` (${describeExit(exit)})`;
  return qemuExited(`QEMU ended unexpectedly${how}.`, await lastWords(log, logOffset));
}

/** The error for a QEMU that is gone. @param words its last ones; empty where there are none */
export function qemuExited(message: string, words: string): TapestryError {
  return new TapestryError('qemu-exited', message, {
    next: "Start the machine again; the detail and the machine's log hold QEMU's last words.",
    detail: words === '' ? 'QEMU wrote nothing.' : words,
  });
}
