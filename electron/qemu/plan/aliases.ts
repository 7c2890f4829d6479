import { targetIndex } from '../../../shared/domain-xml/index.ts';
import { allPlaced, invalid, type Draft, type DraftController, type DraftDomain, type Placed } from './draft.ts';
import type { Disk } from '../../../shared/domain/index.ts';

/** An alias that the user chose (libvirt: `ua-` and letters, digits, `-`, `_`); any other is made anew at each start. */
export function isUserAlias(alias: string | undefined): alias is string {
  return alias?.startsWith('ua-') === true;
}

/**
 * Names every device as libvirt does: `net0`, `virtio-disk0`, `ide0-1-0`, `serial0`, `pci.1`, … These are the ids of
 * QEMU's devices; back ends are named after them (`hostnet0`, `charserial0`).
 *
 * @throws TapestryError `xml-invalid` when two devices have the same alias.
 */
export function assignAliases(draft: DraftDomain): void {
  const { devices: d } = draft;
  for (const device of allPlaced(d)) if (!isUserAlias(device.alias)) delete device.alias;
  const number = (devices: readonly Placed[], prefix: string) => devices.forEach((device, i) => (device.alias ??= `${prefix}${i}`));

  for (const controller of d.controllers) controller.alias ??= controllerAlias(draft, controller);
  for (const disk of d.disks) disk.alias ??= diskAlias(draft, disk);
  number(
    d.interfaces.filter((i) => i.type !== 'hostdev'),
    'net',
  );
  number([...d.interfaces.filter((i) => i.type === 'hostdev'), ...d.hostdevs], 'hostdev');
  for (const [devices, prefix] of [
    [d.filesystems, 'fs'],
    [d.sounds, 'sound'],
    [d.videos, 'video'],
    [d.redirdevs, 'redir'],
    [d.inputs, 'input'],
    [d.parallels, 'parallel'],
    [d.serials, 'serial'],
    [d.channels, 'channel'],
    [d.hubs, 'hub'],
    [d.shmems, 'shmem'],
    [d.smartcards, 'smartcard'],
    [d.watchdogs, 'watchdog'],
    [d.rngs, 'rng'],
    [d.tpms, 'tpm'],
    [d.panics, 'panic'],
  ] as const)
    number(devices, prefix);
  const [first] = d.consoles;
  const twin = d.serials[0]?.alias;
  if (first?.targetType === 'serial' && twin !== undefined) first.alias = twin;
  number(d.consoles, 'console');
  // Memory in a slot is named after the slot.
  for (const memory of d.memories) {
    if ((memory.model === 'dimm' || memory.model === 'nvdimm') && memory.address?.type === 'dimm' && memory.address.slot !== undefined)
      memory.alias ??= `${memory.model}${memory.address.slot}`;
  }
  for (const [model, prefix] of [
    ['virtio-pmem', 'virtiopmem'],
    ['virtio-mem', 'virtiomem'],
    ['sgx-epc', 'epc'],
  ] as const)
    number(
      d.memories.filter((memory) => memory.model === model),
      prefix,
    );
  for (const [device, alias] of [
    [d.memballoon, 'balloon0'],
    [d.vsock, 'vsock0'],
    [d.iommu, 'iommu0'],
  ] as const) {
    if (device !== undefined) device.alias ??= alias;
  }

  const seen = new Map<string, string>();
  for (const device of allPlaced(d)) {
    if (device.alias === undefined || (device === first && first.targetType === 'serial')) continue;
    const other = seen.get(device.alias);
    // The functions of one USB2 controller share its alias.
    const shared = 'kind' in device && device.kind === 'controller' && 'type' in device && device.type === 'usb';
    if (other !== undefined && !shared)
      throw invalid(`${device.path}/alias/@name`, `The alias '${device.alias}' is used twice, also by ${other}.`);
    seen.set(device.alias, device.path);
  }
}

const controllerAlias = (draft: DraftDomain, controller: DraftController): string => {
  const { type, index } = controller;
  if (type === 'pci') return controller.model === 'pcie-root' ? `pcie.${index}` : `pci.${index}`;
  if (index === 0 && type === 'ide' && draft.chipset === 'i440fx') return 'ide';
  if (index === 0 && type === 'sata' && draft.chipset === 'q35') return 'ide';
  if (index === 0 && type === 'usb') return 'usb';
  return `${type}${index}`;
};

const diskAlias = (draft: DraftDomain, disk: Draft<Disk>): string => {
  const { address } = disk;
  if (address?.type !== 'drive') return `${disk.bus}-disk${targetIndex(disk.target) ?? 0}`;
  const { controller, bus, target, unit } = address;
  if (disk.bus !== 'scsi' || scsiModelOf(draft, controller) === 'lsilogic') return `${disk.bus}${controller}-${bus}-${unit}`;
  return `${disk.bus}${controller}-${bus}-${target}-${unit}`;
};

/** Model of the SCSI controller with this index. */
export function scsiModelOf(draft: DraftDomain, index: number): string | undefined {
  return draft.devices.controllers.find((c) => c.type === 'scsi' && c.index === index)?.model;
}
