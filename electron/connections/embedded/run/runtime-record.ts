import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { TapestryError } from '../../../../shared/errors.ts';
import { isMissing } from '../../../files/if-there.ts';
import { patiently } from '../../../files/patiently.ts';
import { nicRecord, storedMove, storedNic } from '../../../network/nics/nic-record.ts';
import { processIdentity } from '../../../processes/process-identity.ts';
import { domainStates } from './domain-state.ts';
import { writeFileAtomically } from '../../../files/atomic-file.ts';

/**
 * The version that is written. A new field leaves it as it is; it grows when a field means something else than before. 1: what wrote neither
 * `boot` nor `computer`, in a runtime directory that the login made.
 */
export const recordVersion = 2;

/** A word of a closed list; one that only another version knows is read as `otherwise`. */
const word = <T extends string>(known: readonly T[], otherwise: T) =>
  z.string().transform((text): T => known.find((one) => one === text) ?? otherwise);

const image = z.looseObject({ path: z.string(), readOnly: z.boolean(), shareable: z.boolean(), element: z.string(), format: z.string() });

const keepOrRemove = word(['keep', 'remove'], 'keep');

/**
 * What is written down about a machine while it runs, in `record.json` of its directory: enough to find it again after the app was killed at
 * any moment, or to clean up after it. A schema of the disk's own: what windows are told may change without it.
 */
const fields = {
  uuid: z.string(),
  name: z.string(),
  /** `starting` from before anything is made until the vCPUs may run: a start found in this phase is undone. */
  phase: word(['starting', 'running'], 'running'),
  /** The number that `virsh list` shows. */
  id: z.number().int().positive().max(Number.MAX_SAFE_INTEGER),
  /** Null until QEMU is spawned. */
  qemu: processIdentity.nullable(),
  monitor: z.string(),
  log: z.string(),
  /** Where QEMU's own words of this run begin in the log, bytes. */
  logOffset: z.number().int().nonnegative(),
  /** ms since the epoch. */
  startedAt: z.number(),
  /** The kernel's id of the boot (random(4)) in which it was started; null where an earlier version wrote the record. */
  boot: z.string().nullable().default(null),
  /** The computer's id (machine-id(5)), for a state directory that several computers share; null as for `boot`. */
  computer: z.string().nullable().default(null),
  state: z.looseObject({ state: word(domainStates, 'unknown'), reason: z.string() }),
  liveXml: z.string(),
  /** The definition that this run was started from, for machines that were undefined meanwhile. */
  definition: z.string(),
  /** It was undefined while it ran: what becomes of what its guest wrote, when its files are removed at the end. */
  undefined: z.looseObject({ nvram: keepOrRemove.optional(), tpm: keepOrRemove.optional(), variables: z.string().optional() }).optional(),
  /** The user asked for stopped vCPUs: then a QEMU that has not run yet is no start cut short. */
  startPaused: z.boolean(),
  /** When the guest was asked to power off to be started again, ms since the epoch; null where it wasn't. */
  rebootAskedAt: z.number().nullable().default(null),
  nics: z.array(nicRecord),
  /** Serial ports that are recorded. */
  consoles: z.array(z.looseObject({ alias: z.string(), label: z.string(), interactive: z.boolean() })),
  /** Disk images in use, so that no second machine opens them. */
  images: z.array(image),
  /** The running machine was changed without its definition. */
  diverged: z.boolean(),
  /** Aliases of devices that the guest was asked to let go of and has not yet. */
  detachPending: z.array(z.string()),
  /** NICs that are plugged in when the guest has let go of those before them: alias, new element (and without its place), old element and its move. */
  replugs: z
    .array(
      z.looseObject({
        alias: z.string(),
        xml: z.string(),
        elsewhere: z.string().optional(),
        old: z.string(),
        moved: storedMove.optional(),
      }),
    )
    .default([]),
} as const;

const record = z.object(fields);

/** What of a record another version of ours wrote and this one can't use: it goes back to the disk as it came. */
interface Kept {
  readonly version: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** See {@link fields}. */
export type RuntimeRecord = z.infer<typeof record> & { readonly kept?: Kept };

/** What became of reading a record. Only `absent` says that there is none. */
export type RecordReading =
  | { readonly kind: 'absent' }
  /** It is there, and can't be read now: nothing is known, and nothing may be done to what it speaks of. */
  | { readonly kind: 'unreadable'; readonly error: TapestryError }
  /** Damaged, or of a version whose fields this one can't read: `part` is what it says all the same. */
  | { readonly kind: 'damaged'; readonly part: Partial<RuntimeRecord>; readonly error: TapestryError }
  | { readonly kind: 'read'; readonly record: RuntimeRecord; readonly newer: boolean };

/** The text of a record on disk. Pure. */
export function recordText({ kept, ...known }: RuntimeRecord): string {
  return JSON.stringify({
    ...known,
    nics: known.nics.map(storedNic),
    ...kept?.fields,
    version: Math.max(kept?.version ?? 0, recordVersion),
  });
}

/**
 * Reads the text of a record, of this version or another: each field by itself, so that one that can't be read costs none of the others.
 *
 * @param path for the words of an error
 */
export function readRecordText(text: string, path: string): Exclude<RecordReading, { kind: 'absent' | 'unreadable' }> {
  const damaged = (part: Partial<RuntimeRecord>, detail: string) => ({
    kind: 'damaged' as const,
    part,
    error: new TapestryError('io', `The runtime record ${path} is damaged, or of a version that this one can't read.`, { detail }),
  });
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    return damaged({}, String(error));
  }
  const object = z.record(z.string(), z.unknown()).safeParse(raw);
  if (!object.success) return damaged({}, 'it is no object');
  const { version, ...given } = object.data;
  const number = typeof version === 'number' && Number.isSafeInteger(version) && version > 0 ? version : recordVersion;
  const newer = number > recordVersion;
  const part: Record<string, unknown> = {};
  const kept: Record<string, unknown> = Object.fromEntries(Object.entries(given).filter(([name]) => !(name in fields)));
  const wrong: string[] = [];
  for (const [name, schema] of Object.entries(fields)) {
    const parsed = schema.safeParse(given[name]);
    if (parsed.success) part[name] = parsed.data;
    else {
      wrong.push(`${name}: ${parsed.error.issues[0]?.message ?? ''}`);
      const single = name === 'nics' ? nicRecord : name === 'images' ? image : undefined;
      // What is to be cleaned up, and what is not to be opened twice: each one that can be read counts.
      if (single !== undefined && Array.isArray(given[name]))
        part[name] = given[name].flatMap((one) => {
          const item = single.safeParse(one);
          return item.success ? [item.data] : [];
        });
      // A newer version has its reasons; what this one puts in the place of a damaged field is better than the damage.
      if (newer) kept[name] = given[name];
    }
  }
  // A word of a phase that only a newer version has. Never taken for `starting`, which would end QEMU.
  if (newer && typeof given['phase'] === 'string' && given['phase'] !== part['phase']) kept['phase'] = given['phase'];
  const whole = { ...part, ...(newer || Object.keys(kept).length > 0 ? { kept: { version: number, fields: kept } } : {}) };
  if (wrong.length > 0) return damaged(whole as Partial<RuntimeRecord>, wrong.join('; '));
  return { kind: 'read', record: whole as RuntimeRecord, newer };
}

/**
 * Reads a record back. What the system refuses for a moment is asked again, some times within a second.
 *
 * @returns never throws for a record that can't be read: the reading says so
 */
export async function readRuntimeRecord(path: string): Promise<RecordReading> {
  try {
    return readRecordText(await patiently(() => readFile(path, 'utf8')), path);
  } catch (error) {
    if (isMissing(error)) return { kind: 'absent' };
    const told = new TapestryError('io', `The runtime record ${path} can't be read now.`, {
      cause: error,
      detail: String(error),
      next: 'Check its permissions, and what the computer lacks (the detail tells); then open Tapestry again.',
    });
    return { kind: 'unreadable', error: told };
  }
}

/**
 * Writes the record so that a reader sees the old or the new one. It means nothing after a power loss, as QEMU is gone then: nothing waits for
 * a disk.
 *
 * @throws TapestryError `storage-full`, `io`
 */
export function writeRuntimeRecord(path: string, runtimeRecord: RuntimeRecord): Promise<void> {
  return writeFileAtomically(path, recordText(runtimeRecord), 0o600, false);
}
