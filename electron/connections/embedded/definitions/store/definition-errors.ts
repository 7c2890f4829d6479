import { TapestryError } from '../../../../../shared/errors.ts';

/** Another machine has the name. */
export function duplicateName(name: string, uuid: string): TapestryError {
  return new TapestryError('duplicate-name', `A machine named “${name}” exists already, with the UUID ${uuid}.`, {
    path: '/domain/name',
    next: 'Choose another name, or give that UUID to change that machine.',
    fixes: [{ kind: 'choose-other-name', label: 'Choose another name' }],
  });
}

/** Another machine has the UUID. */
export function duplicateUuid(uuid: string, name: string): TapestryError {
  return new TapestryError('duplicate-uuid', `The UUID ${uuid} belongs to the machine “${name}” already.`, {
    path: '/domain/uuid',
    next: 'Leave the UUID out to get a new one, or rename that machine first.',
  });
}

/** The text that an edit began with is no longer the stored one. @param gone nothing is stored any more */
export function conflict(name: string, gone: boolean): TapestryError {
  return new TapestryError(
    'conflict',
    gone ? `The machine “${name}” was removed since the edit began.` : `The definition of “${name}” changed since the edit began.`,
    {
      next: 'Look at the present definition and make the change again.',
    },
  );
}

/** A file that isn't the store's has the name that a definition needs. @param path of that file @param why it isn't one of the machines */
export function nameOccupied(name: string, path: string, why: string): TapestryError {
  return new TapestryError('duplicate-name', `“${name}” would be stored as ${path}, where something else is. Nothing was overwritten.`, {
    path: '/domain/name',
    next: 'Move that file away or remove it, or choose another name.',
    fixes: [{ kind: 'choose-other-name', label: 'Choose another name' }],
    detail: why,
  });
}

/** The file of a definition can't be understood at the moment, or has just been changed. */
export function beingWritten(path: string): TapestryError {
  return new TapestryError('conflict', `${path} is being written by another program, so nothing was changed.`, {
    next: 'Try again when that program is done.',
  });
}

/** Why a file of the directory is none of the machines, and stays as it is. */
export const leftAlone = {
  sameUuid: (file: string, uuid: string, name: string, holder: string): TapestryError =>
    new TapestryError(
      'duplicate-uuid',
      `${file} is left alone: its UUID ${uuid} belongs to the machine “${name}”, which is in ${holder}.`,
      {
        path: '/domain/uuid',
        next: 'Give it a UUID and a name of its own, or remove it.',
      },
    ),
  sameName: (file: string, name: string, holder: string): TapestryError =>
    new TapestryError('duplicate-name', `${file} is left alone: a machine named “${name}” is in ${holder}.`, {
      path: '/domain/name',
      next: 'Give it a name of its own, or remove it.',
    }),
  runningUuid: (file: string, uuid: string, name: string): TapestryError =>
    new TapestryError('duplicate-uuid', `${file} is left alone: its UUID ${uuid} belongs to “${name}”, which runs.`, {
      path: '/domain/uuid',
      next: `Give it a UUID of its own; or shut “${name}” down, then it takes its place.`,
    }),
  runningName: (file: string, name: string): TapestryError =>
    new TapestryError('duplicate-name', `${file} is left alone: another machine named “${name}” runs.`, {
      path: '/domain/name',
      next: 'Give it a name of its own; or shut that machine down, then it is taken.',
    }),
};
