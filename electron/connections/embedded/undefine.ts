import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TapestryError } from '../../../shared/errors.ts';
import { errnoOf, statIfThere } from '../../files/if-there.ts';
import { variablesOfDefinition } from './definition-facts.ts';
import type { Machine } from './machine.ts';
import type { MachinePaths } from './ports.ts';
import { fileError } from './store/atomic-file.ts';

/** What becomes of what a machine's guest wrote, when the machine is undefined. */
export interface UndefineChoices {
  /** Its UEFI variables; must be said for a machine that has some. */
  readonly nvram?: 'keep' | 'remove' | undefined;
  /** The state of its emulated TPM; it goes unless kept (virDomainUndefineFlags, VIR_DOMAIN_UNDEFINE_TPM). */
  readonly tpm?: 'keep' | 'remove' | undefined;
}

/** Files of UEFI variables in a machine's directory (`NAME_VARS.fd`, as libvirt names them, or `.qcow2`). */
const isVariables = (name: string): boolean => /_VARS\.\w+$/.test(name);

/** The TPM's directories, as swtpm.ts makes them. */
const isTpm = (name: string): boolean => name === 'tpm1.2' || name === 'tpm2';

/** Memory of crashed guests (dump-guest.ts): somebody wanted it written, and nobody asks about it at an undefine, so it stays. */
const isDumps = (name: string): boolean => name === 'dumps';

const entriesOf = (persistent: string): Promise<string[]> =>
  readdir(persistent).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return []; // it never kept anything
    throw fileError(persistent, 'read', error);
  });

/**
 * UEFI variables are what a guest wrote: they go only when told to (virsh asks likewise). Also where the XML names a file elsewhere, which
 * is the user's own and stays in any case.
 *
 * @throws TapestryError `wrong-state` for a machine that has variables, and no choice
 */
export const requireNvramChoice = async (machine: Machine, { nvram }: UndefineChoices): Promise<void> => {
  if (nvram !== undefined) return;
  const named = machine.stored === undefined ? undefined : variablesOfDefinition(machine.stored.xml);
  const has =
    (await entriesOf(machine.paths.persistent)).some(isVariables) || (named !== undefined && (await statIfThere(named)) !== undefined);
  if (!has) return;
  throw new TapestryError('wrong-state', `“${machine.facts.name}” has UEFI variables: cannot undefine domain with nvram.`, {
    next: 'Say what becomes of them: remove them (--nvram), or keep their file (--keep-nvram).',
  });
};

/**
 * Removes the files of a machine that is off and no longer defined: log, recordings, and what it kept between its runs but for what is
 * to be kept and the memory of crashed guests.
 *
 * @throws TapestryError `io`
 */
export const removeFiles = async ({ log, recordings, persistent }: MachinePaths, { nvram, tpm }: UndefineChoices): Promise<void> => {
  const stays = (name: string): boolean => isDumps(name) || (nvram === 'keep' && isVariables(name)) || (tpm === 'keep' && isTpm(name));
  const entries = await entriesOf(persistent);
  const kept = entries.some(stays) ? entries.filter((name) => !stays(name)).map((name) => join(persistent, name)) : [persistent];
  try {
    for (const path of [log, `${log}.old`, recordings, ...kept]) await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw fileError(persistent, 'removed', error);
  }
};
