import { TapestryError } from '../../../../shared/errors.ts';

/** Another machine has the name. */
export const duplicateName = (name: string, uuid: string): TapestryError =>
  new TapestryError('duplicate-name', `A machine named “${name}” exists already, with the UUID ${uuid}.`, {
    path: '/domain/name',
    next: 'Choose another name, or give that UUID to change that machine.',
    fixes: [{ kind: 'choose-other-name', label: 'Choose another name' }],
  });

/** Another machine has the UUID. */
export const duplicateUuid = (uuid: string, name: string): TapestryError =>
  new TapestryError('duplicate-uuid', `The UUID ${uuid} belongs to the machine “${name}” already.`, {
    path: '/domain/uuid',
    next: 'Leave the UUID out to get a new one, or rename that machine first.',
  });

/** The text that an edit began with is no longer the stored one. @param gone nothing is stored any more */
export const conflict = (name: string, gone: boolean): TapestryError =>
  new TapestryError(
    'conflict',
    gone ? `The machine “${name}” was removed since the edit began.` : `The definition of “${name}” changed since the edit began.`,
    {
      next: 'Look at the present definition and make the change again.',
    },
  );
