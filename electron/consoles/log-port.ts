import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { TapestryError } from '../../shared/errors.ts';
import { findRecorderProgram } from './recorder-program.ts';

/**
 * Makes the FIFO for a port whose log only is recorded, unless it is there, and opens one end for QEMU to inherit
 * (`recorder` descriptor of a launch plan); then give `{ kind: 'fifo', path }` to the recorder. QEMU opens a log
 * write-only, and takes nothing else out of a descriptor set (qemu(1) "-add-fd"). It is to have the read end too: then it
 * waits instead of losing output if the recorder has to be started again. The caller closes the handle after the spawn.
 *
 * @throws TapestryError `io`, `host-missing`
 */
export async function prepareLogPort(path: string, end: 'write' | 'read', program = findRecorderProgram()): Promise<FileHandle> {
  try {
    await promisify(execFile)(program, ['make-fifo', path]);
    const reader = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (end === 'read') return reader;
    try {
      // Waits for a reader: there is one.
      return await open(path, constants.O_WRONLY);
    } finally {
      await reader.close();
    }
  } catch (cause) {
    throw new TapestryError('io', `The pipe ${path} for a serial port’s log can’t be made.`, { detail: String(cause), cause });
  }
}
