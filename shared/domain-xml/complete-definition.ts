import { defaultNicModel } from './read/devices/interface-names.ts';
import { generateMac } from './read/devices/mac.ts';
import { readDomain } from './read/read-domain.ts';
import { addDevice, updateDevice } from './write/devices.ts';
import { setOs, setUuid } from './write/domain.ts';
import type { XmlDocument } from './xml/nodes.ts';

/** What a definition is completed with; everything is optional and defaults to random identities and x86_64. */
export interface DefinitionFacts {
  /** Architecture of a domain that names none (the host's). */
  readonly arch?: string;
  /** Machine type of a domain that names none. */
  readonly machine?: string;
  /** Turns an alias as `pc` or `q35` into the version it stands for, as libvirt stores it. */
  readonly resolveMachine?: (machine: string, arch: string) => string;
  readonly newUuid?: () => string;
  readonly newMac?: () => string;
}

/**
 * Writes into a definition what libvirt writes at define time and a person then sees: UUID, architecture and machine type, MAC
 * addresses, NIC models, the memory balloon. Idempotent: a complete definition comes back as it is, character by character.
 * PCI addresses and controllers are assigned by the launch plan.
 */
export function completeDefinition(document: XmlDocument, facts: DefinitionFacts = {}): XmlDocument {
  const newUuid = facts.newUuid ?? (() => crypto.randomUUID());
  const newMac = facts.newMac ?? (() => generateMac());
  let edited = document;
  const { domain } = readDomain(document);
  if (domain.uuid === undefined) edited = setUuid(edited, newUuid());
  const arch = domain.os.arch ?? facts.arch ?? 'x86_64';
  const named = domain.os.machine ?? facts.machine;
  const machine = named === undefined ? undefined : (facts.resolveMachine?.(named, arch) ?? named);
  if (domain.os.arch !== arch || domain.os.machine !== machine) {
    edited = setOs(edited, { ...domain.os, arch, ...(machine === undefined ? {} : { machine }) });
  }
  const taken = new Set(domain.devices.interfaces.flatMap(({ mac }) => (mac === undefined ? [] : [mac])));
  const freshMac = (): string => {
    for (let tries = 0; tries < 100; tries += 1) {
      const mac = newMac();
      if (!taken.has(mac)) {
        taken.add(mac);
        return mac;
      }
    }
    return newMac();
  };
  for (const nic of domain.devices.interfaces) {
    const model = nic.model ?? defaultNicModel(nic.type, arch, machine);
    const mac = nic.mac ?? freshMac();
    if (mac !== nic.mac || model !== nic.model)
      edited = updateDevice(edited, nic.path, { ...nic, mac, ...(model === undefined ? {} : { model }) });
  }
  if (domain.devices.memballoon === undefined) {
    edited = addDevice(edited, { kind: 'memballoon', path: '', model: 'virtio', driver: {} }).document;
  }
  return edited;
}
