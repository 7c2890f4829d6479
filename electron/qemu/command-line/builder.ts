import type { DeviceAddress, PciAddress } from '../../../shared/domain/index.ts';
import type { TapestryError } from '../../../shared/errors.ts';
import type { QemuCapabilities } from '../capabilities/capabilities.ts';
import { invalid, unsupported, type DraftDomain, type Placed } from '../plan/draft.ts';
import type { DescriptorRequest, PlannedStream } from '../plan/launch-plan.types.ts';
import type { PlanHost, PlanPaths, PlanPurpose } from '../plan/plan-input.ts';
import { Refusals } from '../plan/refusals.ts';
import type { DescriptorList, OptionProps, PlannedOption, PropsOption } from '../plan/planned-option.ts';

/** Collects the options of a command line and the descriptors they need. One lives as long as one call of planLaunch. */
export class CommandLine {
  readonly options: PlannedOption[] = [];
  readonly descriptors: DescriptorRequest[] = [];
  readonly streams: PlannedStream[] = [];
  readonly draft: DraftDomain;
  readonly purpose: PlanPurpose;
  readonly paths: PlanPaths;
  readonly host: PlanHost;
  /** What refuses to be on the command line, device by device. */
  readonly refusals: Refusals;
  #fdsets = 0;
  /** Alias of the device that options are added for. */
  #of: string | undefined;

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

  /** Adds an option whose value is text; without one it has none. @param option its name, without the dash */
  add(option: string, text?: string): void {
    this.options.push({ option, ...(text === undefined ? {} : { text }), ...this.#whose() });
  }

  /** Adds words of the user's own as they are. */
  addWords(words: readonly string[]): void {
    if (words.length > 0) this.options.push({ words });
  }

  /**
   * Adds something for each device of a kind: one that is refused doesn't hide the next one's refusal. What is added meanwhile is the device's.
   * @returns what it gave for the others
   */
  each<T, R>(devices: readonly T[], add: (device: T, place: number) => R): R[] {
    return this.refusals.each(devices, (device, place) => {
      const before = this.#of;
      this.#of = aliasOf(device) ?? before;
      try {
        return add(device, place);
      } finally {
        this.#of = before;
      }
    });
  }

  /** Refuses a part and goes on: what else is refused at the same device is told with it. Throw where nothing sensible can be gone on with. */
  refuse(refusal: TapestryError): void {
    this.refusals.add(refusal);
  }

  /** `-device`. `qemu:override` is applied here. */
  device(props: OptionProps): void {
    const id = props['id'];
    this.#props('device', this.#override(props), typeof id === 'string' ? id : undefined);
  }

  /** `-netdev`. */
  netdev(props: OptionProps): void {
    this.#props('netdev', props);
  }

  /** `-object`. */
  object(props: OptionProps): void {
    this.#props('object', props);
  }

  /** `-blockdev`. */
  blockdev(props: OptionProps): void {
    this.#props('blockdev', props);
  }

  /** `-chardev`; the property `backend` is its kind. */
  chardev(props: OptionProps): void {
    this.#props('chardev', props);
  }

  /** `-tpmdev`; the property `type` is its kind. */
  tpmdev(props: OptionProps): void {
    this.#props('tpmdev', props);
  }

  #props(option: PropsOption, props: OptionProps, id?: string): void {
    const of = this.#of ?? id;
    this.options.push({ option, props, ...(of === undefined ? {} : { of }) });
  }

  #whose(): { of?: string } {
    return this.#of === undefined ? {} : { of: this.#of };
  }

  /** Asks for descriptors; returns their place in the plan, as the value of the property that names them. */
  descriptor(...requests: readonly DescriptorRequest[]): DescriptorList {
    const first = this.descriptors.length;
    this.descriptors.push(...requests);
    return { descriptors: requests.map((_, index) => first + index) };
  }

  /**
   * Asks for a descriptor and puts it into a set of its own; returns the path by which QEMU opens it. QEMU takes only one
   * whose access mode is exactly the wanted one (read, write or both); `more` go into the same set and stay open with it.
   */
  fdset(request: DescriptorRequest, opaque: string, ...more: readonly DescriptorRequest[]): string {
    const set = this.#fdsets++;
    for (const each of [request, ...more]) this.#props('add-fd', { set, fd: this.descriptor(each), opaque });
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

const aliasOf = (device: unknown): string | undefined =>
  typeof device === 'object' && device !== null && 'alias' in device && typeof device.alias === 'string' ? device.alias : undefined;

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
