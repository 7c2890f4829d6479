import type { DeviceAddress, PciAddress } from '../../domain/address.ts';
import type { DeviceInfo, VirtioOptions } from '../../domain/device.ts';
import { fragment, fragmentIfAny, textFragment, type Fragment, type FragmentValue } from '../xml/fragment.ts';

/** `yes`/`no` of a boolean. */
export function yesNo(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : value ? 'yes' : 'no';
}

/** `on`/`off` of a boolean. */
export function onOff(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : value ? 'on' : 'off';
}

/** An element that is there or not. */
export function flag(name: string, there: boolean | undefined): Fragment | undefined {
  return there === true ? fragment(name) : undefined;
}

/** An element with one attribute, or none when the value is absent. */
export function single(name: string, attribute: string, value: FragmentValue): Fragment | undefined {
  return fragmentIfAny(name, { [attribute]: value });
}

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;

/** Attributes of a PCI address, without its type. */
export function pciAttributes(address: PciAddress): Record<string, FragmentValue> {
  return {
    domain: hex(address.domain, 4),
    bus: hex(address.bus, 2),
    slot: hex(address.slot, 2),
    function: hex(address.function, 1),
    multifunction: onOff(address.multifunction),
  };
}

/** `<address>` as libvirt writes it. */
export function renderAddress(address: DeviceAddress | undefined): Fragment | undefined {
  if (address === undefined) return undefined;
  const { type } = address;
  switch (type) {
    case 'pci':
    case 'pci-auto': {
      const zpci = address.zpci;
      const attributes = type === 'pci' ? pciAttributes(address) : { multifunction: onOff(address.multifunction) };
      const child =
        zpci === undefined
          ? undefined
          : fragment('zpci', {
              uid: zpci.uid === undefined ? undefined : hex(zpci.uid, 4),
              fid: zpci.fid === undefined ? undefined : hex(zpci.fid, 8),
            });
      return fragment('address', { type: 'pci', ...attributes }, child);
    }
    case 'usb':
      return fragment('address', { type, bus: address.bus, port: address.port?.join('.') });
    case 'isa':
      return fragment('address', {
        type,
        iobase: address.iobase === undefined ? undefined : hex(address.iobase, 1),
        irq: address.irq === undefined ? undefined : hex(address.irq, 1),
      });
    case 'ccw':
      return fragment('address', {
        type,
        cssid: address.cssid === undefined ? undefined : hex(address.cssid, 1),
        ssid: address.ssid === undefined ? undefined : hex(address.ssid, 1),
        devno: address.devno === undefined ? undefined : hex(address.devno, 4),
      });
    case 'spapr-vio':
      return fragment('address', { type, reg: address.reg === undefined ? undefined : `0x${address.reg.toString(16).padStart(8, '0')}` });
    case 'dimm':
      return fragment('address', {
        type,
        slot: address.slot,
        base: address.base === undefined ? undefined : `0x${address.base.toString(16)}`,
      });
    default: {
      const { type: _, ...numbers } = address;
      return fragment('address', { type, ...numbers });
    }
  }
}

/** Boot order, alias, ROM, ACPI index and address, in libvirt's order. */
export function renderInfo(info: DeviceInfo): (Fragment | undefined)[] {
  return [
    fragmentIfAny('boot', { order: info.bootOrder, loadparm: info.loadparm }),
    single('alias', 'name', info.alias),
    fragmentIfAny('rom', { enabled: yesNo(info.rom?.enabled), bar: onOff(info.rom?.bar), file: info.rom?.file }),
    single('acpi', 'index', info.acpiIndex),
    renderAddress(info.address),
  ];
}

/** Attributes of the virtio options. */
export function virtioAttributes(options: VirtioOptions): Record<string, FragmentValue> {
  return {
    iommu: onOff(options.iommu),
    ats: onOff(options.ats),
    packed: onOff(options.packed),
    page_per_vq: onOff(options.pagePerVq),
  };
}

/** `<driver>` that holds nothing but virtio options. */
export function virtioDriver(options: VirtioOptions): Fragment | undefined {
  return fragmentIfAny('driver', virtioAttributes(options));
}

export { fragment, fragmentIfAny, textFragment, type Fragment };
