import type { DeviceAddress } from '../domain/address.ts';
import type { Device } from '../domain/domain.ts';
import { plainMac } from './read/devices/mac.ts';
import { attributeValue, childElements, firstChild, type XmlElement } from './xml/nodes.ts';

/**
 * What tells one device from another of its kind in two XMLs of a machine: that which runs and that which is stored. Never its place in
 * the list: that changes when another device comes or goes.
 */
export interface DeviceMarks {
  /** Element name, with what a device never changes without being another one (type of a controller, an input, a graphics). */
  readonly kind: string;
  /** What its kind has once only: a disk's target, a NIC's MAC, a port's number, a channel's name, … */
  readonly target: string | undefined;
  /** The whole `<alias name>`: a user's (`ua-…`), or what the start gave it. */
  readonly alias: string | undefined;
  /** `<address>`, complete ones only, with its numbers as numbers. */
  readonly address: string | undefined;
}

const wholeNumber = (text: string | undefined): string | undefined =>
  text === undefined || text === '' ? undefined : String(Number(text));

const childValue = (element: XmlElement, child: string, attribute: string): string | undefined => {
  const found = firstChild(element, child);
  return found === undefined ? undefined : attributeValue(found, attribute);
};

/** Attributes of an address that say where a device sits; the others say how it does. */
const places: Readonly<Record<string, readonly string[]>> = {
  pci: ['domain', 'bus', 'slot', 'function'],
  drive: ['controller', 'bus', 'target', 'unit'],
  usb: ['bus', 'port'],
  'virtio-serial': ['controller', 'bus', 'port'],
  ccid: ['controller', 'slot'],
  isa: ['iobase', 'irq'],
  ccw: ['cssid', 'ssid', 'devno'],
  'spapr-vio': ['reg'],
  dimm: ['slot', 'base'],
};
/** That without which an address leaves its place open, to be assigned. */
const decisive: Readonly<Record<string, string>> = {
  pci: 'slot',
  usb: 'port',
  ccw: 'devno',
  dimm: 'slot',
  isa: 'iobase',
  'spapr-vio': 'reg',
};

const addressMark = (type: string, read: (name: string) => string | undefined): string | undefined => {
  const names = places[type];
  const needed = decisive[type];
  if (names === undefined || (needed !== undefined && read(needed) === undefined)) return undefined;
  // Port 0 of a virtio-serial controller is to be assigned.
  if (type === 'virtio-serial' && Number(read('port') ?? 0) === 0) return undefined;
  const said = names.map((name) => [name, read(name)] as const).filter(([name, value]) => value !== undefined || name !== 'irq');
  return `${type} ${said.map(([name, value]) => (name === 'port' && type === 'usb' ? value : String(Number(value ?? 0)))).join(':')}`;
};

/** The mark of an `<address>` element. */
const elementAddress = (element: XmlElement): string | undefined => {
  const address = firstChild(element, 'address');
  const type = address === undefined ? undefined : attributeValue(address, 'type');
  if (address === undefined || type === undefined) return undefined;
  return addressMark(type, (name) => attributeValue(address, name));
};

const modelAddress = (address: DeviceAddress | undefined): string | undefined => {
  if (address === undefined) return undefined;
  const said = address as unknown as Readonly<Record<string, unknown>>;
  return addressMark(address.type, (name) => {
    const value = said[name];
    if (value === undefined) return undefined;
    return Array.isArray(value) ? value.join('.') : String(value as number | bigint);
  });
};

/** EHCI and its companions share an index (formatdomain, "Controllers"). */
const controllerTarget = (type: string, index: string | undefined, model: string | undefined): string | undefined =>
  index === undefined ? undefined : `${type} ${index}${model?.startsWith('ich9-') === true ? ` ${model}` : ''}`;

const elementTarget = (element: XmlElement): string | undefined => {
  const of = (name: string) => attributeValue(element, name);
  switch (element.name) {
    case 'disk':
      return childValue(element, 'target', 'dev');
    case 'interface': {
      const mac = childValue(element, 'mac', 'address');
      return mac === undefined ? undefined : plainMac(mac);
    }
    case 'serial':
    case 'parallel':
    case 'console':
      return wholeNumber(childValue(element, 'target', 'port'));
    case 'channel': {
      const [address, port] = [childValue(element, 'target', 'address'), childValue(element, 'target', 'port')];
      return childValue(element, 'target', 'name') ?? (address === undefined ? undefined : `${address}:${port ?? ''}`);
    }
    case 'controller':
      return controllerTarget(of('type') ?? '', wholeNumber(of('index')), of('model'));
    case 'filesystem':
      return childValue(element, 'target', 'dir');
    case 'shmem':
      return of('name');
    case 'audio':
      return wholeNumber(of('id'));
    case 'hostdev':
      return hostdevTarget(element);
    default:
      return undefined;
  }
};

/** What a host device is of this host, all numbers as numbers: `<source>` with what stands in it. */
const hostdevTarget = (element: XmlElement): string | undefined => {
  const source = firstChild(element, 'source');
  if (source === undefined) return undefined;
  const said = (one: XmlElement): string =>
    [
      one.name,
      ...one.attributes
        .filter(({ name }) => !['startupPolicy', 'guestReset', 'writeFiltering'].includes(name))
        .map(({ name, value }) => `${name}=${Number.isNaN(Number(value)) ? value : String(Number(value))}`)
        .toSorted(),
      ...childElements(one)
        .filter(({ name }) => name !== 'auth' && name !== 'initiator')
        .map(said),
    ].join(' ');
  return said(source);
};

const elementKind = (element: XmlElement): string => {
  const of = (name: string) => attributeValue(element, name) ?? '';
  switch (element.name) {
    case 'input':
      return `input ${of('type')} ${of('bus') === '' ? (of('type') === 'tablet' ? 'usb' : 'ps2') : of('bus')}`;
    case 'controller':
    case 'graphics':
    case 'hostdev':
      return `${element.name} ${of('type')}`;
    case 'console':
    case 'channel':
      return `${element.name} ${childValue(element, 'target', 'type') ?? (element.name === 'console' ? 'serial' : '')}`;
    default:
      return element.name;
  }
};

/** The marks of a device element. Pure. */
export function elementMarks(element: XmlElement): DeviceMarks {
  return {
    kind: elementKind(element),
    target: elementTarget(element),
    alias: childValue(element, 'alias', 'name'),
    address: elementAddress(element),
  };
}

const modelTarget = (device: Device): string | undefined => {
  switch (device.kind) {
    case 'disk':
      return device.target === '' ? undefined : device.target;
    case 'interface':
      return device.mac === undefined ? undefined : plainMac(device.mac);
    case 'serial':
    case 'parallel':
    case 'console':
      return device.port === undefined ? undefined : String(device.port);
    case 'channel':
      return device.target.type === 'guestfwd' ? `${device.target.address}:${String(device.target.port)}` : device.target.name;
    case 'controller':
      return controllerTarget(device.type, device.index === undefined ? undefined : String(device.index), device.model);
    case 'filesystem':
      return device.target;
    case 'shmem':
      return device.name;
    case 'audio':
      return String(device.id);
    case 'hostdev':
      return JSON.stringify({ ...device.source, startupPolicy: undefined, guestReset: undefined, writeFiltering: undefined });
    default:
      return undefined;
  }
};

const modelKind = (device: Device): string => {
  switch (device.kind) {
    case 'input':
      return `input ${device.type} ${device.bus ?? (device.type === 'tablet' ? 'usb' : 'ps2')}`;
    case 'controller':
    case 'graphics':
      return `${device.kind} ${device.type}`;
    case 'hostdev':
      return `hostdev ${device.source.type}`;
    case 'console':
      return `console ${device.targetType ?? 'serial'}`;
    case 'channel':
      return `channel ${device.target.type}`;
    default:
      return device.kind;
  }
};

/** The marks of a device of the model. Two devices of the model are compared by these, two elements by theirs. Pure. */
export function deviceMarks(device: Device): DeviceMarks {
  return {
    kind: modelKind(device),
    target: modelTarget(device),
    alias: 'alias' in device ? device.alias : undefined,
    address: 'address' in device ? modelAddress(device.address) : undefined,
  };
}

/** Only a user's own alias is the same from run to run. */
const ownAlias = ({ alias }: DeviceMarks): string | undefined => (alias?.startsWith('ua-') === true ? alias : undefined);

const agree = (a: string | undefined, b: string | undefined): boolean => a !== undefined && a === b;
const clash = (a: string | undefined, b: string | undefined): boolean => a !== undefined && b !== undefined && a !== b;

/** Can these two be one device, by all that both say? */
const possible = (a: DeviceMarks, b: DeviceMarks): boolean =>
  !clash(ownAlias(a), ownAlias(b)) && !clash(a.target, b.target) && !clash(a.address, b.address);

/**
 * Which device of the one XML is which of the other: by the user's alias, else by what its kind has once only, else by its address. What
 * says none of these, or was given them since, is the other's if both are alike, or if it is the only one left of its kind. Never by its
 * place in the list. Pure.
 *
 * @param alike are these two the same but for what a start fills in?
 * @returns the running device of each stored one that runs
 */
export function pairDevices<T>(
  stored: readonly T[],
  live: readonly T[],
  marks: (device: T) => DeviceMarks,
  alike: (stored: T, live: T) => boolean,
): ReadonlyMap<T, T> {
  const paired = new Map<T, T>();
  const marked = new Map([...stored, ...live].map((device) => [device, marks(device)]));
  const of = (device: T): DeviceMarks => marked.get(device) ?? marks(device);
  const left = new Set(live);
  const round = (same: (a: DeviceMarks, b: DeviceMarks, own: T, other: T) => boolean): void => {
    for (const own of stored) {
      if (paired.has(own)) continue;
      const mine = of(own);
      const found = [...left].find((other) => of(other).kind === mine.kind && same(mine, of(other), own, other));
      if (found === undefined) continue;
      paired.set(own, found);
      left.delete(found);
    }
  };
  round((a, b) => agree(ownAlias(a), ownAlias(b)));
  round((a, b) => agree(a.target, b.target) && agree(a.address, b.address) && !clash(ownAlias(a), ownAlias(b)));
  round((a, b) => agree(a.target, b.target) && !clash(ownAlias(a), ownAlias(b)));
  round((a, b) => agree(a.address, b.address) && possible(a, b));
  round((a, b, own, other) => possible(a, b) && alike(own, other));
  const ofKind = (devices: readonly T[], kind: string) => devices.filter((device) => of(device).kind === kind);
  for (const own of stored.filter((device) => !paired.has(device))) {
    const { kind } = of(own);
    const [mine, others] = [ofKind(stored, kind).filter((device) => !paired.has(device)), ofKind([...left], kind)];
    const [other] = others;
    if (mine.length !== 1 || others.length !== 1 || other === undefined || !possible(of(own), of(other))) continue;
    paired.set(own, other);
    left.delete(other);
  }
  return paired;
}
