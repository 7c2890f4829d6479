import { mkdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TapestryError } from '../../../../shared/errors.ts';
import type { LaunchPlan } from '../../../qemu/plan/launch-plan.types.ts';
import { copyFileAtomically } from '../../../files/atomic-file.ts';
import { fileError } from '../../../files/file-errors.ts';

/**
 * Makes the file with a machine's UEFI variables from its template before its first start; one that is there stays.
 * Whole or not at all: a copy cut short would be a firmware that doesn't start.
 *
 * @returns takes back what was made, for a start that fails after all
 * @throws TapestryError `start-failed` when there is neither file nor template, `storage-full`, `io`
 */
export async function ensureFirmwareVariables(nvram: LaunchPlan['nvram']): Promise<() => Promise<void>> {
  const nothing = () => Promise.resolve();
  if (nvram === undefined) return nothing;
  const { path, template, mustFit } = nvram;
  const sizeOf = async (file: string) => (await stat(file).catch(() => undefined))?.size;
  const size = await sizeOf(path);
  if (size !== undefined) {
    const expected = mustFit === true && template !== undefined ? await sizeOf(template) : undefined;
    if (expected !== undefined && expected !== size) throw otherLayout(path, size, expected);
    return nothing;
  }
  if (template === undefined) {
    throw new TapestryError(
      'start-failed',
      `The file of the machine's UEFI variables, ${path}, is not there, and no template for it is known.`,
      {
        path: '/domain/os/nvram',
        next: 'Give a template in the XML, or put the file back.',
      },
    );
  }
  // Looked at first: a start that fails for it makes no folder.
  if ((await sizeOf(template)) === undefined)
    throw new TapestryError('start-failed', `The template of the machine's UEFI variables, ${template}, is not there.`, {
      path: '/domain/os/nvram/@template',
      next: "Install the firmware that it belongs to (Debian: package 'ovmf'), or name another template.",
    });
  let folder: string | undefined;
  const withoutFolder = async () => {
    // Not where something else was put into it.
    if (folder !== undefined) await rmdir(dirname(path)).catch(() => undefined);
  };
  try {
    folder = await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await copyFileAtomically(template, path);
    return async () => {
      await rm(path, { force: true });
      await withoutFolder();
    };
  } catch (error) {
    await withoutFolder();
    throw fileError(path, `made from ${template}`, error);
  }
}

const otherLayout = (path: string, size: number, expected: number): TapestryError =>
  new TapestryError(
    'start-failed',
    `The machine's UEFI variables, ${path}, belong to another firmware than the one on this computer: they have ${size / 1024} KiB, where it wants ${expected / 1024}.`,
    {
      path: '/domain/os/nvram',
      next: 'Install the firmware that the definition names, or move the file away: new variables are made then, and the guest’s boot entries start anew.',
    },
  );
