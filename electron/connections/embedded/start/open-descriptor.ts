import { constants, open } from 'node:fs/promises';
import { TapestryError } from '../../../../shared/errors.ts';
import type { LaunchPlan } from '../../../qemu/plan/launch-plan.types.ts';
import type { Backend, MachinePaths } from '../ports/ports.ts';
import { fifoPath } from './start-recording.ts';

/** Opens a descriptor that isn't the network's: a file, or one end of a port's log. @throws TapestryError `io`, `unsupported-operation` */
export async function openDescriptor(
  wanted: LaunchPlan['descriptors'][number],
  paths: MachinePaths,
  backend: Backend,
): Promise<{ fd: number; release(): Promise<void> }> {
  if (wanted.kind === 'recorder') {
    const handle = await backend.prepareLogPort(fifoPath(paths, wanted.alias), wanted.end);
    return { fd: handle.fd, release: () => handle.close() };
  }
  if (wanted.kind === 'file') {
    const flags = { append: 'a', truncate: 'w', read: 'r', write: constants.O_WRONLY, 'read-write': 'r+' } as const;
    try {
      const handle = await open(wanted.path, flags[wanted.flags], 0o600);
      return { fd: handle.fd, release: () => handle.close() };
    } catch (error) {
      throw new TapestryError('io', `${wanted.path} can't be opened for the machine.`, {
        cause: error,
        detail: String(error),
        next: 'Check the path and its permissions.',
      });
    }
  }
  throw new TapestryError('unsupported-operation', `Descriptors of kind “${wanted.kind}” can't be opened here.`);
}
