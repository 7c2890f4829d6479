import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { machineState } from '../../../shared/contract/machines.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { isMissing } from '../../files/if-there.ts';
import { nicRecord } from '../../network/nic-record.ts';
import { processIdentity } from '../../qemu/process/process-identity.ts';
import { writeFileAtomically } from './store/atomic-file.ts';

/**
 * What is written down about a machine while it runs, in `record.json` of its runtime directory: enough to find it
 * again after the app was killed at any moment, or to clean up after it.
 */
export const runtimeRecord = z.object({
  version: z.literal(1),
  uuid: z.string(),
  name: z.string(),
  /** `starting` from before anything is made until the vCPUs may run: a start found in this phase is undone. */
  phase: z.enum(['starting', 'running']),
  /** The number that `virsh list` shows. */
  id: z.number().int().positive(),
  /** Null until QEMU is spawned. */
  qemu: processIdentity.nullable(),
  monitor: z.string(),
  log: z.string(),
  /** Where QEMU's own words of this run begin in the log, bytes. */
  logOffset: z.number().int().nonnegative(),
  /** ms since the epoch. */
  startedAt: z.number(),
  state: z.object({ state: machineState, reason: z.string() }),
  liveXml: z.string(),
  /** The definition that this run was started from, for machines that were undefined meanwhile. */
  definition: z.string(),
  /** It was undefined while it ran: what becomes of what its guest wrote, when its files are removed at the end. */
  undefined: z
    .object({ nvram: z.enum(['keep', 'remove']).optional(), tpm: z.enum(['keep', 'remove']).optional(), variables: z.string().optional() })
    .optional(),
  /** The user asked for stopped vCPUs: then a QEMU that has not run yet is no start cut short. */
  startPaused: z.boolean(),
  nics: z.array(nicRecord),
  /** Serial ports that are recorded. */
  consoles: z.array(z.object({ alias: z.string(), label: z.string(), interactive: z.boolean() })),
  /** Disk images in use, so that no second machine opens them. */
  images: z.array(z.object({ path: z.string(), readOnly: z.boolean(), shareable: z.boolean(), element: z.string(), format: z.string() })),
  /** The running machine was changed without its definition. */
  diverged: z.boolean(),
  /** Aliases of devices that the guest was asked to let go of and has not yet. */
  detachPending: z.array(z.string()),
  /** NICs that are plugged in when the guest has let go of those before them: alias, new element (and without its place), old element. */
  replugs: z.array(z.object({ alias: z.string(), xml: z.string(), elsewhere: z.string().optional(), old: z.string() })).default([]),
});

/** See {@link runtimeRecord}. */
export type RuntimeRecord = z.infer<typeof runtimeRecord>;

/**
 * Writes the record so that a reader sees the old or the new one. Its directory is gone after a power loss, as QEMU is: nothing
 * waits for a disk.
 *
 * @throws TapestryError `storage-full`, `io`
 */
export const writeRuntimeRecord = (path: string, record: RuntimeRecord): Promise<void> =>
  writeFileAtomically(path, JSON.stringify(record), 0o600, false);

/**
 * Reads a record back.
 *
 * @returns undefined when there is none
 * @throws TapestryError `io` when it can't be read or isn't one
 */
export const readRuntimeRecord = async (path: string): Promise<RuntimeRecord | undefined> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new TapestryError('io', `The runtime record ${path} can't be read.`, { cause: error, detail: String(error) });
  }
  try {
    return runtimeRecord.parse(JSON.parse(text));
  } catch (error) {
    throw new TapestryError('io', `The runtime record ${path} is damaged.`, {
      cause: error,
      detail: error instanceof Error ? error.message : String(error),
    });
  }
};
