import type { DeviceAddress, PciAddress, ZpciAddress } from '../../../domain/address.ts';
import { made } from '../../../domain/made.ts';
import type { Reader } from '../reader/reader.ts';

const types = [
  'pci',
  'drive',
  'usb',
  'virtio-serial',
  'ccid',
  'isa',
  'ccw',
  'spapr-vio',
  'virtio-mmio',
  'virtio-s390',
  'dimm',
  'unassigned',
] as const;

const readZpci = (reader: Reader): ZpciAddress | undefined => {
  const zpci = reader.child('zpci');
  if (zpci === undefined) return undefined;
  return made<ZpciAddress>({
    uid: zpci.integer('uid', { min: 1, max: 0xffff, hex: true }),
    fid: zpci.integer('fid', { max: 0xffffffff, hex: true }),
  });
};

/** Reads domain, bus, slot and function of a PCI address; all absent is 0000:00:00.0. */
export function readPciAddress(reader: Reader): PciAddress {
  return made<PciAddress>({
    type: 'pci',
    domain: reader.integer('domain', { max: 0xffff, hex: true }) ?? 0,
    bus: reader.integer('bus', { max: 0xff, hex: true }) ?? 0,
    slot: reader.integer('slot', { max: 0x1f, hex: true }) ?? 0,
    function: reader.integer('function', { max: 7, hex: true }) ?? 0,
    multifunction: reader.onOff('multifunction'),
    zpci: readZpci(reader),
  });
}

const readUsbPort = (reader: Reader): readonly number[] | undefined => {
  const port = reader.attribute('port');
  if (port === undefined) return undefined;
  // QEMU's hubs go at most four deep (libvirt: VIR_DOMAIN_DEVICE_USB_MAX_PORT_DEPTH).
  if (/^[1-9][0-9]{0,2}(?:\.[1-9][0-9]{0,2}){0,3}$/.test(port)) return port.split('.').map(Number);
  reader.error(`'${port}' is not a USB port: at most four numbers with dots between, as 1.2.`, 'port');
  return undefined;
};

/** Reads an `<address>` (formatdomain, "Device addresses"); undefined when its type is unknown. */
export function readAddress(reader: Reader): DeviceAddress | undefined {
  const type = reader.attribute('type');
  if (type === undefined) {
    reader.error('<address> needs the attribute "type".', 'type');
    return undefined;
  }
  const small = { max: 0xffffffff, hex: true };
  switch (reader.oneOf('type', types)) {
    case 'pci': {
      const address = readPciAddress(reader);
      // libvirt takes 0000:00:00.0 as "to be assigned": nothing but the host bridge can be there.
      const { domain, bus, slot, function: fn, multifunction, zpci } = address;
      if (domain + bus + slot + fn === 0) return made<DeviceAddress>({ type: 'pci-auto', multifunction, zpci });
      return address;
    }
    case 'drive':
      return {
        type: 'drive',
        controller: reader.integer('controller', small) ?? 0,
        bus: reader.integer('bus', small) ?? 0,
        target: reader.integer('target', small) ?? 0,
        unit: reader.integer('unit', small) ?? 0,
      };
    case 'usb':
      return made<DeviceAddress>({ type: 'usb', bus: reader.integer('bus', small) ?? 0, port: readUsbPort(reader) });
    case 'virtio-serial':
      return {
        type: 'virtio-serial',
        controller: reader.integer('controller', small) ?? 0,
        bus: reader.integer('bus', small) ?? 0,
        port: reader.integer('port', small) ?? 0,
      };
    case 'ccid':
      return { type: 'ccid', controller: reader.integer('controller', small) ?? 0, slot: reader.integer('slot', small) ?? 0 };
    case 'isa':
      return made<DeviceAddress>({ type: 'isa', iobase: reader.integer('iobase', small), irq: reader.integer('irq', small) });
    case 'ccw':
      return made<DeviceAddress>({
        type: 'ccw',
        cssid: reader.integer('cssid', { max: 0xfe, hex: true }),
        ssid: reader.integer('ssid', { max: 3, hex: true }),
        devno: reader.integer('devno', { max: 0xffff, hex: true }),
      });
    case 'spapr-vio':
      return made<DeviceAddress>({ type: 'spapr-vio', reg: reader.wideInteger('reg') });
    case 'dimm':
      return made<DeviceAddress>({ type: 'dimm', slot: reader.integer('slot', small), base: reader.wideInteger('base') });
    case 'virtio-mmio':
      return { type: 'virtio-mmio' };
    case 'virtio-s390':
      return { type: 'virtio-s390' };
    case 'unassigned':
      return { type: 'unassigned' };
    case undefined:
      return undefined;
  }
}
