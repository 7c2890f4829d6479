import { freeTarget, targetPrefix } from '../../../shared/domain-xml/build/disk-target.ts';
import { childElements, firstChild, type XmlDocument, type XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import { readPlace } from '../../xml/edits.ts';

const targets = (document: XmlDocument, except?: XmlElement): readonly string[] => {
  const devices = firstChild(document.root, 'devices');
  if (!devices) return [];
  return childElements(devices, 'disk')
    .filter((disk) => disk !== except)
    .map((disk) => readPlace(disk, 'target/@dev') ?? '');
};

/** The first target of a bus that no disk of the definition has. */
export function freeTargetIn(document: XmlDocument, bus: string): string {
  return freeTarget(targets(document), bus);
}

/** What is wrong with a target's name; undefined when it may be used. */
export function targetProblem(document: XmlDocument, disk: XmlElement, name: string): string | undefined {
  if (!/^(vd|sd|hd|fd|xvd)[a-z]+$/.test(name)) return 'A name as vda, sda, hda or fda.';
  if (targets(document, disk).includes(name)) return `Another disk of this machine is ${name} already.`;
  const bus = readPlace(disk, 'target/@bus');
  if (bus !== undefined && !name.startsWith(targetPrefix(bus))) return `On this bus the name begins with ${targetPrefix(bus)}.`;
  return undefined;
}
