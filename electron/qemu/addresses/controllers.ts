import type { Domain, DriveAddress } from '../../../shared/domain/index.ts';
import { invalid, type Draft, type DraftController, type DraftDevices, type DraftDomain } from '../plan/draft.ts';
import type { Controller } from '../../../shared/domain/index.ts';

/**
 * Puts a controller among the others where libvirt keeps it: by index within its type, masters before companions,
 * new types at the end. The order decides which slot each one gets.
 */
export function insertController(controllers: DraftController[], controller: DraftController): void {
  let at = -1;
  for (let i = controllers.length - 1; i >= 0; i--) {
    const current = controllers[i];
    if (current?.type !== controller.type) continue;
    if (current.index > controller.index) at = i;
    else if (controller.masterStartPort === undefined && current.masterStartPort !== undefined && current.index === controller.index)
      at = i;
    else if (at === -1) at = i + 1;
  }
  controllers.splice(at === -1 ? controllers.length : at, 0, controller);
}

/** The controllers of the XML in libvirt's order, each with an index. */
export function numberControllers(domain: Domain): DraftController[] {
  const ordered: DraftController[] = [];
  let previous: DraftController | undefined;
  for (const controller of domain.devices.controllers) {
    const draft = {
      ...controller,
      index: controller.index ?? companionIndex(ordered, controller, previous) ?? nextIndex(domain, ordered, controller),
    } as DraftController;
    const start = controller.model === undefined ? undefined : companionPorts[controller.model];
    if (controller.type === 'usb' && start !== undefined) draft.masterStartPort ??= start;
    insertController(ordered, draft);
    previous = draft;
  }
  for (const cont of ordered) {
    const twin = ordered.find(
      (other) => other !== cont && other.type === cont.type && other.index === cont.index && !isUsb2Pair(other, cont),
    );
    if (twin !== undefined) throw invalid(cont.path, `There are two ${cont.type} controllers with index ${cont.index}.`);
  }
  return ordered;
}

/** First port of the EHCI that each companion serves. */
const companionPorts: Readonly<Record<string, number>> = { 'ich9-uhci1': 0, 'ich9-uhci2': 2, 'ich9-uhci3': 4 };

/** A USB2 controller without an index belongs to the one before it, unless that group has one of its kind already. */
const companionIndex = (
  ordered: readonly DraftController[],
  controller: Controller,
  previous: DraftController | undefined,
): number | undefined => {
  if (previous === undefined || !isUsb2(controller) || !isUsb2(previous)) return undefined;
  const group = ordered.filter((other) => other.type === 'usb' && other.index === previous.index);
  return group.some((other) => other.model === controller.model) ? undefined : previous.index;
};

const isUsb2 = (cont: Pick<Controller, 'type' | 'model'>): boolean => cont.type === 'usb' && (cont.model?.startsWith('ich9-') ?? false);
const isUsb2Pair = (a: DraftController, b: DraftController): boolean => isUsb2(a) && isUsb2(b) && a.model !== b.model;

const nextIndex = (domain: Domain, ordered: readonly DraftController[], controller: Controller): number => {
  const used = new Set([...ordered, ...domain.devices.controllers].filter((c) => c.type === controller.type).map((c) => c.index));
  let index = 0;
  while (used.has(index)) index++;
  return index;
};

const add = (draft: DraftDevices, type: Controller['type'], index: number, model?: string): void => {
  if (draft.controllers.some((c) => c.type === type && c.index === index)) return;
  insertController(draft.controllers, {
    kind: 'controller',
    type,
    index,
    path: '/domain/devices/controller',
    driver: {},
    implicit: true,
    ...(model === undefined ? {} : { model }),
  });
};

/** More controllers of one kind than any machine has PCI places for; all below a named one are made, so it must be bounded. */
const maxDriveController = 255;

/** Index of the controller that a drive hangs on. @throws TapestryError `xml-invalid` for one that can't be */
const controllerOf = ({ path }: { readonly path: string }, { controller }: DriveAddress): number => {
  if (controller <= maxDriveController) return controller;
  throw invalid(`${path}/address/@controller`, `A machine has no controller ${controller}: the highest index is ${maxDriveController}.`);
};

const diskControllerTypes = ['scsi', 'fdc', 'ide', 'sata'] as const;

/** Adds the controllers that the devices of a domain need and the XML doesn't have (libvirt: implicit controllers). */
export function addImplicitControllers(draft: DraftDomain): void {
  const d = draft.devices;
  for (const type of diskControllerTypes) {
    const used = d.disks.flatMap((disk) => (disk.bus === type && disk.address?.type === 'drive' ? [controllerOf(disk, disk.address)] : []));
    for (let index = 0; index <= Math.max(-1, ...used); index++) add(d, type, index);
  }
  const serialPorts = [...d.consoles.filter((c) => c.targetType === 'virtio'), ...d.channels.filter((c) => c.target.type === 'virtio')];
  for (const port of serialPorts) add(d, 'virtio-serial', port.address?.type === 'virtio-serial' ? port.address.controller : 0);
  for (const card of d.smartcards) {
    if (card.address === undefined) {
      const slots = d.smartcards.flatMap((other) =>
        other.address?.type === 'ccid' && other.address.controller === 0 ? [other.address.slot] : [],
      );
      card.address = { type: 'ccid', controller: 0, slot: Math.max(-1, ...slots) + 1 };
    }
    if (card.address.type === 'ccid') add(d, 'ccid', card.address.controller);
  }
  const scsi = d.hostdevs.flatMap((h) =>
    (h.source.type === 'scsi' || h.source.type === 'scsi-iscsi') && h.address?.type === 'drive' ? [controllerOf(h, h.address)] : [],
  );
  for (let index = 0; index <= Math.max(-1, ...scsi); index++) add(d, 'scsi', index);
}

/** Adds what the machine type has by itself or libvirt gives every machine of its kind: USB, SATA, the PCI root. */
export function addMachineControllers(draft: DraftDomain): void {
  const { devices: d, chipset, capabilities } = draft;
  if (chipset === 'isapc' || chipset === 'microvm') return;
  if (!d.controllers.some((c) => c.type === 'usb')) {
    if (chipset === 'i440fx') add(d, 'usb', 0, 'piix3-uhci');
    else if (capabilities.hasType('qemu-xhci')) add(d, 'usb', 0, 'qemu-xhci');
    else if (capabilities.hasType('nec-usb-xhci')) add(d, 'usb', 0, 'nec-xhci');
    else addUsb2(d);
  }
  if (chipset === 'q35') add(d, 'sata', 0);
  const root = d.controllers.find((c) => c.type === 'pci' && c.index === 0);
  const model = chipset === 'q35' ? 'pcie-root' : 'pci-root';
  if (root === undefined) add(d, 'pci', 0, model);
  else if (root.model !== model) {
    throw invalid(
      `${root.path}/@model`,
      `The PCI controller with index 0 must be '${model}' on the machine type '${draft.machine}', not '${root.model ?? ''}'.`,
    );
  }
}

const addUsb2 = (d: DraftDevices): void => {
  const master: Draft<Pick<Controller, 'kind' | 'path' | 'driver'>> = {
    kind: 'controller',
    path: '/domain/devices/controller',
    driver: {},
    implicit: true,
  };
  insertController(d.controllers, { ...master, type: 'usb', index: 0, model: 'ich9-ehci1' });
  for (const n of [1, 2, 3]) {
    insertController(d.controllers, { ...master, type: 'usb', index: 0, model: `ich9-uhci${n}`, masterStartPort: (n - 1) * 2 });
  }
};

/** Fills in the models that libvirt chooses where the XML names none, and refuses what the machine type can't have. */
export function completeControllers(draft: DraftDomain): void {
  const { devices: d, capabilities } = draft;
  for (const cont of d.controllers) {
    switch (cont.type) {
      case 'usb':
        cont.model ??= capabilities.hasType('piix3-usb-uhci') ? 'piix3-uhci' : 'ich9-ehci1';
        break;
      case 'scsi':
        if (cont.model === undefined || cont.model === 'auto') cont.model = capabilities.hasType('lsi53c895a') ? 'lsilogic' : 'virtio-scsi';
        break;
      case 'virtio-serial':
        cont.model ??= 'virtio';
        break;
      case 'ide':
        if (draft.chipset === 'q35' || draft.chipset === 'microvm')
          throw invalid(cont.path, `The machine type '${draft.machine}' has no IDE controller.`);
        if (cont.index > 0) throw invalid(`${cont.path}/@index`, 'This machine type has one IDE controller only.');
        break;
      case 'pci':
        checkPciController(cont);
        break;
      case 'xenbus':
        throw invalid(cont.path, 'A xenbus controller exists on Xen only.');
      case 'sata':
      case 'fdc':
      case 'ccid':
      case 'isa':
        break;
    }
  }
}

const checkPciController = (cont: DraftController): void => {
  const isRoot = cont.model === 'pci-root' || cont.model === 'pcie-root';
  if (cont.model === undefined) throw invalid(cont.path, 'A PCI controller needs a model.');
  if (isRoot && cont.index !== 0) throw invalid(`${cont.path}/@index`, `The ${cont.model} controller must have index 0.`);
  if (isRoot && cont.address !== undefined) throw invalid(`${cont.path}/address`, `The ${cont.model} controller has no address.`);
  if (!isRoot && cont.index === 0)
    throw invalid(`${cont.path}/@index`, `A ${cont.model} controller can't have index 0: that is the root's.`);
};
