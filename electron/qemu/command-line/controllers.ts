import { invalid, unsupported, type DraftController } from '../plan/draft.ts';
import { virtioProps, type CommandLine } from './builder.ts';
import type { OptionProps } from './options.ts';

const order: readonly DraftController['type'][] = ['pci', 'usb', 'scsi', 'ide', 'sata', 'virtio-serial', 'ccid'];

/** Adds controllers by type, so that each bus exists before what is plugged into it (formatdomain "Controllers"). */
export function addControllers(line: CommandLine): void {
  for (const type of order) {
    const ofType = line.draft.devices.controllers.filter((controller) => controller.type === type);
    // A companion names its master, which must be there before it.
    const companions = ofType.filter((controller) => controller.masterStartPort !== undefined);
    line.each([...ofType.filter((c) => !companions.includes(c)), ...companions], (controller) => {
      const props = controllerProps(line, controller);
      if (props !== undefined) line.device(props);
    });
  }
}

const controllerProps = (line: CommandLine, controller: DraftController): OptionProps | undefined => {
  switch (controller.type) {
    case 'pci':
      return pci(line, controller);
    case 'usb':
      return usb(line, controller);
    case 'scsi':
      return scsi(line, controller);
    case 'sata':
      if (controller.index === 0 && line.draft.chipset === 'q35') return undefined;
      return { driver: 'ahci', id: controller.alias, ...line.place(controller) };
    case 'virtio-serial':
      return {
        driver: line.virtioType('virtio-serial', controller.address, controller.model, controller.path),
        ...virtioProps(controller.driver),
        max_ports: controller.ports,
        vectors: controller.vectors,
        id: controller.alias,
        ...line.place(controller),
      };
    case 'ccid':
      return { driver: 'usb-ccid', id: controller.alias, ...line.place(controller) };
    case 'ide':
    case 'fdc':
    case 'isa':
    case 'xenbus':
      return undefined;
  }
};

/** QEMU's devices of PCI controllers by libvirt's model names. */
const pciDrivers: Readonly<Record<string, string>> = {
  'pci-bridge': 'pci-bridge',
  'dmi-to-pci-bridge': 'i82801b11-bridge',
  'pcie-to-pci-bridge': 'pcie-pci-bridge',
  'pcie-switch-upstream-port': 'x3130-upstream',
  'pcie-switch-downstream-port': 'xio3130-downstream',
  'pci-expander-bus': 'pxb',
  'pcie-expander-bus': 'pxb-pcie',
};

const pci = (line: CommandLine, controller: DraftController): OptionProps | undefined => {
  const { model = '', target, alias } = controller;
  if (model === 'pci-root' || model === 'pcie-root') return undefined;
  const rootPort = line.capabilities.hasType('pcie-root-port') ? 'pcie-root-port' : 'ioh3420';
  const natural = model === 'pcie-root-port' ? rootPort : pciDrivers[model];
  if (natural === undefined) throw invalid(`${controller.path}/@model`, `There is no PCI controller of the model '${model}'.`);
  const driver = controller.modelName ?? natural;
  if (driver !== natural && !(model === 'pcie-root-port' && driver === 'ioh3420'))
    line.refuse(invalid(`${controller.path}/model/@name`, `A ${model} controller can't be a '${driver}'.`));
  if (target?.hotplug !== undefined && model !== 'pcie-root-port' && model !== 'pcie-switch-downstream-port')
    line.refuse(invalid(`${controller.path}/target/@hotplug`, `Hotplug can't be turned off on a ${model} controller.`));
  const isExpander = model === 'pci-expander-bus' || model === 'pcie-expander-bus';
  return {
    driver,
    chassis_nr: model === 'pci-bridge' ? target?.chassisNr : undefined,
    bus_nr: isExpander ? target?.busNr : undefined,
    port: model === 'pcie-root-port' || model === 'pcie-switch-downstream-port' ? target?.port : undefined,
    chassis: model === 'pcie-root-port' || model === 'pcie-switch-downstream-port' ? target?.chassis : undefined,
    hotplug: target?.hotplug,
    id: alias,
    numa_node: isExpander ? target?.node : undefined,
    ...line.place(controller),
  };
};

const usbDrivers: Readonly<Record<string, string>> = {
  'piix3-uhci': 'piix3-usb-uhci',
  'piix4-uhci': 'piix4-usb-uhci',
  ehci: 'usb-ehci',
  'ich9-ehci1': 'ich9-usb-ehci1',
  'ich9-uhci1': 'ich9-usb-uhci1',
  'ich9-uhci2': 'ich9-usb-uhci2',
  'ich9-uhci3': 'ich9-usb-uhci3',
  'vt82c686b-uhci': 'vt82c686b-usb-uhci',
  'pci-ohci': 'pci-ohci',
  'nec-xhci': 'nec-usb-xhci',
  'qemu-xhci': 'qemu-xhci',
};

const usb = (line: CommandLine, controller: DraftController): OptionProps | undefined => {
  const { model = 'piix3-uhci', ports } = controller;
  if (model === 'none') return undefined;
  const driver = usbDrivers[model];
  if (driver === undefined || !line.capabilities.hasType(driver))
    line.refuse(unsupported(`${controller.path}/@model`, `This QEMU has no USB controller of the model '${model}'.`));
  const isXhci = model === 'nec-xhci' || model === 'qemu-xhci';
  if (ports !== undefined && !isXhci) line.refuse(invalid(`${controller.path}/@ports`, 'Only xHCI controllers take a number of ports.'));
  if (ports !== undefined && ports > 15) line.refuse(invalid(`${controller.path}/@ports`, 'A USB controller has at most 15 ports.'));
  const isCompanion = controller.masterStartPort !== undefined;
  return {
    driver,
    ...(isXhci && ports !== undefined ? { p2: ports, p3: ports } : {}),
    ...(isCompanion
      ? { masterbus: `${line.usbBus(controller.index, controller.path)}.0`, firstport: controller.masterStartPort }
      : { id: controller.alias }),
    ...line.place(controller),
  };
};

const scsiDrivers: Readonly<Record<string, string>> = {
  lsilogic: 'lsi',
  lsisas1068: 'mptsas1068',
  lsisas1078: 'megasas',
  vmpvscsi: 'pvscsi',
  am53c974: 'am53c974',
  dc390: 'dc-390',
};

const scsi = (line: CommandLine, controller: DraftController): OptionProps => {
  const { driver, model = '' } = controller;
  if (!model.startsWith('virtio')) {
    const type = scsiDrivers[model];
    if (type === undefined)
      line.refuse(unsupported(`${controller.path}/@model`, `This QEMU has no SCSI controller of the model '${model}'.`));
    if (driver.iothread !== undefined)
      line.refuse(invalid(`${controller.path}/driver/@iothread`, 'Only virtio-scsi controllers run on an I/O thread.'));
    return { driver: type, id: controller.alias, ...line.place(controller) };
  }
  return {
    driver: line.virtioType('virtio-scsi', controller.address, model === 'virtio-scsi' ? 'virtio' : model, controller.path),
    iothread: driver.iothread === undefined ? undefined : `iothread${driver.iothread}`,
    ...virtioProps(driver),
    num_queues: driver.queues,
    cmd_per_lun: driver.cmdPerLun,
    max_sectors: driver.maxSectors,
    ioeventfd: driver.ioeventfd,
    id: controller.alias,
    ...line.place(controller),
  };
};
