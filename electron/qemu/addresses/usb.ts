import type { UsbAddress } from '../../../shared/domain/index.ts';
import { invalid, type DraftController, type DraftDomain, type Placed } from '../plan/draft.ts';

/** Ports of QEMU's USB controllers; companions of an EHCI serve its ports and have none of their own. */
const controllerPorts: Readonly<Record<string, number>> = {
  'piix3-uhci': 2,
  'piix4-uhci': 2,
  ehci: 6,
  'ich9-ehci1': 6,
  'vt82c686b-uhci': 2,
  'pci-ohci': 3,
  'nec-xhci': 4,
  'qemu-xhci': 4,
};
const HUB_PORTS = 8;
/** Hubs may be nested this deep below a root port (QEMU's usb-bus has at most 5 tiers). */
const MAX_DEPTH = 4;

interface PortGroup {
  readonly ports: number;
  readonly used: Set<number>;
  readonly hubs: Map<number, PortGroup>;
}

const group = (ports: number): PortGroup => ({ ports, used: new Set(), hubs: new Map() });

/** How many ports the controller offers; undefined for companions and `none`. */
const portsOf = (controller: DraftController): number | undefined => {
  if (controller.model === undefined || controller.model === 'none' || /^ich9-uhci[123]$/.test(controller.model)) return undefined;
  if (controller.model === 'nec-xhci' || controller.model === 'qemu-xhci') return controller.ports ?? 4;
  return controllerPorts[controller.model];
};

/** USB devices of the domain in the order in which libvirt gives out ports. */
const usbDevices = (draft: DraftDomain): Placed[] => {
  const d = draft.devices;
  return [
    ...d.hostdevs.filter((h) => h.source.type === 'usb'),
    ...d.disks.filter((disk) => disk.bus === 'usb'),
    ...d.controllers.filter((c) => c.type === 'ccid'),
    ...d.inputs.filter((i) => i.bus === 'usb'),
    ...d.sounds.filter((s) => s.model === 'usb'),
    ...d.serials.filter((s) => s.targetType === 'usb-serial'),
    ...d.redirdevs,
    ...d.interfaces.filter((i) => i.model === 'usb-net'),
  ];
};

const needsPort = (device: Placed): boolean =>
  device.address === undefined || (device.address.type === 'usb' && device.address.port === undefined);

/**
 * Gives every USB device a port, adding hubs where the controllers have too few (libvirt: docs/formatdomain, "USB").
 *
 * @throws TapestryError `xml-invalid` when a port is used twice, doesn't exist, or there is no USB at all.
 */
export function assignUsb(draft: DraftDomain): void {
  const { devices: d } = draft;
  const users = usbDevices(draft);
  const none = d.controllers.find((c) => c.type === 'usb' && c.model === 'none');
  const first = users[0] ?? d.hubs[0];
  if (none !== undefined && first !== undefined)
    throw invalid(first.path, 'This device needs USB, which the domain turns off by a USB controller of model none.');
  if (none !== undefined || first === undefined) return;

  const buses = new Map<number, PortGroup>();
  for (const controller of d.controllers) {
    const ports = controller.type === 'usb' ? portsOf(controller) : undefined;
    if (ports !== undefined) buses.set(controller.index, group(ports));
  }
  if (buses.size === 0) throw invalid(first.path, 'This device needs a USB controller, and the domain has none.');
  addHubs(draft, buses, users);

  // Hubs that stand somewhere first, nearest to the root first, then devices that do.
  const given = (devices: readonly Placed[]) =>
    devices.flatMap(({ address, path }) =>
      address?.type === 'usb' && address.port !== undefined ? [{ path, address: { ...address, port: address.port } }] : [],
    );
  for (const hub of given(d.hubs).toSorted((a, b) => a.address.port.length - b.address.port.length))
    reserve(buses, hub.address, hub.path, true);
  for (const device of given(users)) reserve(buses, device.address, device.path, false);
  for (const hub of d.hubs) if (needsPort(hub)) assign(buses, hub, true);
  for (const device of users) if (needsPort(device)) assign(buses, device, false);
}

const addHubs = (draft: DraftDomain, buses: ReadonlyMap<number, PortGroup>, users: readonly Placed[]): void => {
  const { hubs } = draft.devices;
  const available = [...buses.values()].reduce((sum, bus) => sum + bus.ports, 0) + hubs.length * HUB_PORTS;
  const wanted = users.length + hubs.length;
  if (wanted <= available) return;
  const needed = Math.ceil((wanted - available + 1) / (HUB_PORTS - 1));
  for (let i = 0; i < needed; i++) hubs.push({ kind: 'hub', type: 'usb', path: '/domain/devices/hub', implicit: true });
};

const parentOf = (buses: ReadonlyMap<number, PortGroup>, address: UsbAddress & { port: readonly number[] }, path: string): PortGroup => {
  let at = buses.get(address.bus);
  if (at === undefined) throw invalid(`${path}/address/@bus`, `There is no USB controller with index ${address.bus}.`);
  for (const port of address.port.slice(0, -1)) {
    const hub: PortGroup | undefined = at.hubs.get(port);
    if (hub === undefined)
      throw invalid(
        `${path}/address/@port`,
        `There is no USB hub at port ${port} of bus ${address.bus} for the device at port ${address.port.join('.')}.`,
      );
    at = hub;
  }
  return at;
};

const reserve = (
  buses: ReadonlyMap<number, PortGroup>,
  address: UsbAddress & { port: readonly number[] },
  path: string,
  hub: boolean,
): void => {
  const parent = parentOf(buses, address, path);
  const port = address.port.at(-1) ?? 0;
  if (port < 1 || port > parent.ports)
    throw invalid(`${path}/address/@port`, `USB bus ${address.bus} has no port ${address.port.join('.')}.`);
  if (parent.used.has(port))
    throw invalid(`${path}/address/@port`, `USB port ${address.port.join('.')} of bus ${address.bus} is used twice.`);
  parent.used.add(port);
  if (hub) parent.hubs.set(port, group(HUB_PORTS));
};

const freePort = (at: PortGroup, prefix: readonly number[]): number[] | undefined => {
  for (let port = 1; port <= at.ports; port++) if (!at.used.has(port)) return [...prefix, port];
  if (prefix.length + 1 >= MAX_DEPTH) return undefined;
  for (const [port, hub] of [...at.hubs].toSorted(([a], [b]) => a - b)) {
    const found = freePort(hub, [...prefix, port]);
    if (found !== undefined) return found;
  }
  return undefined;
};

const assign = (buses: ReadonlyMap<number, PortGroup>, device: Placed, hub: boolean): void => {
  const asked = device.address?.type === 'usb' ? device.address.bus : undefined;
  for (const [bus, root] of [...buses].toSorted(([a], [b]) => a - b)) {
    if (asked !== undefined && asked !== bus) continue;
    const port = freePort(root, []);
    if (port === undefined) continue;
    const address = { type: 'usb', bus, port } as const;
    device.address = address;
    reserve(buses, address, device.path, hub);
    return;
  }
  throw invalid(
    device.path,
    asked === undefined ? 'There is no free USB port left for this device.' : `There is no free port on USB bus ${asked}, or no such bus.`,
  );
};
