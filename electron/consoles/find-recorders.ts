import { basename } from 'node:path';
import { searchProcesses, type FoundProcess } from '../processes/search-processes.ts';

/** A recorder's process, and its command line without the program's name. */
export type FoundRecorder = FoundProcess<readonly string[]>;

/** The recorders of this user that record into `directory`; without those that the system doesn't show for now, which hold the directory's lock. */
export async function findRecorders(directory: string): Promise<readonly FoundRecorder[]> {
  const { found } = await searchProcesses(([program = '', ...argv]) =>
    basename(program) === 'tapestry-serial-recorder' && argv[argv.indexOf('--directory') + 1] === directory ? argv : undefined,
  );
  return found;
}
