import type { PciAddress } from '../../../shared/domain/index.ts';
import { allPlaced, invalid, type DraftController, type DraftDomain, type Placed } from '../plan/draft.ts';
import { insertController } from './controllers.ts';
import { maxPciIndex } from '../../../shared/domain-xml/index.ts';
import { flaggedDevices, pciNeeds } from './pci-needs.ts';
import { connect, PciBuses, type PciModel, type PciPlace } from './pci-buses.ts';

const companions: Readonly<Record<string, number>> = { 'ich9-ehci1': 7, 'ich9-uhci1': 0, 'ich9-uhci2': 1, 'ich9-uhci3': 2 };

/** Is the place still open? A device without an address, or with `<address type='pci'/>`. */
const isWanted = (device: Placed): boolean => device.address === undefined || device.address.type === 'pci-auto';

const pciOf = (device: Placed): PciAddress | undefined => (device.address?.type === 'pci' ? device.address : undefined);

const put = (device: Placed, place: PciPlace, multifunction?: boolean): void => {
  const asked = device.address?.type === 'pci-auto' ? device.address.multifunction : undefined;
  const multi = multifunction ?? asked;
  device.address = { type: 'pci', domain: 0, ...place, ...(multi === undefined ? {} : { multifunction: multi }) };
};

/**
 * Gives every PCI device its address and adds the controllers that takes, exactly as libvirt 9.0 does it: one pass
 * that may grow buses, one that only fills in (docs/pci-addresses; formatdomain "Controllers").
 *
 * @throws TapestryError `xml-invalid` for double use, missing or wrong buses, or no place left.
 */
export function assignPci(draft: DraftDomain): void {
  const { controllers } = draft.devices;
  if (draft.chipset === 'isapc' || draft.chipset === 'microvm') {
    const claimed = flaggedDevices(draft).find(({ device, needs }) => needs !== 0 && isWanted(device));
    if (claimed !== undefined) throw invalid(claimed.device.path, `The machine type '${draft.machine}' has no PCI bus for this device.`);
    return;
  }
  // A bus has 8 bits (PCI Local Bus Specification; libvirt: "PCI controller index too high"). Here too, since the buses are a list.
  const beyond = pciControllers(draft).find((cont) => cont.index > maxPciIndex);
  if (beyond !== undefined) throw invalid(`${beyond.path}/@index`, `A PCI controller has an index of at most ${maxPciIndex}.`);
  const highest = Math.max(-1, ...pciControllers(draft).map((cont) => cont.index));
  const fallback: PciModel = draft.chipset === 'q35' ? 'pcie-root-port' : 'pci-bridge';

  const grown = busesOf(draft, highest + 1, fallback, true);
  reserveGiven(draft, grown);
  reserveChipset(draft, grown);
  // One slot is kept free for a bridge, unless everything is full and stays so; only conventional roots need it.
  if (draft.chipset === 'i440fx' && grown.hasFreeSlot()) grown.next(connect.pciDevice, '/domain/devices');
  const dry = snapshot(draft);
  assignSlots(draft, grown);
  // A new q35 domain whose controllers are ours to manage gets one port for hotplug.
  if (highest <= 0 && grown.buses.length > highest + 1 && draft.chipset === 'q35') {
    grown.next(connect.pcieDevice | connect.autoAssign, '/domain/devices');
  }
  restore(dry);
  for (let index = 1; index < grown.buses.length; index++) {
    if (controllers.some((cont) => cont.type === 'pci' && cont.index === index)) continue;
    const model = grown.buses[index]?.model ?? fallback;
    insertController(controllers, {
      kind: 'controller',
      type: 'pci',
      index,
      model,
      path: '/domain/devices/controller',
      driver: {},
      implicit: true,
    });
  }

  const final = busesOf(draft, Math.max(grown.buses.length, 1), fallback, false);
  reserveGiven(draft, final);
  reserveChipset(draft, final);
  assignSlots(draft, final);
  markMultifunction(draft);
  fillControllerTargets(draft);
}

const pciControllers = (draft: DraftDomain): DraftController[] => draft.devices.controllers.filter((cont) => cont.type === 'pci');

const busesOf = (draft: DraftDomain, count: number, fallback: PciModel, grows: boolean): PciBuses => {
  const models: (PciModel | undefined)[] = Array.from({ length: count }, () => undefined);
  for (const cont of pciControllers(draft)) models[cont.index] = cont.model as PciModel;
  return new PciBuses(models, fallback, grows, draft.capabilities.hasType('pcie-pci-bridge'));
};

const snapshot = (draft: DraftDomain): (readonly [Placed, Placed['address']])[] =>
  allPlaced(draft.devices).map((device) => [device, device.address]);

const restore = (saved: (readonly [Placed, Placed['address']])[]): void => {
  for (const [device, address] of saved) {
    if (address === undefined) delete device.address;
    else device.address = address;
  }
};

/** The controllers that are part of the i440fx chipset: QEMU makes them by itself, and they sit at slot 1. */
const isPiixFunction = (cont: DraftController): boolean =>
  cont.index === 0 && (cont.type === 'ide' || (cont.type === 'usb' && (cont.model === undefined || cont.model === 'piix3-uhci')));

/** The controllers among the devices, to be found by themselves: a machine may have very many of both. */
const controllersOf = (draft: DraftDomain): ReadonlyMap<Placed, DraftController> =>
  new Map(draft.devices.controllers.map((controller) => [controller, controller]));

const reserveGiven = (draft: DraftDomain, buses: PciBuses): void => {
  const controllers = controllersOf(draft);
  for (const { device, needs } of flaggedDevices(draft)) {
    const address = pciOf(device);
    if (address === undefined) continue;
    const cont = controllers.get(device);
    if (cont !== undefined && draft.chipset === 'i440fx' && isPiixFunction(cont) && address.bus === 0 && address.slot === 1) continue;
    if (cont !== undefined && draft.chipset === 'q35' && cont.type === 'sata' && cont.index === 0) continue;
    if (address.domain !== 0) throw invalid(`${device.path}/address/@domain`, 'Only PCI domain 0 can be used.');
    buses.reserve(address, needs === 0 ? connect.pciDevice | connect.pcieDevice : needs, device.path, true);
  }
};

const fixed = (cont: DraftController, slot: number, fn: number, what: string): void => {
  const address = pciOf(cont);
  if (address !== undefined && (address.bus !== 0 || address.slot !== slot || address.function !== fn)) {
    throw invalid(`${cont.path}/address`, `${what} must have the PCI address 0:0:${slot.toString(16)}.${fn}.`);
  }
  if (address === undefined) put(cont, { bus: 0, slot, function: fn });
};

/** Takes the places of what the chipset has built in, and puts the primary video card where it belongs. */
const reserveChipset = (draft: DraftDomain, buses: PciBuses): void => {
  if (buses.buses.length === 0) return;
  if (draft.chipset === 'i440fx') reservePiix3(draft, buses);
  else reserveQ35(draft, buses);
};

const reservePiix3 = (draft: DraftDomain, buses: PciBuses): void => {
  for (const cont of draft.devices.controllers) {
    if (!isPiixFunction(cont)) continue;
    if (cont.type === 'ide') fixed(cont, 1, 1, 'The primary IDE controller');
    else fixed(cont, 1, 2, 'The PIIX3 USB controller at index 0');
    buses.reserve({ bus: 0, slot: 1, function: pciOf(cont)?.function ?? 0 }, connect.pciDevice | connect.autoAssign, cont.path, true);
  }
  buses.reserve({ bus: 0, slot: 1, function: 0 }, connect.pciDevice | connect.autoAssign, '/domain/devices', true);
  primaryVideo(draft, buses, 2, connect.pciDevice | connect.autoAssign);
};

const reserveQ35 = (draft: DraftDomain, buses: PciBuses): void => {
  for (const cont of draft.devices.controllers) {
    if (cont.type === 'sata' && cont.index === 0) {
      fixed(cont, 0x1f, 2, 'The primary SATA controller');
      buses.reserve({ bus: 0, slot: 0x1f, function: 2 }, connect.pcieDevice, cont.path, false);
    } else if (cont.type === 'usb' && cont.model === 'ich9-uhci1' && isWanted(cont)) {
      const slot = [0x1d, 0x1a].find((candidate) => !buses.slotInUse(0, candidate));
      if (slot === undefined) continue;
      buses.reserve({ bus: 0, slot, function: 0 }, connect.pcieDevice, cont.path, false);
      put(cont, { bus: 0, slot, function: 0 }, true);
    } else if (cont.type === 'pci' && cont.model === 'dmi-to-pci-bridge' && isWanted(cont) && !buses.slotInUse(0, 0x1e)) {
      buses.reserve({ bus: 0, slot: 0x1e, function: 0 }, connect.dmiToPciBridge, cont.path, false);
      put(cont, { bus: 0, slot: 0x1e, function: 0 });
    }
  }
  buses.reserve({ bus: 0, slot: 0x1f, function: 0 }, connect.pcieDevice, '/domain/devices', false);
  buses.reserve({ bus: 0, slot: 0x1f, function: 3 }, connect.pcieDevice, '/domain/devices', false);
  primaryVideo(draft, buses, 1, connect.pcieDevice);
  const sound = draft.devices.sounds.find((s) => s.model === 'ich9' && isWanted(s));
  if (sound !== undefined && !buses.slotInUse(0, 0x1b)) {
    buses.reserve({ bus: 0, slot: 0x1b, function: 0 }, connect.pcieDevice, sound.path, false);
    put(sound, { bus: 0, slot: 0x1b, function: 0 });
  }
};

const primaryVideo = (draft: DraftDomain, buses: PciBuses, slot: number, needs: number): void => {
  const video = draft.devices.videos[0];
  if (video === undefined || video.model === 'none' || video.model === 'ramfb' || !isWanted(video)) return;
  if (buses.slotInUse(0, slot)) put(video, buses.next(pciNeeds(draft, 'video', video), video.path));
  else {
    buses.reserve({ bus: 0, slot, function: 0 }, needs, video.path, true);
    put(video, { bus: 0, slot, function: 0 });
  }
};

const assignSlots = (draft: DraftDomain, buses: PciBuses): void => {
  const controllers = controllersOf(draft);
  for (const { device, needs } of flaggedDevices(draft)) {
    if (needs === 0 || !isWanted(device)) continue;
    const cont = controllers.get(device);
    const fn = cont?.type === 'usb' && cont.model !== undefined ? companions[cont.model] : undefined;
    if (cont !== undefined && fn !== undefined) assignUsb2(draft, buses, cont, fn, needs);
    else put(device, buses.next(needs, device.path));
  }
};

/** The functions of one ICH9 USB2 controller share a slot. */
const assignUsb2 = (draft: DraftDomain, buses: PciBuses, cont: DraftController, fn: number, needs: number): void => {
  const sibling = draft.devices.controllers.find(
    (other) =>
      other.type === 'usb' &&
      other.index === cont.index &&
      other.model !== undefined &&
      other.model in companions &&
      pciOf(other) !== undefined,
  );
  const at = sibling === undefined ? undefined : pciOf(sibling);
  const multi = fn === 0 ? true : undefined;
  if (at === undefined) put(cont, buses.next(needs, cont.path, fn), multi);
  else {
    buses.reserve({ bus: at.bus, slot: at.slot, function: fn }, needs, cont.path, true);
    put(cont, { bus: at.bus, slot: at.slot, function: fn }, multi);
  }
};

/** Function 0 of a slot with several functions must say so. */
const markMultifunction = (draft: DraftDomain): void => {
  const addressed = flaggedDevices(draft).flatMap(({ device }) => {
    const address = pciOf(device);
    return address === undefined ? [] : [{ device, address }];
  });
  const slotOf = ({ bus, slot }: PciAddress): string => `${bus} ${slot}`;
  const shared = new Set(addressed.filter(({ address }) => address.function !== 0).map(({ address }) => slotOf(address)));
  for (const { device, address } of addressed) {
    if (address.function !== 0 || address.multifunction !== undefined || !shared.has(slotOf(address))) continue;
    device.address = { ...address, multifunction: true };
  }
};

const fillControllerTargets = (draft: DraftDomain): void => {
  const busNumbers = pciControllers(draft).flatMap((cont) => (cont.target?.busNr === undefined ? [] : [cont.target.busNr]));
  for (const cont of pciControllers(draft)) {
    const address = pciOf(cont);
    const target = { ...cont.target };
    switch (cont.model) {
      case 'pci-bridge':
        target.chassisNr ??= cont.index;
        if (target.chassisNr < 1 || target.chassisNr > 255)
          throw invalid(`${cont.path}/target/@chassisNr`, 'The chassis number of a PCI bridge is 1 to 255.');
        break;
      case 'pcie-root-port':
        target.chassis ??= cont.index;
        target.port ??= ((address?.slot ?? 0) << 3) + (address?.function ?? 0);
        break;
      case 'pcie-switch-downstream-port':
        target.chassis ??= cont.index;
        target.port ??= address?.slot ?? 0;
        break;
      case 'pci-expander-bus':
      case 'pcie-expander-bus': {
        if (target.busNr === undefined) {
          const lowest = Math.min(256, ...busNumbers);
          target.busNr = lowest - 2;
          if (target.busNr < 2) throw invalid(`${cont.path}/target`, 'There is no bus number left for this expander bus.');
          busNumbers.push(target.busNr);
        }
        break;
      }
      default:
        continue;
    }
    cont.target = target;
    if (address !== undefined && address.bus > cont.index) {
      throw invalid(
        `${cont.path}/address/@bus`,
        `The PCI controller with index ${cont.index} is plugged into bus ${address.bus}, which must come before it.`,
      );
    }
  }
};
