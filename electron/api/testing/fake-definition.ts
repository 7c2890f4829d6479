import type { MachineSummary } from '../../../shared/contract/machines.ts';
import { sampleMachine } from '../../../shared/contract/testing/samples.ts';
import {
  addDeviceXml,
  newDomain,
  parseXml,
  readDevice,
  readDomain,
  removeDevice,
  replaceDeviceXml,
  serializeXml,
  setUuid,
  updateDevice,
  type NewDomain,
} from '../../../shared/domain-xml/index.ts';
import type { Domain } from '../../../shared/domain/domain.ts';
import type { Interface } from '../../../shared/domain/interface.ts';
import { TapestryError } from '../../../shared/errors.ts';

/** The definition of a fake machine, with a disk of its own and an empty CD drive's worth of devices. Memory in GiB. */
export function fakeDefinition({
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

/** What a NIC is plugged into, by name; null for one that has no such thing. */
export function sourceName({ source }: Interface): string | null {
  return source.type === 'bridge'
    ? source.bridge
    : source.type === 'network'
      ? source.network
      : source.type === 'direct'
        ? source.dev
        : null;
}

/**
 * Reads one NIC by itself, as attach-device is given it.
 * @throws TapestryError `xml-syntax`, or `unsupported-operation` for other devices: the fake knows no other
 */
export function readNic(xml: string): Interface {
  const { device } = readDevice(parseXml(xml));
  if (device?.kind !== 'interface') throw new TapestryError('unsupported-operation', 'The fake attaches NICs only.');
  return device;
}

/**
 * Attaches, changes or detaches the NIC of this MAC.
 * @throws TapestryError `not-found`
 */
export function changeNic(xml: string, how: 'attach' | 'update' | 'detach', nic: string): string {
  const document = parseXml(xml);
  if (how === 'attach') return serializeXml(addDeviceXml(document, nic).document);
  const { mac } = readNic(nic);
  const old = readDomain(document).domain.devices.interfaces.find((other) => other.mac === mac);
  if (old === undefined) throw new TapestryError('not-found', `no device found with MAC ${mac ?? ''}`);
  return serializeXml(how === 'detach' ? removeDevice(document, old.path) : replaceDeviceXml(document, old.path, nic));
}

/** The XML of the machine as it runs: with its id, and a TAP for each NIC that has one. */
export function liveXml(xml: string, id: number): string {
  let document = parseXml(xml);
  const { name, devices } = readDomain(document).domain;
  for (const [n, nic] of devices.interfaces.entries()) {
    if (nic.target === undefined && (nic.type === 'bridge' || nic.type === 'ethernet'))
      document = updateDevice(document, nic.path, { ...nic, target: `tap-${name.slice(0, 8)}${n}` });
  }
  return serializeXml(document).replace(/<domain\b/, `<domain id='${id}'`);
}

/** The summary of a machine that is off. */
export function summaryOf(xml: string, uuid: string): MachineSummary {
  const { name, title, type, memory, vcpus, devices } = readDefinition(xml);
  return sampleMachine(name, {
    uuid,
    ...(title === undefined ? {} : { title }),
    vcpus: vcpus.max,
    memoryKiB: memory.size,
    maxMemoryKiB: memory.size,
    type: type === 'kvm' || type === 'qemu' ? type : 'other',
    machine: 'q35',
    macs: devices.interfaces.map(({ mac }) => mac ?? ''),
    consoles: devices.serials.map((_, n) => ({ alias: `serial${n}`, label: `Serial ${n + 1}`, interactive: true })),
  });
}
