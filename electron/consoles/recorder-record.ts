import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { TapestryError } from '../../shared/errors.ts';
import { isMissing } from '../files/if-there.ts';
import { patiently } from '../files/patiently.ts';
import { writeFileAtomically } from '../files/atomic-file.ts';
import { processIdentity } from '../processes/process-identity.ts';

const via = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pty'), path: z.string() }),
  z.object({ kind: z.literal('unix'), path: z.string() }),
  z.object({ kind: z.literal('tcp'), host: z.string(), port: z.number().int().min(1).max(65_535) }),
  z.object({ kind: z.literal('fifo'), path: z.string() }),
]);

/** What `recorder.json` beside a recording says: of which run it is and how to start its recorder again. */
export const recorderRecord = z.looseObject({
  socketPath: z.string(),
  qemu: processIdentity,
  /** Power-on, ms since the epoch. */
  since: z.number(),
  limitBytes: z.number().int().min(65_536),
  ports: z.array(z.object({ alias: z.string().regex(/^[\w-]{1,64}$/), via })).min(1),
});
export type RecorderRecord = z.infer<typeof recorderRecord>;

const fileOf = (directory: string) => path.join(directory, 'recorder.json');

/** Writes the record, whole or not at all. */
export async function writeRecorderRecord(directory: string, record: RecorderRecord): Promise<void> {
  return await writeFileAtomically(fileOf(directory), `${JSON.stringify(recorderRecord.parse(record), null, 2)}\n`);
}

/**
 * Reads the record; undefined when nothing was recorded here.
 * @throws TapestryError `io` when it is there and can't be understood
 */
export async function readRecorderRecord(directory: string): Promise<RecorderRecord | undefined> {
  try {
    return recorderRecord.parse(JSON.parse(await patiently(() => readFile(fileOf(directory), 'utf8'))));
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new TapestryError('io', `The record of the serial recording in ${directory} can't be read.`, {
      next: 'What was recorded stays, and so does what the guest prints while its recorder runs. The next start of the machine makes a new one.',
      detail: String(cause),
      cause,
    });
  }
}

/**
 * Names the run that the recording in `directory` is of, as `pid-startTime` of its QEMU; undefined when nothing was recorded. What was recorded can
 * be read without its record: then it is taken for one of `otherwise`.
 */
export async function recordedRun(directory: string, otherwise = 'unknown'): Promise<string | undefined> {
  try {
    const record = await readRecorderRecord(directory);
    return record === undefined ? undefined : `${record.qemu.pid}-${record.qemu.startTime}`;
  } catch (error) {
    if (!(error instanceof TapestryError)) throw error;
    return otherwise;
  }
}
