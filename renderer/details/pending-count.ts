import { attributeValue, childElements, firstChild, textContent, type XmlElement } from '../../shared/domain-xml/xml/nodes.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { deviceList } from '../devices/device-list.ts';
import { saysTheSame } from '../forms/same-device.ts';

/** Elements of the domain that a running machine keeps until its next start; amounts of memory are compared as amounts. */
const parts = ['title', 'description', 'vcpu', 'cpu', 'features', 'clock'] as const;

const factors: Readonly<Record<string, number>> = { b: 1 / 1024, KiB: 1, k: 1, K: 1, MiB: 1024, M: 1024, GiB: 1024 ** 2, G: 1024 ** 2 };

/** `<memory>` in KiB (formatdomain, "Memory Allocation": without a unit it is KiB); undefined for a unit that isn't compared. */
function kib(element: XmlElement | undefined): number | undefined {
  if (!element) return undefined;
  const factor = factors[attributeValue(element, 'unit') ?? 'KiB'];
  return factor === undefined ? undefined : Number(textContent(element)) * factor;
}

/**
 * How many parts and devices of a running machine differ from its stored definition: what waits for the next start. Pure.
 * @throws TapestryError when one of the texts is no XML
 */
export function pendingCount(stored: string, live: string): number {
  const ours = parseXml(stored);
  const theirs = parseXml(live);
  const devices = deviceList(ours, theirs).filter((entry) => entry.state !== 'same').length;
  const differing = parts.filter((name) => {
    const own = firstChild(ours.root, name);
    const run = firstChild(theirs.root, name);
    return own !== undefined && (run === undefined || !saysTheSame(own, run));
  }).length;
  // A machine type may be an alias (q35) of what runs (pc-q35-10.0): that alone is no change.
  const [ownOs, runOs] = [firstChild(ours.root, 'os'), firstChild(theirs.root, 'os')];
  const unlike = (own: XmlElement) =>
    own.name !== 'type' && !(runOs && childElements(runOs, own.name).some((run) => saysTheSame(own, run)));
  const os = ownOs && childElements(ownOs).some(unlike) ? 1 : 0;
  const memory = [kib(firstChild(ours.root, 'memory')), kib(firstChild(theirs.root, 'memory'))];
  return devices + differing + os + (memory[0] !== undefined && memory[1] !== undefined && memory[0] !== memory[1] ? 1 : 0);
}
