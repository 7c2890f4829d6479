import { execFile } from 'node:child_process';
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { TapestryError } from '../../shared/errors.ts';
import { findRecorderProgram } from './recorder-program.ts';

/**
 * Makes the FIFO for a port whose log only is recorded, and opens it for QEMU to inherit (`recorder` descriptor of a
 * launch plan); then give `{ kind: 'fifo', path }` to the recorder. Open for reading too, so that QEMU waits instead of
 * losing output if the recorder has to be started again. The caller closes the handle after the spawn.
 *
 * @throws TapestryError `io`, `host-missing`
 */
export const prepareLogPort = async (path: string, program = findRecorderProgram()): Promise<FileHandle> => {
  try {
    await promisify(execFile)(program, ['make-fifo', path]);
    return await open(path, 'r+');
  } catch (cause) {
    throw new TapestryError('io', `The pipe ${path} for a serial port’s log can’t be made.`, { detail: String(cause), cause });
  }
};
