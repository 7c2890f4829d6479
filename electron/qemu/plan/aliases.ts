import { targetIndex } from '../../../shared/domain-xml/index.ts';
import {
  allPlaced,
  draftsOf,
  invalid,
  plannedKinds,
  type Draft,
  type DraftController,
  type DraftDomain,
  type DraftOf,
  type Placed,
  type PlannedKind,
} from './draft.ts';
import type { Disk, Interface } from '../../../shared/domain/index.ts';

/** An alias that the user chose (libvirt: `ua-` and letters, digits, `-`, `_`); any other is made anew at each start. */
export function isUserAlias(alias: string | undefined): alias is string {
  return alias?.startsWith('ua-') === true;
}

/** How the devices of a kind are named: a prefix and their number, what a function says, or (undefined) not at all. */
type AliasRule<K extends PlannedKind> =
  string | ((device: DraftOf<K>, draft: DraftDomain, before: readonly DraftOf<K>[]) => string | undefined) | undefined;

/** `net0`, `net1`, …: among those of the list that are named so. */
const numbered = <T extends Placed>(prefix: string, before: readonly T[], counts: (device: T) => boolean = () => true): string =>
  `${prefix}${before.filter(counts).length}`;

const isHostdev = ({ type }: Draft<Interface>): boolean => type === 'hostdev';

const memoryPrefix = { 'virtio-pmem': 'virtiopmem', 'virtio-mem': 'virtiomem', 'sgx-epc': 'epc' } as const;

/** libvirt's aliases (src/qemu/qemu_alias.c), kind by kind. */
const aliasRules: { readonly [K in PlannedKind]: AliasRule<K> } = {
  disk: (disk, draft) => diskAlias(draft, disk),
  controller: (controller, draft) => controllerAlias(draft, controller),
  filesystem: 'fs',
  // A NIC that is a device of the host is counted among those, first.
  interface: (nic, _draft, before) =>
    isHostdev(nic) ? numbered('hostdev', before, isHostdev) : numbered('net', before, (other) => !isHostdev(other)),
  smartcard: 'smartcard',
  serial: 'serial',
  parallel: 'parallel',
  // The first console is the first serial port, where it is one.
  console: (device, draft, before) =>
    (before.length === 0 && device.targetType === 'serial' ? draft.devices.serials[0]?.alias : undefined) ?? numbered('console', before),
  channel: 'channel',
  input: 'input',
  tpm: 'tpm',
  graphics: undefined,
  sound: 'sound',
  audio: undefined,
  video: 'video',
  hostdev: (_device, draft, before) => `hostdev${draft.devices.interfaces.filter(isHostdev).length + before.length}`,
  redirdev: 'redir',
  hub: 'hub',
  watchdog: 'watchdog',
  memballoon: 'balloon',
  rng: 'rng',
  panic: 'panic',
  shmem: 'shmem',
  // Memory in a slot is named after the slot.
  memory: (memory, _draft, before) => {
    const { model, address } = memory;
    if (model === 'dimm' || model === 'nvdimm')
      return address?.type === 'dimm' && address.slot !== undefined ? `${model}${address.slot}` : undefined;
    return numbered(memoryPrefix[model], before, (other) => other.model === model);
  },
  crypto: 'crypto',
  iommu: 'iommu',
  vsock: 'vsock',
};

/** The prefix of a kind's aliases, by its element: what comes while the machine runs is numbered on. */
export function aliasPrefix(element: string): string {
  const rule = Object.hasOwn(aliasRules, element) ? aliasRules[element as PlannedKind] : undefined;
  return element === 'interface' ? 'net' : typeof rule === 'string' ? rule : element;
}

const nameKind = <K extends PlannedKind>(draft: DraftDomain, kind: K): void => {
  const rule: AliasRule<K> = aliasRules[kind];
  const devices = draftsOf(draft.devices, kind);
  for (const [place, device] of devices.entries()) {
    const placed: Placed = device;
    if (placed.alias !== undefined || rule === undefined) continue;
    const alias = typeof rule === 'string' ? `${rule}${place}` : rule(device, draft, devices.slice(0, place));
    if (alias !== undefined) placed.alias = alias;
  }
};

/**
 * Names every device as libvirt does: `net0`, `virtio-disk0`, `ide0-1-0`, `serial0`, `pci.1`, … These are the ids of
 * QEMU's devices; back ends are named after them (`hostnet0`, `charserial0`).
 *
 * @param keep aliases of the XML stay, also those that aren't the user's: the machine runs with them
 * @throws TapestryError `xml-invalid` when two devices have the same alias.
 */
export function assignAliases(draft: DraftDomain, keep: boolean): void {
  const { devices: d } = draft;
  if (!keep) for (const device of allPlaced(d)) if (!isUserAlias(device.alias)) delete device.alias;
  const [first] = d.consoles;
  if (first?.targetType === 'serial' && d.serials.length > 0) delete first.alias; // it is named by the port that it is
  for (const kind of plannedKinds) nameKind(draft, kind);

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
