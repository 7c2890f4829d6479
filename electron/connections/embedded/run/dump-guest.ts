import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { TapestryError } from '../../../../shared/errors.ts';
import type { QmpClient } from '../../../qemu/qmp/qmp-client.ts';

/** How long a dump may take, ms: as much as the guest has memory, to a disk that may be slow. */
const dumpDeadline = 3_600_000;

const completed = z.looseObject({ result: z.looseObject({ status: z.string() }), error: z.string().optional() });

/**
 * Writes a crashed guest's memory to `<persistent>/dumps/<time>.elf` (ELF, as crash(8) and gdb read it), for `on_crash` coredump-* (formatdomain
 * "Events configuration"). Half a dump is never left under that name.
 *
 * @param persistent the machine's directory of what it keeps
 * @returns the file's path
 * @throws TapestryError `io` when the dump fails (a full disk), `closed` when QEMU ends meanwhile
 */
export async function dumpGuest(qmp: QmpClient, persistent: string, now = new Date()): Promise<string> {
  const folder = join(persistent, 'dumps');
  const path = join(folder, `${now.toISOString().replaceAll(':', '-')}.elf`);
  const part = `${path}.part`;
  const failed = new AbortController();
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // Without `detach` QEMU's monitor is deaf until it is done.
    const [event] = await Promise.all([
      qmp.waitForEvent((one) => one.event === 'DUMP_COMPLETED', { deadline: dumpDeadline, signal: failed.signal }),
      qmp.execute('dump-guest-memory', { paging: false, protocol: `file:${part}`, detach: true }),
    ]);
    const { result, error } = completed.parse(event.data);
    if (result.status !== 'completed') throw new Error(error ?? `status ${result.status}`);
    await rename(part, path);
    return path;
  } catch (error) {
    failed.abort();
    await rm(part, { force: true }).catch(() => undefined); // there may be no such folder; the first failure is what counts
    if (error instanceof TapestryError && error.code === 'closed') throw error;
    throw new TapestryError('io', 'The memory of the crashed machine could not be written to a file.', {
      detail: error instanceof TapestryError ? (error.data.detail ?? error.message) : String(error),
      next: 'Check the space on the disk of the state directory.',
      cause: error,
    });
  }
}
