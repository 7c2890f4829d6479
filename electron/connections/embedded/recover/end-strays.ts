import { TapestryError } from '../../../../shared/errors.ts';
import { endProcess } from '../../../processes/end-process.ts';
import { noLook, searchProcesses } from '../../../processes/search-processes.ts';

/**
 * Ends QEMUs of a start that was cut short, whose pid nobody wrote down, and their guards: processes of this user with `path` in an argument
 * and stopped vCPUs; not whoever else looks at that path.
 *
 * @param path of the monitor, as it stands in the record of that start
 * @throws TapestryError `wrong-state` where the system doesn't show every process for now: there may be one more
 */
export async function endStrays(path: string): Promise<void> {
  // Every QEMU is spawned with stopped vCPUs, and its guard has the same arguments.
  const { found, complete } = await searchProcesses((argv) =>
    argv.includes('-S') && argv.some((word) => word.includes(path)) ? true : undefined,
  );
  for (const { identity } of found) await endProcess(identity, 0);
  if (complete) return;
  throw new TapestryError('wrong-state', "What a start that was cut short left running can't be told now.", { next: noLook });
}
