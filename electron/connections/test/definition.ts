import type { MachineSummary } from '../../../shared/contract/machines.ts';
import { osinfoIdOf } from '../../../shared/domain-xml/read/libosinfo.ts';
import {
  newDomain,
  parseXml,
  readDevice,
  readDomain,
  serializeXml,
  setUuid,
  updateInterface,
  type NewDomain,
} from '../../../shared/domain-xml/index.ts';
import { replaceElement, removeElement } from '../../../shared/domain-xml/edit/places.ts';
import { withDevice } from '../../../shared/domain-xml/edit/texts.ts';
import type { Domain } from '../../../shared/domain/domain.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import { TapestryError } from '../../../shared/errors.ts';

/** The definition of a machine with a disk of its own. Memory in GiB. */
export function testDefinition({
  memoryGiB,
  ...machine
}: Omit<NewDomain, 'memoryKiB' | 'type'> & { type?: 'kvm' | 'qemu'; memoryGiB: number }): string {
  return newDomain({
    type: 'kvm',
    memoryKiB: memoryGiB * 1024 ** 2,
    emulator: '/usr/bin/qemu-system-x86_64',
    disks: [{ file: `/home/user/.local/share/tapestry/images/${machine.name}.qcow2`, format: 'qcow2' }],
    guestAgent: false,
    ...machine,
  });
}

/**
 * Reads a definition.
 * @throws TapestryError `xml-syntax`, or `xml-invalid` for the first thing wrong with it
 */
export function readDefinition(xml: string): Domain {
  const { domain, problems } = readDomain(parseXml(xml));
  const wrong = problems.find(({ severity }) => severity === 'error');
  if (wrong !== undefined) throw new TapestryError('xml-invalid', wrong.message, { path: wrong.path });
  return domain;
}

/** The definition with this UUID in it. */
export function withUuid(xml: string, uuid: string): string {
  return serializeXml(setUuid(parseXml(xml), uuid));
}

/**
 * Reads one NIC by itself, as attach-device is given it.
 * @throws TapestryError `xml-syntax`, or `unsupported-operation` for other devices: no other is known here
 */
export function readNic(xml: string): Interface {
  const { device } = readDevice(parseXml(xml));
  if (device?.kind !== 'interface') throw new TapestryError('unsupported-operation', 'Only NICs can be attached here.');
  return device;
}

/**
 * Attaches, changes or detaches the NIC of this MAC.
 * @throws TapestryError `not-found`
 */
export function changeNic(xml: string, how: 'attach' | 'update' | 'detach', nic: string): string {
  const document = parseXml(xml);
  if (how === 'attach') return serializeXml(withDevice(document, nic));
  const { mac } = readNic(nic);
  const old = readDomain(document).domain.devices.interfaces.find((other) => other.mac === mac);
  if (old === undefined) throw new TapestryError('not-found', `no device found with MAC ${mac ?? ''}`);
  return how === 'detach' ? removeElement(xml, old.path) : replaceElement(xml, old.path, nic);
}

/** The XML of the machine as it runs: with its id, with aliases for its NICs, and a name for each TAP that a host has made. */
export function liveXml(xml: string, id: number): string {
  let document = parseXml(xml);
  const { name, devices } = readDomain(document).domain;
  for (const [n, nic] of devices.interfaces.entries())
    document = updateInterface(document, nic.path, {
      ...nic,
      alias: `net${n}`,
      ...(nic.type === 'bridge' && nic.target === undefined ? { target: `tap-${name.slice(0, 8)}${n}` } : {}),
    });
  return serializeXml(document).replace(/<domain\b/, `<domain id='${id}'`);
}

/** What a definition says of its machine for the list. */
export function factsOf(
  xml: string,
): Pick<
  MachineSummary,
  'name' | 'title' | 'vcpus' | 'memoryKiB' | 'maxMemoryKiB' | 'type' | 'arch' | 'machine' | 'os' | 'macs' | 'networks' | 'consoles'
> {
  const { name, title, type, memory, vcpus, devices } = readDefinition(xml);
  const os = osinfoIdOf(parseXml(xml).root);
  return {
    name,
    ...(title === undefined ? {} : { title }),
    vcpus: vcpus.max,
    memoryKiB: memory.size,
    maxMemoryKiB: memory.size,
    type: type === 'kvm' || type === 'qemu' ? type : 'other',
    arch: 'x86_64',
    machine: 'q35',
    ...(os === undefined ? {} : { os }),
    macs: devices.interfaces.flatMap(({ mac }) => (mac === undefined ? [] : [mac])),
    networks: devices.interfaces.map(({ type: kind, source }) => ({
      type: kind,
      source: source.type === 'network' ? source.network : source.type === 'bridge' ? source.bridge : null,
    })),
    consoles: devices.serials.map((_, n) => ({ alias: `serial${n}`, label: `Serial ${n + 1}`, interactive: true })),
  };
}
