import { constants } from 'node:fs/promises';
import path from 'node:path';
import { isLibvirtNvram } from '../../../../shared/domain-xml/index.ts';
import type { Domain } from '../../../../shared/domain/index.ts';
import type { XmlProblem } from '../../../../shared/errors.ts';
import { mayAccess } from '../../../files/if-there.ts';

/** The file of UEFI variables where it is one of libvirt's daemon that this user can neither open nor make; else undefined. */
const unusable = async ({ os }: Domain): Promise<string | undefined> => {
  const file = os.nvram?.file;
  if (file === undefined || !isLibvirtNvram(file)) return undefined;
  if (await mayAccess(file)) return (await mayAccess(file, constants.R_OK | constants.W_OK)) ? undefined : file;
  return (await mayAccess(path.dirname(file), constants.W_OK)) ? undefined : file;
};

/** The domain with a file of its own for its UEFI variables, where the one it names is libvirt's daemon's and closed to this user. */
export async function withOwnVariables(domain: Domain): Promise<Domain> {
  const { nvram } = domain.os;
  if (nvram === undefined || (await unusable(domain)) === undefined) return domain;
  const { file: _, ...rest } = nvram;
  return { ...domain, os: { ...domain.os, nvram: rest } };
}

/** The note that tells of it. */
export async function variablesNote(domain: Domain): Promise<XmlProblem[]> {
  const file = await unusable(domain);
  if (file === undefined) return [];
  return [
    {
      severity: 'note',
      path: domain.os.nvram?.path ?? '/domain/os/nvram',
      message: `${file} belongs to libvirt's daemon and can't be opened: the machine begins with UEFI variables of its own.`,
      next: 'To take boot entries and keys along, copy the file, make it yours, and name the copy in <nvram>.',
    },
  ];
}
