import type { BackingStore, Disk } from '../../../shared/domain/index.ts';
import { scsiModelOf } from '../plan/aliases.ts';
import { invalid, unsupported, type Draft } from '../plan/draft.ts';
import type { CommandLine } from './builder.ts';
import { virtioProps } from './builder.ts';
import { addChardev } from './chardev.ts';
import { addStorage, isEmpty } from './storage.ts';
import type { OptionProps } from './options.ts';

/** How many images a disk's chain has, itself included; each takes a number for its node names. */
const chainLength = (disk: Draft<Disk>): number => {
  let length = 1;
  for (let b = disk.backingStore; b !== undefined && !b.none; b = b.backingStore) length++;
  return length;
};

/** Adds all disks. Node numbers run from the last disk to the first, along each chain (libvirt's order). */
export function addDisks(line: CommandLine): number {
  const { disks } = line.draft.devices;
  const numbers = new Map<Draft<Disk>, number>();
  let next = 1;
  for (const disk of disks.toReversed()) {
    if (disk.source.type === 'vhostuser') continue;
    numbers.set(disk, next);
    next += chainLength(disk);
  }
  addFloppyController(line);
  line.each(disks, (disk) => addDisk(line, disk, numbers.get(disk) ?? 0));
  return next;
}

/** Old machine types have a floppy controller built in; q35 has none since 2.4. */
const addFloppyController = (line: CommandLine): void => {
  const floppies = line.draft.devices.disks.filter((disk) => disk.bus === 'fdc');
  if (floppies.length === 0) return;
  const boot = Object.fromEntries(
    floppies.flatMap((disk) =>
      disk.bootIndex !== undefined && disk.address?.type === 'drive'
        ? [[`bootindex${disk.address.unit === 0 ? 'A' : 'B'}`, disk.bootIndex]]
        : [],
    ),
  );
  if (line.draft.chipset === 'q35') line.device({ driver: 'isa-fdc', ...boot });
  else for (const [key, index] of Object.entries(boot)) line.add('global', `isa-fdc.${key}=${index}`);
};

const addDisk = (line: CommandLine, disk: Draft<Disk>, number: number): void => {
  check(line, disk);
  if (disk.source.type === 'vhostuser') {
    addVhostUser(line, disk, disk.source);
    return;
  }
  let node: string | undefined;
  if (!isEmpty(disk.source)) {
    const backing = addBacking(line, disk, disk.backingStore, number + 1);
    node = addStorage(line, disk.source, {
      node: `libvirt-${number}`,
      readOnly: disk.readOnly || disk.device === 'cdrom',
      driver: disk.driver,
      device: disk.device,
      ...(disk.driver.type === undefined ? {} : { format: disk.driver.type }),
      ...(disk.driver.metadataCacheBytes === undefined ? {} : { metadataCacheBytes: disk.driver.metadataCacheBytes }),
      ...(disk.encryption === undefined ? {} : { encryption: disk.encryption }),
      ...(backing === undefined ? {} : { backing }),
    });
    if (disk.driver.copyOnRead === true) {
      const cor = `libvirt-CoR-${disk.target}`;
      line.blockdev({ driver: 'copy-on-read', 'node-name': cor, file: node, discard: 'unmap' });
      node = cor;
    }
  }
  line.device({ ...front(line, disk, node), ...last(disk) });
};

/** Adds the images under an image, lowest first. */
const addBacking = (line: CommandLine, disk: Draft<Disk>, backing: BackingStore | undefined, number: number): string | null | undefined => {
  if (backing === undefined) return undefined;
  if (backing.none) return null;
  const below = addBacking(line, disk, backing.backingStore, number + 1);
  return addStorage(line, backing.source, {
    node: `libvirt-${number}`,
    readOnly: true,
    ...(disk.driver.cache === undefined ? {} : { driver: { cache: disk.driver.cache } }),
    ...(backing.format === undefined ? {} : { format: backing.format }),
    ...(backing.metadataCacheBytes === undefined ? {} : { metadataCacheBytes: backing.metadataCacheBytes }),
    ...(below === undefined ? {} : { backing: below }),
  });
};

const addVhostUser = (line: CommandLine, disk: Draft<Disk>, source: Extract<Disk['source'], { type: 'vhostuser' }>): void => {
  const id = `chr-vu-${line.id(disk)}`;
  const { reconnect } = source;
  addChardev(
    line,
    { type: 'unix', mode: 'connect', path: source.socket, ...(reconnect === undefined ? {} : { reconnect }) },
    { alias: line.id(disk), id, path: disk.path, vhostUser: true },
  );
  line.device({
    driver: line.virtioType('vhost-user-blk', disk.address, disk.model, disk.path),
    ...virtioProps(disk.driver),
    'num-queues': disk.driver.queues,
    'queue-size': disk.driver.queueSize,
    ...line.place(disk),
    chardev: id,
    id: disk.alias,
    bootindex: disk.bootIndex,
  });
};

const front = (line: CommandLine, disk: Draft<Disk>, drive: string | undefined): OptionProps => ({
  ...bus(line, disk),
  'share-rw': disk.shareable && disk.device !== 'lun' ? true : disk.shareable ? true : undefined,
  drive,
  id: disk.alias,
  bootindex: disk.bus === 'fdc' ? undefined : disk.bootIndex,
});

const last = (disk: Draft<Disk>): OptionProps => ({
  loadparm: disk.loadparm,
  logical_block_size: disk.blockio?.logicalBlockSize,
  physical_block_size: disk.blockio?.physicalBlockSize,
  discard_granularity: disk.blockio?.discardGranularity,
  wwn: disk.wwn === undefined ? undefined : BigInt(`0x${disk.wwn.replace(/^0x/, '')}`),
  rotation_rate: disk.rotationRate,
  vendor: disk.vendor,
  // IDE has one name for the whole of it.
  ...(disk.bus === 'ide' || disk.bus === 'sata' ? { model: disk.product } : { product: disk.product }),
  removable: disk.bus === 'usb' ? disk.removable === true : disk.removable,
  cyls: disk.geometry?.cylinders,
  heads: disk.geometry?.heads,
  secs: disk.geometry?.sectors,
  'bios-chs-trans': disk.geometry?.translation,
  'write-cache': writeCache(disk),
  ...errorPolicy(disk),
  serial: disk.bus === 'fdc' ? undefined : disk.serial,
});

/** The write cache that the guest sees follows from the cache mode; scsi-block has none of its own. */
const writeCache = (disk: Draft<Disk>): string | undefined => {
  const { cache } = disk.driver;
  if (disk.device === 'lun' || cache === undefined || cache === 'default') return undefined;
  return cache === 'writethrough' || cache === 'directsync' ? 'off' : 'on';
};

const errorPolicy = (disk: Draft<Disk>): OptionProps => {
  const write = disk.driver.errorPolicy;
  // QEMU has no "stop when full" for reads.
  const read = disk.driver.readErrorPolicy ?? (write === 'enospace' ? undefined : write);
  return { werror: write === 'enospace' ? 'enospc' : write, rerror: read };
};

const bus = (line: CommandLine, disk: Draft<Disk>): OptionProps => {
  const { address } = disk;
  const drive = address?.type === 'drive' ? address : undefined;
  switch (disk.bus) {
    case 'virtio':
      return {
        driver: line.virtioType('virtio-blk', address, disk.model, disk.path),
        ...virtioProps(disk.driver),
        iothread: disk.driver.iothread === undefined ? undefined : `iothread${disk.driver.iothread}`,
        ioeventfd: disk.driver.ioeventfd,
        event_idx: disk.driver.eventIdx,
        scsi: disk.device === 'lun' ? true : undefined,
        'num-queues': disk.driver.queues,
        'queue-size': disk.driver.queueSize,
        ...line.place(disk),
      };
    case 'ide': {
      const controller = line.controllerAlias('ide', drive?.controller ?? 0, disk.path);
      return { driver: disk.device === 'cdrom' ? 'ide-cd' : 'ide-hd', bus: `${controller}.${drive?.bus ?? 0}`, unit: drive?.unit };
    }
    case 'sata': {
      const controller = line.controllerAlias('sata', drive?.controller ?? 0, disk.path);
      return { driver: disk.device === 'cdrom' ? 'ide-cd' : 'ide-hd', bus: `${controller}.${drive?.unit ?? 0}` };
    }
    case 'scsi':
      return scsi(line, disk);
    case 'usb':
      return { driver: 'usb-storage', ...line.place(disk) };
    case 'fdc':
      return { driver: 'floppy', unit: drive?.unit };
    case 'sd':
    case 'xen':
    case 'uml':
    case 'none':
      throw unsupported(`${disk.path}/target/@bus`, `Disks on the bus '${disk.bus}' are not supported on this machine type.`);
  }
};

const scsi = (line: CommandLine, disk: Draft<Disk>): OptionProps => {
  const { address } = disk;
  if (address?.type !== 'drive') throw invalid(`${disk.path}/address`, 'A SCSI disk needs an address of type drive.');
  const controller = line.controllerAlias('scsi', address.controller, disk.path);
  const model = scsiModelOf(line.draft, address.controller);
  const hasId = line.capabilities.hasProperty('scsi-hd', 'device_id');
  const deviceId = disk.device === 'lun' || !hasId ? undefined : (disk.serial ?? `drive-${line.id(disk)}`);
  const driver = disk.device === 'lun' ? 'scsi-block' : disk.device === 'cdrom' ? 'scsi-cd' : 'scsi-hd';
  if (model === 'lsilogic') {
    if (address.target !== 0) line.refuse(invalid(`${disk.path}/address/@target`, "The target must be 0 on an 'lsilogic' controller."));
    if (address.unit > 7) line.refuse(invalid(`${disk.path}/address/@unit`, "An 'lsilogic' controller has units 0 to 7."));
    return { driver, bus: `${controller}.${address.bus}`, 'scsi-id': address.unit, device_id: deviceId };
  }
  return { driver, bus: `${controller}.0`, channel: address.bus, 'scsi-id': address.target, lun: address.unit, device_id: deviceId };
};

const check = (line: CommandLine, disk: Draft<Disk>): void => {
  if (disk.transient) line.refuse(unsupported(`${disk.path}/transient`, 'Transient disks are not supported.'));
  if (disk.mirror !== undefined && line.starts)
    line.refuse(unsupported(disk.mirror.path, 'A block job that was running before can not be continued.'));
  if (disk.rawio === true && line.starts)
    line.refuse(unsupported(`${disk.path}/@rawio`, 'Raw I/O needs a privilege that QEMU does not get.'));
  if (disk.sgio === 'unfiltered' && line.starts)
    line.refuse(unsupported(`${disk.path}/@sgio`, 'Unfiltered SCSI commands need a privilege that QEMU does not get.'));
  if (disk.source.reservations !== undefined)
    line.refuse(unsupported(`${disk.source.path}/reservations`, 'Persistent reservations are not supported.'));
};
