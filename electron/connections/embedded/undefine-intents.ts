import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isMissing } from '../../files/if-there.ts';
import type { EmbeddedDirectories } from './ports.ts';
import { writeFileAtomically } from '../../files/atomic-file.ts';
import { fileError } from '../../files/file-errors.ts';

/** On disk; a later version may say more. */
const schema = z.looseObject({
  nvram: z.enum(['keep', 'remove']).optional(),
  tpm: z.enum(['keep', 'remove']).optional(),
  variables: z.string().optional(),
});

/** What an undefine decided. */
export type NotedUndefine = Pick<z.infer<typeof schema>, 'nvram' | 'tpm' | 'variables'>;

/** The folder of what is noted before an undefine removes anything, one file per machine. */
const intentsDirectory = ({ state }: EmbeddedDirectories): string => join(state, 'undefining');

/** Notes what an undefine is about to do, so that a later opening finishes it when this process is killed. @throws TapestryError `io`, `storage-full` */
export const noteUndefine = async (directories: EmbeddedDirectories, uuid: string, decision: NotedUndefine): Promise<void> => {
  const directory = intentsDirectory(directories);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileError(directory, 'made', error);
  }
  const { nvram, tpm, variables } = decision;
  await writeFileAtomically(join(directory, `${uuid}.json`), JSON.stringify({ version: 1, nvram, tpm, variables }));
};

/** The undefine is done, or doesn't happen. @throws TapestryError `io` */
export const forgetUndefine = async (directories: EmbeddedDirectories, uuid: string): Promise<void> => {
  const path = join(intentsDirectory(directories), `${uuid}.json`);
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw fileError(path, 'removed', error);
  }
};

/**
 * What was noted and not forgotten: undefines that a kill cut short, each with what was decided; undefined where that can't be understood.
 *
 * @throws the system's error
 */
export const notedUndefines = async (directories: EmbeddedDirectories): Promise<ReadonlyMap<string, NotedUndefine | undefined>> => {
  const directory = intentsDirectory(directories);
  const entries = await readdir(directory).catch((error: unknown) => {
    if (isMissing(error)) return []; // nothing was ever undefined
    throw error;
  });
  const noted = new Map<string, NotedUndefine | undefined>();
  for (const entry of entries) {
    const uuid = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.json$/.exec(entry)?.[1];
    if (uuid !== undefined) noted.set(uuid, await readDecision(join(directory, entry)));
  }
  return noted;
};

const readDecision = async (path: string): Promise<NotedUndefine | undefined> => {
  const text = await readFile(path, 'utf8');
  try {
    const { nvram, tpm, variables } = schema.parse(JSON.parse(text));
    return { nvram, tpm, variables };
  } catch {
    return undefined; // damaged, or of a later version
  }
};
