import { join } from 'node:path';
import type { EmbeddedDirectories, MachinePaths } from './ports.ts';

/** Where the files of the machine with this UUID are. */
export const machinePaths = (directories: EmbeddedDirectories, uuid: string): MachinePaths => {
  const runtime = join(directories.sockets, uuid);
  return {
    runtime,
    record: join(runtime, 'record.json'),
    recorderSocket: join(runtime, 'recorder'),
    log: join(directories.logs, `${uuid}.log`),
    recordings: join(directories.recordings, uuid),
    persistent: join(directories.state, 'machines', uuid),
  };
};
