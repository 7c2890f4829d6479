import { copyFile, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TapestryError } from '../../../shared/errors.ts';
import type { LaunchPlan } from '../../qemu/launch-plan.types.ts';
import { fileError, syncDirectory } from './store/atomic-file.ts';

/**
 * Makes the file with a machine's UEFI variables from its template before its first start; one that is there stays.
 * Whole or not at all: a copy cut short would be a firmware that doesn't start.
 *
 * @throws TapestryError `start-failed` when there is neither file nor template, `storage-full`, `io`
 */
export const ensureFirmwareVariables = async (nvram: LaunchPlan['nvram']): Promise<void> => {
  if (nvram === undefined) return;
  const { path, template } = nvram;
  const there = await stat(path).then(
    () => true,
    () => false,
  );
  if (there) return;
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
  const temporary = `${path}.${process.pid}.new`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await copyFile(template, temporary);
    const file = await open(temporary, 'r+');
    try {
      await file.chmod(0o600);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileError(path, `made from ${template}`, error);
  }
};
