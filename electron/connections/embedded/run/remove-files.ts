import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { z } from 'zod';
import type { keptFile } from '../../../../shared/contract/machines.ts';
import { fileError } from '../../../files/file-errors.ts';
import { errnoOf, statIfThere } from '../../../files/if-there.ts';
import type { MachinePaths } from '../ports/ports.ts';

/** What becomes of what a machine's guest wrote, when the machine is undefined. */
export interface UndefineChoices {
  /** Its UEFI variables; must be said for a machine that has some. */
  readonly nvram?: 'keep' | 'remove' | undefined;
  /** The state of its emulated TPM; it goes unless kept (virDomainUndefineFlags, VIR_DOMAIN_UNDEFINE_TPM). */
  readonly tpm?: 'keep' | 'remove' | undefined;
}

/** Files of UEFI variables in a machine's directory (`NAME_VARS.fd`, as libvirt names them, or `.qcow2`). */
export function isVariables(name: string): boolean {
  return /_VARS\.\w+$/.test(name);
}

/** The TPM's directories, as swtpm.ts makes them. */
const isTpm = (name: string): boolean => name === 'tpm1.2' || name === 'tpm2';

/** Memory of crashed guests (dump-guest.ts): somebody wanted it written, and nobody asks about it at an undefine, so it stays. */
const isDumps = (name: string): boolean => name === 'dumps';

export function entriesOf(persistent: string): Promise<string[]> {
  return readdir(persistent).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return []; // it never kept anything
    throw fileError(persistent, 'read', error);
  });
}

/** What becomes of a machine's files, decided at its undefine; carried out then, or when it is off. */
export interface UndefineDecision extends UndefineChoices {
  /** The file of UEFI variables that the definition names; absent where it names none. */
  readonly variables?: string | undefined;
}

/** A file or directory that stays when a machine is undefined. */
export type KeptFile = z.infer<typeof keptFile>;

const isWithin = (directory: string, path: string): boolean => path.startsWith(`${directory}/`);

/** The named file of variables, where it goes: told to, and a file. A device isn't removed, it belongs to the host. */
const namedToRemove = async ({ nvram, variables }: UndefineDecision): Promise<string | undefined> =>
  nvram === 'remove' && variables !== undefined && (await statIfThere(variables))?.isFile() === true ? variables : undefined;

/** What of a machine's own directory stays. */
const kindOfKept = (path: string, { nvram, tpm, variables }: UndefineDecision): KeptFile['what'] | undefined => {
  const name = basename(path);
  if (isDumps(name)) return 'dumps';
  if (nvram === 'keep' && (isVariables(name) || path === variables)) return 'nvram';
  return tpm === 'keep' && isTpm(name) ? 'tpm' : undefined;
};

/** What stays when {@link removeFiles} has done it. @throws TapestryError `io` */
export async function keptFiles({ persistent }: MachinePaths, decision: UndefineDecision): Promise<KeptFile[]> {
  const kept = (await entriesOf(persistent)).flatMap((name) => {
    const path = join(persistent, name);
    const what = kindOfKept(path, decision);
    return what === undefined ? [] : [{ path, what }];
  });
  const { variables } = decision;
  if (variables === undefined || isWithin(persistent, variables)) return kept;
  const stays = (await statIfThere(variables)) !== undefined && (await namedToRemove(decision)) === undefined;
  return stays ? [...kept, { path: variables, what: 'nvram' }] : kept;
}

/** Removes the file of UEFI variables that the definition names, where it goes. @throws TapestryError `io` */
export async function removeVariables(decision: UndefineDecision): Promise<void> {
  const path = await namedToRemove(decision);
  if (path === undefined) return;
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw fileError(path, 'removed', error);
  }
}

/**
 * Removes the files of a machine that is off and no longer defined: log, recordings, and what it kept between its runs but for what is
 * to be kept and the memory of crashed guests.
 *
 * @throws TapestryError `io`
 */
export async function removeFiles({ log, recordings, persistent }: MachinePaths, decision: UndefineDecision): Promise<void> {
  await removeVariables(decision);
  const paths = (await entriesOf(persistent)).map((name) => join(persistent, name));
  const go = paths.filter((path) => kindOfKept(path, decision) === undefined);
  try {
    for (const path of [log, `${log}.old`, recordings, ...(go.length === paths.length ? [persistent] : go)])
      await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw fileError(persistent, 'removed', error);
  }
}
