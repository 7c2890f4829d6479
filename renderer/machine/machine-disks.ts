import { attributeValue, childElements, firstChild } from '../../shared/domain-xml/xml/nodes.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { readPlace } from '../xml/edits.ts';

/** An image file that a definition names. */
export interface MachineDisk {
  readonly path: string;
  /** `vda`, `sda`. */
  readonly target: string;
  /** Why it is not offered for deletion by itself: a CD-ROM, read-only, shared. */
  readonly spare: string | undefined;
}

/** The image files of a definition, for the question what to delete with it. Nothing when the text can't be read. */
export function machineDisks(xml: string): readonly MachineDisk[] {
  const devices = firstChild(parseXml(xml).root, 'devices');
  if (!devices) return [];
  return childElements(devices, 'disk').flatMap((disk) => {
    const path = readPlace(disk, 'source/@file');
    if (path === undefined) return [];
    const kind = attributeValue(disk, 'device');
    const spare =
      kind === 'cdrom' || kind === 'floppy'
        ? 'installation medium'
        : firstChild(disk, 'readonly')
          ? 'read-only'
          : firstChild(disk, 'shareable')
            ? 'shared with other machines'
            : undefined;
    return [{ path, target: readPlace(disk, 'target/@dev') ?? '', spare }];
  });
}
