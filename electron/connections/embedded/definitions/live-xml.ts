import { childAttribute } from '../../../../shared/domain-xml/edit/texts.ts';
import { applySplices, attributeSplice, type Splice } from '../../../../shared/domain-xml/xml/edit.ts';
import { attributeValue, childElements, firstChild, type XmlElement } from '../../../../shared/domain-xml/xml/nodes.ts';
import { parsedDefinition } from './parsed-definition.ts';

/** What is known only once QEMU runs. */
export interface LiveFacts {
  readonly id: number;
  /** Slave side of the pty of each character device, by alias (`serial0`). */
  readonly ttys: ReadonlyMap<string, string>;
  /** Host device of each NIC that has one, by alias (`net0`). */
  readonly hostDevices: ReadonlyMap<string, string>;
}

const characterDevices = ['serial', 'parallel', 'console', 'channel'];

/** The alias of a device element, as a running domain's XML has it. */
export function aliasOf(element: XmlElement): string | undefined {
  const alias = firstChild(element, 'alias');
  return alias === undefined ? undefined : attributeValue(alias, 'name');
}

/**
 * Writes into the live XML what the start found out: the domain's id, pty paths (`<source path>`, and `tty` of the
 * console, as libvirt does), names of the host devices (`<target dev>`).
 */
export function withLiveFacts(xml: string, facts: LiveFacts): string {
  const document = parsedDefinition(xml);
  const splices: Splice[] = [...attributeSplice(document, document.root, 'id', String(facts.id))];
  const devices = firstChild(document.root, 'devices');
  for (const device of devices === undefined ? [] : childElements(devices)) {
    const alias = aliasOf(device);
    if (alias === undefined) continue;
    const tty = facts.ttys.get(alias);
    if (tty !== undefined && characterDevices.includes(device.name) && attributeValue(device, 'type') === 'pty') {
      splices.push(...childAttribute(document, device, 'source', 'path', tty));
      if (device.name === 'console') splices.push(...attributeSplice(document, device, 'tty', tty));
    }
    const hostDevice = facts.hostDevices.get(alias);
    if (hostDevice !== undefined && device.name === 'interface')
      splices.push(...childAttribute(document, device, 'target', 'dev', hostDevice));
  }
  return applySplices(document, splices).text;
}
