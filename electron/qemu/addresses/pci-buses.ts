import type { PciAddress } from '../../../shared/domain/index.ts';
import { invalid } from '../plan/draft.ts';

/**
 * What a device asks of the bus it is plugged into, and what a bus offers: bits of one set.
 * The rules are libvirt's (formatdomain "Controllers", docs/pci-hotplug, docs/pci-addresses).
 */
export const connect = {
  /** Devices are put on it by themselves; on others only by the user's word. With `<target hotplug='off'/>` too: that is about a running machine. */
  autoAssign: 1,
  /** The device may share a slot with others of its kind, function by function (root ports). */
  aggregate: 2,
  pciDevice: 4,
  pcieDevice: 8,
  pcieRootPort: 16,
  upstreamPort: 32,
  downstreamPort: 64,
  dmiToPciBridge: 128,
  pciExpander: 256,
  pcieExpander: 512,
  pciBridge: 1024,
  pcieToPciBridge: 2048,
  /** Part of the chipset: must sit on the root bus. */
  integrated: 4096,
} as const;

const TYPES = ~(connect.autoAssign | connect.aggregate);
const ENDPOINT = connect.pciDevice | connect.pcieDevice;

/** PCI controllers by libvirt's names of their models. */
export type PciModel =
  | 'pci-root'
  | 'pcie-root'
  | 'pci-bridge'
  | 'dmi-to-pci-bridge'
  | 'pcie-to-pci-bridge'
  | 'pcie-root-port'
  | 'pcie-switch-upstream-port'
  | 'pcie-switch-downstream-port'
  | 'pci-expander-bus'
  | 'pcie-expander-bus';

interface Offer {
  readonly flags: number;
  readonly minSlot: number;
  readonly maxSlot: number;
  /** What the controller itself asks of the bus above it; 0 for roots. */
  readonly needs: number;
}

const c = connect;
/** What each controller offers below and needs above. */
export const pciModels: Readonly<Record<PciModel, Offer>> = {
  'pci-root': { flags: c.autoAssign | c.pciDevice | c.pciBridge | c.pciExpander, minSlot: 1, maxSlot: 31, needs: 0 },
  'pcie-root': {
    flags: c.pcieDevice | c.pcieRootPort | c.dmiToPciBridge | c.pcieExpander | c.integrated,
    minSlot: 1,
    maxSlot: 31,
    needs: 0,
  },
  'pci-bridge': { flags: c.autoAssign | c.pciDevice | c.pciBridge, minSlot: 1, maxSlot: 31, needs: c.pciBridge },
  'dmi-to-pci-bridge': { flags: c.pciDevice | c.pciBridge, minSlot: 0, maxSlot: 31, needs: c.dmiToPciBridge },
  'pcie-to-pci-bridge': { flags: c.autoAssign | c.pciDevice | c.pciBridge, minSlot: 1, maxSlot: 31, needs: c.pcieToPciBridge },
  'pcie-root-port': {
    flags: c.autoAssign | c.pcieDevice | c.upstreamPort | c.pcieToPciBridge,
    minSlot: 0,
    maxSlot: 0,
    needs: c.pcieRootPort | c.aggregate,
  },
  'pcie-switch-upstream-port': { flags: c.downstreamPort, minSlot: 0, maxSlot: 31, needs: c.upstreamPort },
  'pcie-switch-downstream-port': {
    flags: c.autoAssign | c.pcieDevice | c.upstreamPort | c.pcieToPciBridge,
    minSlot: 0,
    maxSlot: 0,
    needs: c.downstreamPort,
  },
  'pci-expander-bus': { flags: c.autoAssign | c.pciDevice | c.pciBridge, minSlot: 0, maxSlot: 31, needs: c.pciExpander },
  'pcie-expander-bus': { flags: c.pcieRootPort | c.dmiToPciBridge, minSlot: 0, maxSlot: 31, needs: c.pcieExpander },
};

interface Bus {
  model: PciModel;
  flags: number;
  /** Functions in use by slot, as bits. */
  readonly slots: number[];
  readonly aggregate: boolean[];
}

/** Text of an address as libvirt writes it in messages. */
export function pciText(a: Pick<PciAddress, 'domain' | 'bus' | 'slot' | 'function'>): string {
  return `${a.domain.toString(16).padStart(4, '0')}:${a.bus.toString(16).padStart(2, '0')}:${a.slot.toString(16).padStart(2, '0')}.${a.function.toString(16)}`;
}

/** A place on the buses of one machine. */
export interface PciPlace {
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
}

/** Which functions of which slots are taken; finds free ones, and grows by controllers where that is allowed. */
export class PciBuses {
  readonly buses: Bus[] = [];
  readonly #grows: boolean;
  readonly #pcieToPciBridge: boolean;

  /**
   * @param models bus models by index; undefined is filled with `fallback`
   * @param grows a device that finds no place makes new buses (the first of libvirt's two passes)
   * @param pcieToPciBridge the QEMU has pcie-pci-bridge; otherwise a dmi-to-pci-bridge takes its part
   */
  constructor(models: readonly (PciModel | undefined)[], fallback: PciModel, grows: boolean, pcieToPciBridge: boolean) {
    this.#grows = grows;
    this.#pcieToPciBridge = pcieToPciBridge;
    models.forEach((model) => this.#add(model ?? fallback));
  }

  #add(model: PciModel): number {
    const { flags } = pciModels[model];
    this.buses.push({
      model,
      flags,
      slots: Array.from({ length: 32 }, () => 0),
      aggregate: [],
    });
    return this.buses.length - 1;
  }

  /** Is any function of the slot taken? False for a bus that isn't there. */
  slotInUse(bus: number, slot: number): boolean {
    return (this.buses[bus]?.slots[slot] ?? 0) !== 0;
  }

  /** Is there any slot on any bus that nothing sits in? */
  hasFreeSlot(): boolean {
    return this.buses.some((bus) =>
      bus.slots.some((used, slot) => used === 0 && slot >= pciModels[bus.model].minSlot && slot <= pciModels[bus.model].maxSlot),
    );
  }

  /** Takes the place. Refuses one that is taken, doesn't exist, or is of the wrong kind. */
  reserve(place: PciPlace, needs: number, path: string, fromUser: boolean): void {
    if (this.#grows && place.bus >= this.buses.length) this.#growTo(place.bus, needs, path);
    const text = pciText({ domain: 0, ...place });
    const bus = this.buses[place.bus];
    if (bus === undefined)
      throw invalid(`${path}/address`, `PCI address ${text} names bus ${place.bus}, and there is no PCI controller with that index.`);
    const { minSlot, maxSlot } = pciModels[bus.model];
    if (!compatible(bus.flags, needs, fromUser, place.bus)) {
      throw invalid(`${path}/address`, `The device at PCI address ${text} can't be plugged into a ${bus.model} controller.`);
    }
    if (place.slot < minSlot || place.slot > maxSlot) {
      throw invalid(
        `${path}/address`,
        `PCI address ${text}: a ${bus.model} controller has slots ${minSlot} to ${maxSlot}, not ${place.slot}.`,
      );
    }
    const used = bus.slots[place.slot] ?? 0;
    if ((used & (1 << place.function)) !== 0) throw invalid(`${path}/address`, `PCI address ${text} is used by two devices.`);
    if (used === 0 && (needs & connect.aggregate) !== 0) bus.aggregate[place.slot] = true;
    bus.slots[place.slot] = used | (1 << place.function);
  }

  /**
   * Finds and takes the next free place, searching from bus 0 on.
   *
   * @param wanted the function to take; absent: 0, or any free one of an aggregated slot
   */
  next(needs: number, path: string, wanted?: number): PciPlace {
    if (this.buses.length === 0) throw invalid(path, 'The machine type has no PCI bus to plug this device into.');
    for (const [index, bus] of this.buses.entries()) {
      if (!compatible(bus.flags, needs, false, index)) continue;
      const free = freeFunction(bus, needs, wanted);
      if (free !== undefined) return this.#take({ bus: index, ...free }, needs, path);
    }
    if (!this.#grows) throw invalid(path, 'There is no free PCI slot left for this device.', 'Add a PCI controller, or remove a device.');
    const index = this.#growFor(needs, path);
    return this.#take(
      { bus: index, slot: pciModels[this.buses[index]?.model ?? 'pci-bridge'].minSlot, function: wanted ?? 0 },
      needs,
      path,
    );
  }

  #take(place: PciPlace, needs: number, path: string): PciPlace {
    this.reserve(place, needs, path, false);
    return place;
  }

  /** Adds the controllers that a device with these needs can be plugged into; returns the index of its bus. */
  #growFor(needs: number, path: string): number {
    const bridgeable = this.buses.some((bus) => (bus.flags & connect.pciBridge) !== 0);
    if ((needs & connect.pciDevice) !== 0) {
      if (bridgeable) return this.#add('pci-bridge');
      if (!this.#pcieToPciBridge) return this.#add('dmi-to-pci-bridge');
      // A pcie-to-pci-bridge is itself plugged into a root port, which is taken by it from now on.
      const port = this.buses[this.#add('pcie-root-port')];
      if (port !== undefined) port.slots[0] = 1;
      return this.#add('pcie-to-pci-bridge');
    }
    if ((needs & (connect.pcieDevice | connect.upstreamPort | connect.pcieToPciBridge)) !== 0) return this.#add('pcie-root-port');
    throw invalid(
      path,
      'No controller can be added by itself for this device.',
      'Write the PCI controller it is plugged into into the XML.',
    );
  }

  /** Adds controllers up to a bus that the user named. */
  #growTo(index: number, needs: number, path: string): void {
    if (index > 255) throw invalid(`${path}/address/@bus`, `PCI bus ${index} is out of range.`);
    while (this.buses.length <= index) this.#growFor(needs & ENDPOINT ? needs : connect.pcieDevice, path);
  }
}

const compatible = (offered: number, needs: number, fromUser: boolean, bus: number): boolean => {
  let busFlags = offered;
  let device = needs;
  if ((needs & connect.integrated) !== 0 && bus !== 0) return false;
  if (fromUser) {
    // What a user writes may mix PCI and PCIe, and do without hotplug.
    if ((busFlags & ENDPOINT) !== 0) busFlags |= ENDPOINT;
    if ((device & connect.autoAssign) !== 0) busFlags |= connect.autoAssign;
    if ((device & connect.pciBridge) !== 0) device |= connect.pciDevice;
  }
  if ((device & busFlags & TYPES & ~connect.integrated) === 0) return false;
  return (device & connect.autoAssign) === 0 || (busFlags & connect.autoAssign) !== 0;
};

const freeFunction = (bus: Bus, needs: number, wanted?: number): { slot: number; function: number } | undefined => {
  const { minSlot, maxSlot } = pciModels[bus.model];
  for (let slot = minSlot; slot <= maxSlot; slot++) {
    const used = bus.slots[slot] ?? 0;
    if (used === 0) return { slot, function: wanted ?? 0 };
    if ((needs & connect.aggregate) !== 0 && bus.aggregate[slot] === true) {
      for (let f = wanted ?? 0; f < 8; f++) {
        if ((used & (1 << f)) === 0) return { slot, function: f };
        if (wanted !== undefined) break;
      }
    }
  }
  return undefined;
};
