import { TapestryError } from '../../../../shared/errors.ts';
import { statIfThere } from '../../../files/if-there.ts';
import { variablesOfDefinition } from '../definitions/definition-facts.ts';
import { userOf } from './image-users.ts';
import type { Machine } from '../machine/machine.ts';
import { machinePaths } from '../ports/machine-paths.ts';
import type { EmbeddedDirectories } from '../ports/ports.ts';
import type { DefinitionStore } from '../definitions/store/definition-store.ts';
import {
  entriesOf,
  isVariables,
  keptFiles,
  removeFiles,
  removeVariables,
  type KeptFile,
  type UndefineChoices,
  type UndefineDecision,
} from '../run/remove-files.ts';
import { forgetUndefine, notedUndefines, noteUndefine } from './undefine-intents.ts';

/**
 * Decides what becomes of a machine's files. UEFI variables are what a guest wrote: they go only when told to (virsh asks likewise), also the
 * file that the definition names, wherever it is (virsh: --nvram).
 *
 * @param others all machines: one of them may name the same file
 * @throws TapestryError `wrong-state` for a machine that has variables, and no choice; `disk-in-use` where the file to be removed is another
 *   machine's too
 */
export async function decideUndefine(
  machine: Machine,
  { nvram, tpm }: UndefineChoices,
  others: readonly Machine[],
): Promise<UndefineDecision> {
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
}

/**
 * Finishes undefines that a kill cut short. One whose machine is still defined never happened, and is forgotten; one whose machine runs is
 * finished when it is off.
 *
 * @param machineOf the machine with this UUID, defined or running
 * @param failed told of what can't be finished now; it stays noted
 */
export async function finishUndefines(
  directories: EmbeddedDirectories,
  machineOf: (uuid: string) => Machine | undefined,
  failed: (error: unknown) => void,
): Promise<void> {
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
}

/**
 * Removes a machine's definition, and its files when it is off: at once, or when its run ends. What is about to go is noted first, so that
 * a kill at any moment leaves nothing that the next opening doesn't remove.
 *
 * @param others all machines
 * @returns what stays of its files
 * @throws TapestryError as {@link decideUndefine}; `not-found` where nothing is stored, `io`
 */
export async function undefineMachine(
  machine: Machine,
  choices: UndefineChoices,
  others: readonly Machine[],
  store: DefinitionStore,
  directories: EmbeddedDirectories,
): Promise<readonly KeptFile[]> {
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
}
