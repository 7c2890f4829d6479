import type { Controller, ControllerType, PciControllerTarget } from '../../../domain/controller.ts';
import { made } from '../../../domain/made.ts';
import type { Reader } from '../reader/reader.ts';
import { toKiB } from '../reader/sizes.ts';
import { readInfo, readVirtioOptions } from './info.ts';

const types: readonly ControllerType[] = ['ide', 'fdc', 'scsi', 'sata', 'virtio-serial', 'ccid', 'usb', 'pci', 'xenbus', 'isa'];

/** Models that libvirt knows per type; types without models of their own are not listed. */
export const controllerModels: Readonly<Partial<Record<ControllerType, readonly string[]>>> = {
  scsi: [
    'auto',
    'buslogic',
    'lsilogic',
    'lsisas1068',
    'vmpvscsi',
    'ibmvscsi',
    'virtio-scsi',
    'lsisas1078',
    'virtio-transitional',
    'virtio-non-transitional',
    'ncr53c90',
    'dc390',
    'am53c974',
  ],
  usb: [
    'piix3-uhci',
    'piix4-uhci',
    'ehci',
    'ich9-ehci1',
    'ich9-uhci1',
    'ich9-uhci2',
    'ich9-uhci3',
    'vt82c686b-uhci',
    'pci-ohci',
    'nec-xhci',
    'qusb1',
    'qusb2',
    'qemu-xhci',
    'none',
  ],
  pci: [
    'pci-root',
    'pcie-root',
    'pci-bridge',
    'dmi-to-pci-bridge',
    'pcie-to-pci-bridge',
    'pcie-root-port',
    'pcie-switch-upstream-port',
    'pcie-switch-downstream-port',
    'pci-expander-bus',
    'pcie-expander-bus',
  ],
  ide: ['piix3', 'piix4', 'ich6'],
  'virtio-serial': ['virtio', 'virtio-transitional', 'virtio-non-transitional'],
  isa: [],
};

const readTarget = (target: Reader | undefined): PciControllerTarget | undefined => {
  if (target === undefined) return undefined;
  return made<PciControllerTarget>({
    chassisNr: target.integer('chassisNr', { min: 1, max: 255, hex: true }),
    chassis: target.integer('chassis', { max: 255, hex: true }),
    port: target.integer('port', { max: 255, hex: true }),
    busNr: target.integer('busNr', { min: 1, max: 254, hex: true }),
    index: target.integer('index', { max: 30, hex: true }),
    node: target.child('node')?.textInteger({ max: 0xffff }),
    hotplug: target.onOff('hotplug'),
  });
};

/** Reads a `<controller>`. */
export function readController(reader: Reader): Controller {
  const type = reader.requiredOneOf('type', types, 'pci');
  const known = controllerModels[type];
  const model = known === undefined ? reader.filled('model') : reader.oneOf('model', known);
  const driver = reader.child('driver');
  const hole = reader.child('pcihole64');
  const bytes = hole?.textBytes('KiB');
  const index = reader.integer('index', { max: 0xffffffff });
  const ports = reader.integer('ports', { max: 0x7fffffff });
  const info = readInfo(reader);
  if (model === 'pci-root' || model === 'pcie-root') {
    if (info.address !== undefined) reader.child('address')?.error('The root bus has no address.');
  } else if (hole !== undefined) {
    hole.error('Only a root bus has a 64-bit hole.');
  }
  if ((model === 'nec-xhci' || model === 'qemu-xhci') && ports !== undefined && ports > 15) {
    reader.error(`A '${model}' controller has at most 15 ports.`, 'ports');
  }
  return made<Controller>({
    ...info,
    kind: 'controller',
    type,
    index,
    model,
    modelName: reader.child('model')?.filled('name'),
    ports,
    vectors: reader.integer('vectors', { max: 0x7fffffff }),
    masterStartPort: reader.child('master')?.integer('startport', { max: 0xffffffff }),
    driver: made<Controller['driver']>({
      ...readVirtioOptions(driver),
      queues: driver?.integer('queues', { max: 0xffffffff }),
      cmdPerLun: driver?.integer('cmd_per_lun', { max: 0xffffffff }),
      maxSectors: driver?.integer('max_sectors', { max: 0xffffffff }),
      ioeventfd: driver?.onOff('ioeventfd'),
      iothread: driver?.integer('iothread', { max: 0xffffffff }),
    }),
    target: readTarget(reader.child('target')),
    pciHole64: bytes === undefined ? undefined : toKiB(bytes),
  });
}
