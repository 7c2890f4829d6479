import { join } from 'node:path';
import type { EmbeddedDirectories, MachinePaths } from './ports.ts';

/**
 * Where the files of the machine with this UUID are.
 *
 * @param runtime its run's directory, where that is another than is made now: an earlier version, or another environment, made it
 */
export function machinePaths(
  directories: EmbeddedDirectories,
  uuid: string,
  runtime: string = join(directories.sockets, uuid),
): MachinePaths {
  return {
    runtime,
    record: join(directories.sockets, uuid, 'record.json'),
    recorderSocket: join(runtime, 'recorder'),
    log: join(directories.logs, `${uuid}.log`),
    recordings: join(directories.recordings, uuid),
    persistent: join(directories.state, 'machines', uuid),
  };
}
