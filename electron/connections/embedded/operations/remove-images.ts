import { lstat } from 'node:fs/promises';
import { TapestryError } from '../../../../shared/errors.ts';
import { isMissing } from '../../../files/if-there.ts';
import { HostStorage } from '../../../storage/host-storage.ts';
import { holderOf } from '../../../storage/open-files.ts';
import { imageNeeded, userOf } from '../undefine/image-users.ts';
import type { Machine } from '../machine/machine.ts';
import type { Machines } from '../machines/machines.ts';
import type { Backend, EmbeddedDirectories } from '../ports/ports.ts';
import { fileError } from '../../../files/file-errors.ts';

/**
 * Refuses what must not be deleted with a machine: files that its definition doesn't name, those that a machine stands on, those that any process
 * has open, and what is no file. Asked before anything is ended or removed, so that a refusal leaves all as it was.
 *
 * @throws TapestryError `invalid`, `disk-in-use`, `disk-locked`, `disk-missing`, `io`
 */
export async function requireRemovable(machine: Machine, paths: readonly string[], machines: Machines, backend: Backend): Promise<void> {
  const own = new Set(backend.images(machine.stored?.xml ?? ''));
  const alone = `Leave that file out to delete “${machine.facts.name}” alone.`;
  for (const path of paths) {
    if (!own.has(path)) throw new TapestryError('invalid', `${path} is not a disk of “${machine.facts.name}”, so nothing was deleted.`);
    const found = await lstat(path).catch((error: unknown) => {
      if (isMissing(error)) {
        throw new TapestryError('disk-missing', `The disk image ${path} is not there, so nothing was deleted.`, {
          next: alone,
          cause: error,
        });
      }
      throw fileError(path, 'read', error);
    });
    if (!found.isFile()) throw new TapestryError('invalid', `${path} is not a file, so nothing was deleted.`, { next: 'Leave it out.' });
    const user = await userOf(path, machines.all(), { machine, except: paths });
    if (user !== undefined) throw imageNeeded(path, user, alone);
    const holder = await holderOf(path, machine.run === undefined ? [] : [machine.run.process.pid]);
    // The machine itself may run until then, and hold its own images.
    if (holder !== undefined && (machine.run === undefined || holder.pid !== undefined))
      throw new TapestryError('disk-locked', `${holder.who} has ${path} open, so nothing was deleted.`, {
        next: `End it first, or: ${alone}`,
      });
  }
}

/** Deletes images of a machine that is off, which {@link requireRemovable} let pass. @throws TapestryError `wrong-state`, `disk-locked`, `io` */
export async function removeImages(machine: Machine, paths: readonly string[], directories: EmbeddedDirectories): Promise<void> {
  if (machine.run !== undefined)
    throw new TapestryError('wrong-state', `“${machine.facts.name}” is ${machine.state.state}: its disks can't be removed.`, {
      next: 'Shut it down first.',
    });
  const storage = new HostStorage({ imagesDirectory: directories.images });
  for (const path of paths) await storage.deleteImage(path);
}
