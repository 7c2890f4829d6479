import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileError } from '../../../files/file-errors.ts';
import { isMissing } from '../../../files/if-there.ts';
import { patiently } from '../../../files/patiently.ts';
import { findQemus, type FoundQemu } from '../../../processes/find-qemu.ts';
import type { ProcessIdentity } from '../../../processes/process-identity.ts';
import type { EmbeddedDirectories } from '../ports/ports.ts';

/** A machine's directory of a run is named after its UUID. */
const machineDirectory = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The QEMUs of these directories' machines, by UUID. */
export interface OurQemus {
  /** Mostly one; more where an earlier version started a machine twice. */
  of(uuid: string): readonly FoundQemu[];
  readonly uuids: readonly string[];
  /** False where the system refused to show everything for now: a machine that isn't among them may run all the same. */
  readonly complete: boolean;
}

const realPath = async (path: string): Promise<string> => {
  try {
    return await patiently(() => realpath(path));
  } catch (error) {
    if (isMissing(error)) return path;
    throw error;
  }
};

/**
 * Looks for running QEMUs of the machines of these directories, whatever became of records, sockets and directories: a QEMU is ours whose output
 * goes to a log of ours, or whose monitor is in our directory. Both outlive the files themselves.
 */
export async function findOurQemus(directories: EmbeddedDirectories): Promise<OurQemus> {
  const [{ found, complete }, logs, sockets] = await Promise.all([findQemus(), realPath(directories.logs), realPath(directories.sockets)]);
  const ours = found.filter(
    ({ uuid, log, monitor }) =>
      (log !== undefined && dirname(log) === logs && basename(log).startsWith(`${uuid}.log`)) ||
      [sockets, directories.sockets].includes(dirname(dirname(monitor))),
  );
  return {
    of: (uuid) => ours.filter((qemu) => qemu.uuid === uuid),
    uuids: [...new Set(ours.map(({ uuid }) => uuid))],
    complete,
  };
}

/** The one of a machine's QEMUs that its record names, else the one that was started first. */
export function chooseQemu(found: readonly FoundQemu[], named: ProcessIdentity | null | undefined): FoundQemu | undefined {
  return (
    found.find(({ identity }) => identity.pid === named?.pid && identity.startTime === named.startTime) ??
    found.toSorted((a, b) => a.identity.startTime - b.identity.startTime)[0]
  );
}

/** Names in a directory that look like machines' directories of a run; none where there is no such directory. @throws TapestryError `io` */
const machinesIn = async (directory: string): Promise<readonly string[]> => {
  try {
    return (await patiently(() => readdir(directory))).filter((name) => machineDirectory.test(name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw fileError(`The runtime directory ${directory}`, 'read', error);
  }
};

/** The directory of a machine's run. */
export interface RunDirectory {
  readonly uuid: string;
  readonly directory: string;
  /** An earlier version made it, elsewhere than runs are now. */
  readonly former: boolean;
}

/** The directories of runs, ours and those that an earlier version made elsewhere. @throws TapestryError `io` */
export async function findRunDirectories(directories: EmbeddedDirectories): Promise<readonly RunDirectory[]> {
  const places = [directories.sockets, ...(directories.formerSockets ?? []).filter((place) => place !== directories.sockets)];
  const names = await Promise.all(
    places.map(async (place) =>
      (await machinesIn(place)).map((uuid) => ({ uuid, directory: join(place, uuid), former: place !== directories.sockets })),
    ),
  );
  return names.flat();
}
