import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

/** What becomes of a machine's UEFI variables when it is undefined. */
export type NvramChoice = 'keep' | 'remove';

/** Files of UEFI variables in a machine's directory (`NAME_VARS.fd`, as libvirt names them, or `.qcow2`). */
const isVariables = (name: string): boolean => /_VARS\.\w+$/.test(name);

const entriesOf = (persistent: string): Promise<string[]> =>
  readdir(persistent).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []; // it never kept anything
    throw fileError(persistent, 'read', error);
  });

/** Are there UEFI variables in what a machine keeps? A file that the XML names elsewhere is the user's own, and is never removed. */
export const hasFirmwareVariables = async (persistent: string): Promise<boolean> => (await entriesOf(persistent)).some(isVariables);

/** Removes what a machine kept between its runs, with its UEFI variables or without. @throws TapestryError `io` */
export const removePersistent = async (persistent: string, keepVariables: boolean): Promise<void> => {
  const entries = await entriesOf(persistent);
  const kept = keepVariables && entries.some(isVariables);
  const paths = kept ? entries.filter((name) => !isVariables(name)).map((name) => join(persistent, name)) : [persistent];
  for (const path of paths) await rm(path, { recursive: true, force: true });
};
