import { parseXml, readDevice } from '../../../../shared/domain-xml/index.ts';
import type { Disk } from '../../../../shared/domain/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { blockDeviceId } from '../../../qemu/plan/block-device-id.ts';
import { throttleCommand } from '../../../qemu/monitor-commands.ts';
import { imageOf } from '../../../qemu/plan/planned-image.ts';
import { checkImages } from '../images/image-use.ts';
import { aliasOf } from '../definitions/live-xml.ts';
import { completedFrom } from '../definitions/edit-devices.ts';
import { textOf, withReplaced } from '../../../../shared/domain-xml/edit/texts.ts';
import { findDevice } from '../definitions/find-device.ts';
import type { LiveChange, LiveOutcome } from './live-change.types.ts';

const readDisk = (text: string): Disk => {
  const { device, problems } = readDevice(parseXml(text));
  const fault = problems.find((problem) => problem.severity === 'error');
  if (fault !== undefined) throw new TapestryError('xml-invalid', fault.message, { path: fault.path });
  if (device?.kind !== 'disk') throw new TapestryError('xml-invalid', 'This is no <disk>.', { path: '/disk' });
  return device;
};

/** The file or block device of a disk; undefined for an empty drive. */
const mediumOf = (disk: Disk): string | undefined => {
  if (!disk.hasSource) return undefined;
  const { source } = disk;
  if (source.type === 'file') return source.file;
  if (source.type === 'block') return source.dev;
  throw new TapestryError('unsupported-operation', 'Only files and block devices can be put into a drive while the machine runs.', {
    path: '/disk/source',
    next: 'Change it for the next start.',
  });
};

/**
 * Changes the medium of a CD-ROM or floppy drive of a running machine, or empties it.
 *
 * @throws TapestryError `disk-missing`, `disk-unreadable`, `disk-in-use`, `qmp` (the guest locked the tray), `unsupported-operation`
 */
export async function updateDrive(change: LiveChange): Promise<LiveOutcome> {
  const { run, machine } = change;
  const document = parseXml(run.record.liveXml);
  const found = findDevice(document, change.wanted);
  const alias = aliasOf(found);
  const oldText = textOf(document, found);
  const completed = completedFrom(change.text, document, found);
  const [old, wanted] = [readDisk(oldText), readDisk(completed)];
  if (alias === undefined || (old.device !== 'cdrom' && old.device !== 'floppy')) {
    throw new TapestryError('unsupported-operation', 'Only the medium of a CD-ROM or floppy drive can be changed while the machine runs.', {
      next: 'Change the disk for the next start.',
    });
  }
  if (old.device !== wanted.device || old.bus !== wanted.bus) {
    throw new TapestryError('unsupported-operation', 'The kind and the bus of a drive can’t be changed while the machine runs.', {
      next: 'Change them for the next start.',
    });
  }
  const readOnly = wanted.readOnly || wanted.device === 'cdrom';
  const id = blockDeviceId(old.bus, alias);
  const insert = async (path: string | undefined, format: string, limits: Disk): Promise<void> => {
    if (path === undefined) await run.qmp.execute('eject', { id, force: false });
    else {
      await run.qmp.execute('blockdev-change-medium', {
        id,
        filename: path,
        format,
        'read-only-mode': readOnly ? 'read-only' : 'read-write',
      });
      // Limits are of a medium that is there: an empty drive has none.
      if (old.iotune !== undefined || wanted.iotune !== undefined) {
        const { command, arguments: args } = throttleCommand(limits, alias);
        await run.qmp.execute(command, args);
      }
    }
  };
  const medium = mediumOf(wanted);
  const before = mediumOf(old);
  const image = imageOf(wanted);
  if (image !== undefined) await checkImages([image], change.held(machine.uuid));
  await insert(medium, wanted.driver.type ?? 'raw', wanted);
  const { images } = run.record;
  await run.update({
    liveXml: withReplaced(document, found, completed).text,
    images: [...images.filter((one) => one.path !== before), ...(image === undefined ? [] : [{ ...image }])],
  });
  change.announce();
  return {
    state: 'done',
    undo: async () => {
      await insert(before, old.driver.type ?? 'raw', old);
      const now = parseXml(run.record.liveXml);
      await run.update({ liveXml: withReplaced(now, findDevice(now, found), oldText).text, images });
      change.announce();
    },
  };
}
