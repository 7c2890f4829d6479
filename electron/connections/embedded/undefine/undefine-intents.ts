import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { TapestryError } from '../../../../shared/errors.ts';
import { isMissing } from '../../../files/if-there.ts';
import { patiently } from '../../../files/patiently.ts';
import type { EmbeddedDirectories } from '../ports/ports.ts';
import { writeFileAtomically } from '../../../files/atomic-file.ts';
import { fileError } from '../../../files/file-errors.ts';

/** On disk. What a later version noted is its own to finish: it may have decided about more. */
const schema = z.looseObject({
  version: z.literal(1),
  nvram: z.enum(['keep', 'remove']).optional(),
  tpm: z.enum(['keep', 'remove']).optional(),
  variables: z.string().optional(),
});

/** What an undefine decided. */
export type NotedUndefine = Pick<z.infer<typeof schema>, 'nvram' | 'tpm' | 'variables'>;

/** The folder of what is noted before an undefine removes anything, one file per machine. */
const intentsDirectory = ({ state }: EmbeddedDirectories): string => join(state, 'undefining');

/** Notes what an undefine is about to do, so that a later opening finishes it when this process is killed. @throws TapestryError `io`, `storage-full` */
export async function noteUndefine(directories: EmbeddedDirectories, uuid: string, decision: NotedUndefine): Promise<void> {
  const directory = intentsDirectory(directories);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileError(directory, 'made', error);
  }
  const { nvram, tpm, variables } = decision;
  await writeFileAtomically(join(directory, `${uuid}.json`), JSON.stringify({ version: 1, nvram, tpm, variables }));
}

/** The undefine is done, or doesn't happen. @throws TapestryError `io` */
export async function forgetUndefine(directories: EmbeddedDirectories, uuid: string): Promise<void> {
  const path = join(intentsDirectory(directories), `${uuid}.json`);
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw fileError(path, 'removed', error);
  }
}

/**
 * What was noted and not forgotten: undefines that a kill cut short, each with what was decided, or with an error `io` where that can't be read
 * or understood.
 *
 * @throws the system's error where none can be looked for
 */
export async function notedUndefines(directories: EmbeddedDirectories): Promise<ReadonlyMap<string, NotedUndefine | TapestryError>> {
  const directory = intentsDirectory(directories);
  const entries = await patiently(() => readdir(directory)).catch((error: unknown) => {
    if (isMissing(error)) return []; // nothing was ever undefined
    throw error;
  });
  const noted = new Map<string, NotedUndefine | TapestryError>();
  for (const entry of entries) {
    const uuid = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.json$/.exec(entry)?.[1];
    if (uuid !== undefined) noted.set(uuid, await readDecision(join(directory, entry), uuid));
  }
  return noted;
}

const readDecision = async (path: string, uuid: string): Promise<NotedUndefine | TapestryError> => {
  try {
    const { nvram, tpm, variables } = schema.parse(JSON.parse(await patiently(() => readFile(path, 'utf8'))));
    return { nvram, tpm, variables };
  } catch (cause) {
    return new TapestryError('io', `The note ${path} of an undefine that was cut short can’t be read, so the machine’s files stay.`, {
      next: `Remove the note, and what is named after ${uuid} in the state directory, if you don’t need it.`,
      detail: String(cause),
      cause,
    });
  }
};
