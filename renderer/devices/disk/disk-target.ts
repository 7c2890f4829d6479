import { childElements, firstChild, type XmlDocument, type XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import { readPlace } from '../../xml/edits.ts';

/** Letters with which the targets of a bus begin (libvirt: formatdomain, "Hard drives", target). */
export function targetPrefix(bus: string): string {
  return { virtio: 'vd', ide: 'hd', fdc: 'fd', xen: 'xvd' }[bus] ?? 'sd';
}

const targets = (document: XmlDocument, except?: XmlElement): readonly string[] => {
  const devices = firstChild(document.root, 'devices');
  if (!devices) return [];
  return childElements(devices, 'disk')
    .filter((disk) => disk !== except)
    .map((disk) => readPlace(disk, 'target/@dev') ?? '');
};

/** `a` … `z`, `aa` …: the letters of the nth disk (from 0). */
export function diskLetters(index: number): string {
  return index < 26 ? String.fromCharCode(97 + index) : diskLetters(Math.floor(index / 26) - 1) + diskLetters(index % 26);
}

/** The first target of a bus that no disk of the definition has. */
export function freeTarget(document: XmlDocument, bus: string): string {
  const taken = targets(document);
  for (let index = 0; ; index += 1) {
    const name = targetPrefix(bus) + diskLetters(index);
    if (!taken.includes(name)) return name;
  }
}

/** What is wrong with a target's name; undefined when it may be used. */
export function targetProblem(document: XmlDocument, disk: XmlElement, name: string): string | undefined {
  if (!/^(vd|sd|hd|fd|xvd)[a-z]+$/.test(name)) return 'A name as vda, sda, hda or fda.';
  if (targets(document, disk).includes(name)) return `Another disk of this machine is ${name} already.`;
  const bus = readPlace(disk, 'target/@bus');
  if (bus !== undefined && !name.startsWith(targetPrefix(bus))) return `On this bus the name begins with ${targetPrefix(bus)}.`;
  return undefined;
}
