import type { DeviceAddress, PciAddress } from '../../../shared/domain/index.ts';
import type { TapestryError } from '../../../shared/errors.ts';
import type { QemuCapabilities } from '../capabilities/capabilities.ts';
import { invalid, unsupported, type DraftDomain, type Placed } from '../plan/draft.ts';
import type { DescriptorRequest, PlannedStream } from '../plan/launch-plan.types.ts';
import type { PlanHost, PlanPaths, PlanPurpose } from '../plan/plan-input.ts';
import { Refusals } from '../plan/refusals.ts';
import { json, keyValue, type OptionProps } from './options.ts';

/** Collects a command line and the descriptors it needs. One lives as long as one call of planLaunch. */
export class CommandLine {
  readonly argv: string[] = [];
  readonly descriptors: DescriptorRequest[] = [];
  readonly streams: PlannedStream[] = [];
  readonly draft: DraftDomain;
  readonly purpose: PlanPurpose;
  readonly paths: PlanPaths;
  readonly host: PlanHost;
  /** What refuses to be on the command line, device by device. */
  readonly refusals: Refusals;
  #fdsets = 0;

  constructor(draft: DraftDomain, purpose: PlanPurpose, paths: PlanPaths, host: PlanHost, refusals = new Refusals()) {
    this.draft = draft;
    this.purpose = purpose;
    this.paths = paths;
    this.host = host;
    this.refusals = refusals;
  }

  get capabilities(): QemuCapabilities {
    return this.draft.capabilities;
  }

  /** Is what the host would choose at a start known, or left to QEMU? Not where no host is asked: then it is refused by its element. */
  get knowsHost(): boolean {
    return this.starts || this.host.recorded !== true;
  }

  /** Will this command line be run, or is it shown as libvirt would have it? */
  get starts(): boolean {
    return this.purpose === 'start';
  }

  /** Adds an option as it is. */
  add(...words: readonly string[]): void {
    this.argv.push(...words);
  }

  /** Adds something for each device of a kind: one that is refused doesn't hide the next one's refusal. @returns what it gave for the others */
  each<T, R>(devices: readonly T[], add: (device: T, place: number) => R): R[] {
    return this.refusals.each(devices, add);
  }

  /** Refuses a part and goes on: what else is refused at the same device is told with it. Throw where nothing sensible can be gone on with. */
  refuse(refusal: TapestryError): void {
    this.refusals.add(refusal);
  }

  /** `-device`: JSON from QEMU 7.0 on (feature json-cli-hotplug), else `key=value`. `qemu:override` is applied here. */
  device(props: OptionProps): void {
    const final = this.#override(props);
    const text = this.capabilities.schema.feature('device_add', 'json-cli-hotplug') ? json(final) : keyValue(final, 'driver');
    this.add('-device', text);
  }

  /** `-netdev`: JSON from QEMU 7.2 on (its schema has `dgram`), else `key=value`. */
  netdev(props: OptionProps): void {
    this.add('-netdev', this.capabilities.schema.variant('netdev_add', 'dgram') ? json(props) : keyValue(props, 'type'));
  }

  /** `-object`: JSON from QEMU 6.0 on. */
  object(props: OptionProps): void {
    this.add('-object', this.capabilities.atLeast(6, 0) ? json(props) : keyValue(props, 'qom-type'));
  }

  /** `-blockdev`: always JSON. */
  blockdev(props: OptionProps): void {
    this.add('-blockdev', json(props));
  }

  /** Asks for a descriptor; returns its number in QEMU. */
  descriptor(request: DescriptorRequest): number {
    this.descriptors.push(request);
    return 2 + this.descriptors.length;
  }

  /**
   * Asks for a descriptor and puts it into a set of its own; returns the path by which QEMU opens it. QEMU takes only one
   * whose access mode is exactly the wanted one (read, write or both); `more` go into the same set and stay open with it.
   */
  fdset(request: DescriptorRequest, opaque: string, ...more: readonly DescriptorRequest[]): string {
    const set = this.#fdsets++;
    for (const each of [request, ...more]) this.add('-add-fd', `set=${set},fd=${this.descriptor(each)},opaque=${opaque}`);
    return `/dev/fdset/${set}`;
  }

  /** Properties that say where a device sits: its bus and address there, and what hangs on a PCI slot. */
  place(device: Placed): OptionProps {
    const { address } = device;
    switch (address?.type) {
      case 'pci':
        return this.#pci(device, address);
      case 'usb':
        return { bus: `${this.usbBus(address.bus, device.path)}.0`, port: address.port?.join('.') };
      case 'ccid':
        return {
          bus: `${this.controllerAlias('ccid', address.controller, device.path)}.0`,
          ...(address.slot === 0 ? {} : { slot: address.slot }),
        };
      case 'isa':
        return { iobase: address.iobase, irq: address.irq };
      case 'dimm':
        return { slot: address.slot, addr: address.base === undefined || address.base === 0n ? undefined : address.base };
      case undefined:
      case 'drive':
      case 'virtio-serial':
      case 'unassigned':
        return {};
      case 'pci-auto':
      case 'ccw':
      case 'spapr-vio':
      case 'virtio-mmio':
      case 'virtio-s390':
        throw invalid(`${device.path}/address/@type`, `This machine type has no place for an address of type '${address.type}'.`);
    }
  }

  #pci(device: Placed, address: PciAddress): OptionProps {
    const slot = `0x${address.slot.toString(16)}`;
    return {
      bus: this.pciBus(address.bus, device.path),
      multifunction: address.multifunction,
      addr: address.function === 0 ? slot : `${slot}.0x${address.function.toString(16)}`,
      'acpi-index': device.acpiIndex,
      ...romProps(device),
    };
  }

  /** QEMU's name of a PCI bus. */
  pciBus(index: number, path: string): string {
    return this.controllerAlias('pci', index, path);
  }

  /** Alias of the USB controller (of its master, where it has companions). */
  usbBus(index: number, path: string): string {
    const masters = this.draft.devices.controllers.filter((c) => c.type === 'usb' && c.index === index && c.masterStartPort === undefined);
    return masters[0]?.alias ?? this.controllerAlias('usb', index, path);
  }

  /** Alias of a controller by type and index; refuses one that isn't there. */
  controllerAlias(type: string, index: number, path: string): string {
    const controller = this.draft.devices.controllers.find((c) => c.type === type && c.index === index);
    if (controller?.alias === undefined) throw invalid(`${path}/address`, `There is no ${type} controller with index ${index}.`);
    // User aliases can't name the buses that QEMU makes by itself.
    if (type === 'pci' && controller.model === 'pci-root') return 'pci.0';
    if (type === 'pci' && controller.model === 'pcie-root') return 'pcie.0';
    if (index === 0 && ((type === 'ide' && this.draft.chipset === 'i440fx') || (type === 'sata' && this.draft.chipset === 'q35')))
      return 'ide';
    return controller.alias;
  }

  /** QEMU type of a virtio device with this base name, by where it sits and which flavour it is: `virtio-net-pci-transitional`. */
  virtioType(base: string, address: DeviceAddress | undefined, model: string | undefined, path: string): string {
    if (address?.type !== 'pci') throw unsupported(`${path}/address/@type`, 'A virtio device of an x86 machine is a PCI device.');
    if (model === 'virtio-transitional') return `${base}-pci-transitional`;
    if (model === 'virtio-non-transitional') return `${base}-pci-non-transitional`;
    return `${base}-pci`;
  }

  /** The id that a device must have. */
  id(device: Placed): string {
    if (device.alias === undefined) throw new Error(`${device.path} has no alias`);
    return device.alias;
  }

  #override(props: OptionProps): OptionProps {
    const found = this.draft.domain.qemu.overrides.find((o) => o.alias === props['id']);
    if (found === undefined) return props;
    const changed: Record<string, OptionProps[string]> = { ...props };
    for (const { name, type, value } of found.properties) {
      if (type === 'remove') delete changed[name];
      else if (type === 'bool') changed[name] = value === 'true';
      else if (type === 'string') changed[name] = value ?? '';
      else changed[name] = BigInt(value ?? '0');
    }
    return changed;
  }
}

/** `<rom>` of a PCI device; no ROM at all is an empty file name. */
const romProps = (device: Placed): OptionProps => {
  const { rom } = device;
  if (rom === undefined) return {};
  if (rom.enabled === false) return { romfile: '' };
  return { rombar: rom.bar === undefined ? undefined : rom.bar ? 1 : 0, romfile: rom.file };
};

/** Options that all virtio devices have in common. */
export function virtioProps(driver: { iommu?: boolean; ats?: boolean; packed?: boolean; pagePerVq?: boolean }): OptionProps {
  return {
    iommu_platform: driver.iommu,
    ats: driver.ats,
    packed: driver.packed,
    'page-per-vq': driver.pagePerVq,
  };
}
