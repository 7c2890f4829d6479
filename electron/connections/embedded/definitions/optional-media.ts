import { stat } from 'node:fs/promises';
import { applySplices, elementAt, removalSplice } from '../../../../shared/domain-xml/index.ts';
import { leadsNowhere } from '../../../files/if-there.ts';
import { fileOf } from '../../../qemu/plan/planned-image.ts';
import { parsedDefinition, readingOf } from './parsed-definition.ts';

/** What a start goes on without. */
export interface LeftOut {
  readonly path: string;
  readonly target: string;
  /** The drive is there, and empty; else the disk itself is left out. */
  readonly drive: boolean;
}

const isMissing = async (path: string): Promise<boolean> => stat(path).then(() => false, leadsNowhere);

/**
 * The definition without the images that it doesn't insist on (`startupPolicy='optional'`, formatdomain "source") and that aren't there: a CD-ROM
 * or floppy drive is empty then, another disk is left out, as libvirt does (qemuDomainCheckRemoveOptionalDisk). `requisite` and `mandatory`, the
 * default, demand them at a start.
 *
 * @param xml a definition that can be read
 */
export async function withoutMissingMedia(xml: string): Promise<{ readonly xml: string; readonly leftOut: readonly LeftOut[] }> {
  const document = parsedDefinition(xml);
  const leftOut: LeftOut[] = [];
  const splices = [];
  for (const disk of readingOf(xml).domain.devices.disks) {
    const path = disk.source.startupPolicy === 'optional' ? fileOf(disk.source) : undefined;
    if (path === undefined || !(await isMissing(path))) continue;
    const drive = disk.device === 'cdrom' || disk.device === 'floppy';
    const element = elementAt(document, drive ? disk.source.path : disk.path);
    if (element === undefined) continue;
    splices.push(removalSplice(document, element));
    leftOut.push({ path, target: disk.target, drive });
  }
  return { xml: splices.length === 0 ? xml : applySplices(document, splices).text, leftOut };
}

/** One sentence for the machine's activity. */
export function leftOutWords({ path, target, drive }: LeftOut): string {
  return drive ? `${path} is not there: ${target} starts empty` : `${path} is not there: started without ${target}`;
}
