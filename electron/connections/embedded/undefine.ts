import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { z } from 'zod';
import type { keptFile } from '../../../shared/contract/machines.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { errnoOf, statIfThere } from '../../files/if-there.ts';
import { variablesOfDefinition } from './definition-facts.ts';
import { userOf } from './image-users.ts';
import type { Machine } from './machine.ts';
import { machinePaths } from './machine-paths.ts';
import type { EmbeddedDirectories, MachinePaths } from './ports.ts';
import { fileError } from '../../files/file-errors.ts';
import type { DefinitionStore } from './store/definition-store.ts';
import { forgetUndefine, notedUndefines, noteUndefine } from './undefine-intents.ts';

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

/** What becomes of a machine's files, decided at its undefine; carried out then, or when it is off. */
export interface UndefineDecision extends UndefineChoices {
  /** The file of UEFI variables that the definition names; absent where it names none. */
  readonly variables?: string | undefined;
}

/** A file or directory that stays when a machine is undefined. */
export type KeptFile = z.infer<typeof keptFile>;

const isWithin = (directory: string, path: string): boolean => path.startsWith(`${directory}/`);

/**
 * Decides what becomes of a machine's files. UEFI variables are what a guest wrote: they go only when told to (virsh asks likewise), also the
 * file that the definition names, wherever it is (virsh: --nvram).
 *
 * @param others all machines: one of them may name the same file
 * @throws TapestryError `wrong-state` for a machine that has variables, and no choice; `disk-in-use` where the file to be removed is another
 *   machine's too
 */
export const decideUndefine = async (
  machine: Machine,
  { nvram, tpm }: UndefineChoices,
  others: readonly Machine[],
): Promise<UndefineDecision> => {
  const { persistent } = machine.paths;
  const { name } = machine.facts;
  const variables = machine.stored === undefined ? undefined : variablesOfDefinition(machine.stored.xml);
  const decision = { nvram, tpm, ...(variables === undefined ? {} : { variables }) };
  if (nvram === 'keep') return decision;
  const there = variables !== undefined && (await statIfThere(variables)) !== undefined;
  if (nvram === undefined) {
    if (!there && !(await entriesOf(persistent)).some(isVariables)) return decision;
    throw new TapestryError('wrong-state', `“${name}” has UEFI variables: cannot undefine domain with nvram.`, {
      next: 'Say what becomes of them: remove them (--nvram), or keep their file (--keep-nvram).',
    });
  }
  // By identity, and for whatever it is to the other one: its variables, or the template of them.
  const other = there ? await userOf(variables, others, { machine, except: [variables] }) : undefined;
  if (other !== undefined) {
    throw new TapestryError(
      'disk-in-use',
      `“${other.machine.name}” needs the UEFI variables in ${variables} too, so nothing was deleted.`,
      {
        next: `Keep that file (--keep-nvram) to delete “${name}” alone.`,
      },
    );
  }
  return decision;
};

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
const keptFiles = async ({ persistent }: MachinePaths, decision: UndefineDecision): Promise<KeptFile[]> => {
  const kept = (await entriesOf(persistent)).flatMap((name) => {
    const path = join(persistent, name);
    const what = kindOfKept(path, decision);
    return what === undefined ? [] : [{ path, what }];
  });
  const { variables } = decision;
  if (variables === undefined || isWithin(persistent, variables)) return kept;
  const stays = (await statIfThere(variables)) !== undefined && (await namedToRemove(decision)) === undefined;
  return stays ? [...kept, { path: variables, what: 'nvram' }] : kept;
};

/** Removes the file of UEFI variables that the definition names, where it goes. @throws TapestryError `io` */
const removeVariables = async (decision: UndefineDecision): Promise<void> => {
  const path = await namedToRemove(decision);
  if (path === undefined) return;
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw fileError(path, 'removed', error);
  }
};

/**
 * Removes the files of a machine that is off and no longer defined: log, recordings, and what it kept between its runs but for what is
 * to be kept and the memory of crashed guests.
 *
 * @throws TapestryError `io`
 */
export const removeFiles = async ({ log, recordings, persistent }: MachinePaths, decision: UndefineDecision): Promise<void> => {
  await removeVariables(decision);
  const paths = (await entriesOf(persistent)).map((name) => join(persistent, name));
  const go = paths.filter((path) => kindOfKept(path, decision) === undefined);
  try {
    for (const path of [log, `${log}.old`, recordings, ...(go.length === paths.length ? [persistent] : go)])
      await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw fileError(persistent, 'removed', error);
  }
};

/**
 * Finishes undefines that a kill cut short. One whose machine is still defined never happened, and is forgotten; one whose machine runs is
 * finished when it is off.
 *
 * @param machineOf the machine with this UUID, defined or running
 * @param failed told of what can't be finished now; it stays noted
 */
export const finishUndefines = async (
  directories: EmbeddedDirectories,
  machineOf: (uuid: string) => Machine | undefined,
  failed: (error: unknown) => void,
): Promise<void> => {
  const noted = await notedUndefines(directories).catch((error: unknown) => {
    failed(error);
    return new Map<string, never>();
  });
  for (const [uuid, decision] of noted) {
    try {
      const machine = machineOf(uuid);
      if (machine?.stored === undefined) {
        if (decision instanceof TapestryError) throw decision; // without what was decided, nothing is removed: it may have been told to stay
        if (machine?.run === undefined) await removeFiles(machinePaths(directories, uuid), decision);
        else if (machine.run.record.undefined === undefined) await machine.run.update({ undefined: decision });
      }
      await forgetUndefine(directories, uuid);
    } catch (error) {
      failed(error);
    }
  }
};

/**
 * Removes a machine's definition, and its files when it is off: at once, or when its run ends. What is about to go is noted first, so that
 * a kill at any moment leaves nothing that the next opening doesn't remove.
 *
 * @param others all machines
 * @returns what stays of its files
 * @throws TapestryError as {@link decideUndefine}; `not-found` where nothing is stored, `io`
 */
export const undefineMachine = async (
  machine: Machine,
  choices: UndefineChoices,
  others: readonly Machine[],
  store: DefinitionStore,
  directories: EmbeddedDirectories,
): Promise<readonly KeptFile[]> => {
  if (machine.stored === undefined) throw new TapestryError('not-found', `“${machine.facts.name}” has no stored definition.`);
  const decision = await decideUndefine(machine, choices, others);
  const kept = await keptFiles(machine.paths, decision);
  // As virsh: a machine whose variables can't be removed stays defined.
  await noteUndefine(directories, machine.uuid, decision);
  try {
    if (machine.run === undefined) await removeVariables(decision);
    await store.remove(machine.uuid);
  } catch (error) {
    await forgetUndefine(directories, machine.uuid);
    throw error;
  }
  await machine.run?.update({ undefined: { ...decision } });
  // It may have ended meanwhile, with nobody to do it.
  if (machine.run === undefined) await removeFiles(machine.paths, decision);
  await forgetUndefine(directories, machine.uuid);
  return kept;
};
