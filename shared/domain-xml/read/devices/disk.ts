import { made } from '../../../domain/made.ts';
import type { Disk, DiskBus, DiskDriver, IoTune } from '../../../domain/disk.ts';
import type { Reader } from '../reader/reader.ts';
import { readInfo, readVirtioOptions, virtioModels } from './info.ts';
import { readBackingStore, readEncryption, readMetadataCache, readStorageSource, storageTypes } from './storage-source.ts';

const buses = ['ide', 'fdc', 'scsi', 'virtio', 'usb', 'sata', 'sd', 'xen', 'uml', 'none'] as const;

/** The bus that a target name speaks of, as libvirt guesses it. */
const busOf = (target: string, device: string): DiskBus => {
  if (device === 'floppy') return 'fdc';
  const prefix = /^[a-z]{2,3}/.exec(target)?.[0] ?? '';
  if (prefix.startsWith('vd')) return 'virtio';
  if (prefix.startsWith('xvd')) return 'xen';
  if (prefix.startsWith('sd')) return 'scsi';
  if (prefix.startsWith('ub')) return 'uml';
  return 'ide';
};

const readDriver = (reader: Reader | undefined): DiskDriver => {
  if (reader === undefined) return {};
  const queueSize = reader.integer('queue_size', { max: 0xffffffff });
  return made<DiskDriver>({
    ...readVirtioOptions(reader),
    name: reader.filled('name'),
    type: reader.filled('type'),
    cache: reader.oneOf('cache', ['default', 'none', 'writethrough', 'writeback', 'directsync', 'unsafe']),
    errorPolicy: reader.oneOf('error_policy', ['stop', 'report', 'ignore', 'enospace']),
    readErrorPolicy: reader.oneOf('rerror_policy', ['stop', 'report', 'ignore']),
    io: reader.oneOf('io', ['native', 'threads', 'io_uring']),
    ioeventfd: reader.onOff('ioeventfd'),
    eventIdx: reader.onOff('event_idx'),
    copyOnRead: reader.onOff('copy_on_read'),
    discard: reader.oneOf('discard', ['ignore', 'unmap']),
    discardNoUnref: reader.onOff('discard_no_unref'),
    detectZeroes: reader.oneOf('detect_zeroes', ['off', 'on', 'unmap']),
    iothread: reader.integer('iothread', { min: 1, max: 0xffffffff }),
    queues: reader.integer('queues', { min: 1, max: 0xffff }),
    queueSize,
    metadataCacheBytes: readMetadataCache(reader),
  });
};

const tuneNames = [
  ['totalBytesSec', 'total_bytes_sec'],
  ['readBytesSec', 'read_bytes_sec'],
  ['writeBytesSec', 'write_bytes_sec'],
  ['totalIopsSec', 'total_iops_sec'],
  ['readIopsSec', 'read_iops_sec'],
  ['writeIopsSec', 'write_iops_sec'],
  ['totalBytesSecMax', 'total_bytes_sec_max'],
  ['readBytesSecMax', 'read_bytes_sec_max'],
  ['writeBytesSecMax', 'write_bytes_sec_max'],
  ['totalIopsSecMax', 'total_iops_sec_max'],
  ['readIopsSecMax', 'read_iops_sec_max'],
  ['writeIopsSecMax', 'write_iops_sec_max'],
  ['totalBytesSecMaxLength', 'total_bytes_sec_max_length'],
  ['readBytesSecMaxLength', 'read_bytes_sec_max_length'],
  ['writeBytesSecMaxLength', 'write_bytes_sec_max_length'],
  ['totalIopsSecMaxLength', 'total_iops_sec_max_length'],
  ['readIopsSecMaxLength', 'read_iops_sec_max_length'],
  ['writeIopsSecMaxLength', 'write_iops_sec_max_length'],
  ['sizeIopsSec', 'size_iops_sec'],
] as const;

/** Names of the numbers in `<iotune>`: in the model, in the XML. */
export const ioTuneNames: readonly (readonly [keyof Omit<IoTune, 'groupName'>, string])[] = tuneNames;

const readIoTune = (reader: Reader | undefined): IoTune | undefined => {
  if (reader === undefined) return undefined;
  const numbers = tuneNames.map(([key, name]) => [key, reader.child(name)?.textInteger()] as const);
  const tune = made<IoTune>({ ...(Object.fromEntries(numbers) as IoTune), groupName: reader.childText('group_name') });
  const clash = (total?: number, read?: number, write?: number) => (total ?? 0) > 0 && ((read ?? 0) > 0 || (write ?? 0) > 0);
  if (clash(tune.totalBytesSec, tune.readBytesSec, tune.writeBytesSec) || clash(tune.totalIopsSec, tune.readIopsSec, tune.writeIopsSec)) {
    reader.error('A total limit and a read or write limit of the same kind exclude each other.');
  }
  return tune;
};

/** Rules between the parts of one disk that libvirt applies when it is defined. */
const check = (reader: Reader, disk: Disk): void => {
  const { device, target, bus, driver, address, source } = disk;
  const partition = /^(?:fd|hd|vd|sd|xvd|ubd)[a-z]+[0-9]+$/.test(target);
  if (partition) reader.error(`'${target}' names a partition; a disk's target is a whole disk, as 'vda'.`);
  else if (target !== '' && !/^(?:fd|hd|vd|sd|xvd|ubd)/.test(target)) reader.error(`'${target}' is no name for a disk's target, as 'vda'.`);
  if (device === 'floppy' && bus !== 'fdc') reader.error(`A floppy sits on the bus 'fdc', not '${bus}'.`);
  if (device !== 'floppy' && bus === 'fdc') reader.error(`The bus 'fdc' is for floppies.`);
  if (device === 'cdrom' && bus === 'virtio') reader.error('A CD-ROM drive cannot sit on the bus virtio; use sata, scsi, ide or usb.');
  if (
    device === 'lun' &&
    !(source.type === 'block' || (source.type === 'network' && source.protocol === 'iscsi') || source.type === 'volume')
  ) {
    reader.error("A 'lun' must be a block device, an iSCSI source or a volume.");
  }
  if (device === 'lun' && bus !== 'scsi' && bus !== 'virtio') reader.error("A 'lun' sits on the bus scsi.");
  if (driver.type === 'cow') reader.child('driver')?.error("The image format 'cow' is not supported any more.", 'type');
  if (driver.type === 'iso') reader.child('driver')?.error("'iso' is no image format for QEMU: use 'raw'.", 'type');
  const encryption = disk.encryption ?? source.encryption;
  // librbd encrypts below the image format.
  if (
    encryption !== undefined &&
    encryption.engine !== 'librbd' &&
    driver.type !== undefined &&
    driver.type !== 'raw' &&
    driver.type !== 'qcow2'
  ) {
    reader.findings.add('error', encryption.path, "Only images of the formats 'raw' and 'qcow2' can be encrypted.");
  }
  const drive = bus === 'sata' || bus === 'ide' || bus === 'fdc' || bus === 'scsi';
  if (drive && address !== undefined && address.type !== 'drive') {
    reader
      .child('address')
      ?.error(
        `A disk on the bus '${bus}' has an address of type 'drive', not '${address.type === 'pci-auto' ? 'pci' : address.type}'.`,
        'type',
      );
  }
  if (bus === 'usb' && address !== undefined && address.type !== 'usb') {
    reader.child('address')?.error("A disk on the bus 'usb' has an address of type 'usb'.", 'type');
  }
  if (bus === 'virtio' && (address?.type === 'drive' || address?.type === 'usb')) {
    reader.child('address')?.error(`A virtio disk cannot have an address of type '${address.type}'.`, 'type');
  }
  if (disk.serial !== undefined && /[^A-Za-z0-9 _.+:/@-]/.test(disk.serial)) {
    reader.child('serial')?.error('A serial number has letters, digits, blanks and . _ + - : / @ only.');
  }
  if (disk.wwn !== undefined && !/^(?:0x)?[0-9a-fA-F]{16}$/.test(disk.wwn)) reader.child('wwn')?.error('A WWN has 16 hexadecimal digits.');
  if ((disk.vendor ?? '').length > 8 || (disk.product ?? '').length > 16) {
    reader.error('A vendor has at most 8 characters, a product at most 16.');
  }
};

/** Reads a `<disk>`. */
export function readDisk(reader: Reader): Disk {
  const type = reader.oneOf('type', storageTypes) ?? 'file';
  const device = reader.oneOf('device', ['disk', 'cdrom', 'floppy', 'lun']) ?? 'disk';
  const target = reader.child('target');
  const name = target?.filled('dev') ?? '';
  const source = readStorageSource(reader, type);
  if (name === '') reader.error('A disk needs a <target dev=…/>.');
  const geometry = reader.child('geometry');
  const blockio = reader.child('blockio');
  const transient = reader.child('transient');
  const mirror = reader.child('mirror');
  if (mirror !== undefined) reader.findings.claimTree(mirror.element);
  const encryption = readEncryption(reader.child('encryption'));
  if (encryption !== undefined && source.encryption !== undefined) {
    reader.findings.add('error', encryption.path, 'There is an <encryption> under the <source> already.');
  }
  // Auth and encryption of a disk without network source have their own reader; here they only need claiming.
  if (source.type !== 'network' && source.type !== 'volume') reader.child('auth')?.error('Only a network source has <auth>.');
  const disk = made<Disk>({
    ...readInfo(reader),
    kind: 'disk',
    device,
    source,
    hasSource: reader.has('source'),
    driver: readDriver(reader.child('driver')),
    target: name,
    bus: target?.oneOf('bus', buses) ?? busOf(name, device),
    tray: target?.oneOf('tray', ['open', 'closed']),
    removable: target?.onOff('removable'),
    rotationRate: target?.integer('rotation_rate', { min: 1, max: 65534 }),
    model: reader.oneOf('model', virtioModels),
    // A CD-ROM is read-only whether it says so or not.
    readOnly: reader.has('readonly') || device === 'cdrom',
    shareable: reader.has('shareable'),
    transient: transient !== undefined,
    transientShareBacking: transient?.yesNo('shareBacking'),
    serial: reader.childText('serial'),
    wwn: reader.childText('wwn'),
    vendor: reader.childText('vendor'),
    product: reader.childText('product'),
    rawio: reader.yesNo('rawio'),
    sgio: reader.oneOf('sgio', ['filtered', 'unfiltered']),
    snapshot: reader.oneOf('snapshot', ['no', 'internal', 'external', 'manual']),
    geometry:
      geometry === undefined
        ? undefined
        : made({
            cylinders: geometry.requiredInteger('cyls', { max: 0xffffffff }),
            heads: geometry.requiredInteger('heads', { max: 0xffffffff }),
            sectors: geometry.requiredInteger('secs', { max: 0xffffffff }),
            translation: geometry.oneOf('trans', ['none', 'lba', 'auto']),
          }),
    blockio:
      blockio === undefined
        ? undefined
        : made({
            logicalBlockSize: blockio.integer('logical_block_size'),
            physicalBlockSize: blockio.integer('physical_block_size'),
            discardGranularity: blockio.integer('discard_granularity'),
          }),
    iotune: readIoTune(reader.child('iotune')),
    backingStore: readBackingStore(reader.child('backingStore')),
    mirror: mirror === undefined ? undefined : made({ path: mirror.path, job: mirror.attribute('job'), ready: mirror.attribute('ready') }),
    encryption,
  });
  check(reader, disk);
  return disk;
}
