import { readdir, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';

/** A recorder's process. */
export interface FoundRecorder {
  readonly pid: number;
  /** Its command line, without the program's name. */
  readonly argv: readonly string[];
}

/** The recorders of this user that record into `directory`. @throws the system's error where /proc can't be read */
export const findRecorders = async (directory: string): Promise<readonly FoundRecorder[]> => {
  const found: FoundRecorder[] = [];
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    try {
      const [program = '', ...argv] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
      if (basename(program) !== 'tapestry-serial-recorder' || argv[argv.indexOf('--directory') + 1] !== directory) continue;
      if ((await stat(`/proc/${pid}`)).uid === process.getuid?.()) found.push({ pid: Number(pid), argv });
    } catch {
      // gone, or not ours to read
    }
  }
  return found;
};
