import { readdir, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { TapestryError } from '../../shared/errors.ts';
import { endProcess } from '../qemu/process/end-process.ts';
import { identifyProcess } from '../qemu/process/process-identity.ts';

/** Time to write what it has read, ms. */
const grace = 1_000;

const after = (argv: readonly string[], option: string): string | undefined => argv[argv.indexOf(option) + 1];

/** Does this process record into `directory`, as this user, for another QEMU than `next`? One that ended meanwhile doesn't. */
const records = async (pid: string, directory: string, next: number): Promise<boolean> => {
  try {
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    const ours = basename(argv[0] ?? '') === 'tapestry-serial-recorder' && after(argv, '--directory') === directory;
    return ours && after(argv, '--pid') !== String(next) && (await stat(`/proc/${pid}`)).uid === process.getuid?.();
  } catch {
    return false; // gone, or not ours to read
  }
};

/**
 * Ends the recorders of a directory that don't end by themselves (stopped, or waiting for a disk), whose QEMU is gone: the next run's has to take its
 * place. Call it only where that is known.
 *
 * @param next pid of the QEMU that is to be recorded there: its own recorder stays
 * @throws TapestryError `wrong-state` with its pid, when the kernel can't end one
 */
export const endRecorders = async (directory: string, next: number): Promise<void> => {
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    if (!(await records(pid, directory, next))) continue;
    const identity = await identifyProcess(Number(pid));
    if (identity !== undefined && (await endProcess(identity, grace)) === 'stuck') {
      throw new TapestryError(
        'wrong-state',
        `The serial recorder of the run before (pid ${pid}) was killed, and the kernel has not let it end yet.`,
        {
          next: 'It waits for a disk; start the machine when that answers.',
        },
      );
    }
  }
};
