import type { DiskDriver, StorageEncryption, StorageSource } from '../../../shared/domain/index.ts';
import { invalid, unsupported } from '../plan/draft.ts';
import type { CommandLine } from './builder.ts';
import { addSecret, networkProps } from './network-storage.ts';
import type { OptionProps, OptionValue } from './options.ts';

/** What a back end is used for. */
export interface StorageUse {
  /** `libvirt-1`, `libvirt-pflash0`: prefix of the node names. */
  readonly node: string;
  readonly readOnly: boolean;
  /** Image format; absent: raw. */
  readonly format?: string;
  readonly driver?: DiskDriver;
  /** Bytes; qcow2's table cache. */
  readonly metadataCacheBytes?: number;
  /** Of a disk where the source has none of its own. */
  readonly encryption?: StorageEncryption;
  /** Node under this image; null: there is none (`<backingStore/>`); undefined: what the image's header says. */
  readonly backing?: string | null;
  readonly device?: 'disk' | 'cdrom' | 'floppy' | 'lun';
}

/** Image formats that QEMU opens and libvirt knows. */
const formats = new Set(['raw', 'qcow2', 'qcow', 'qed', 'vmdk', 'vdi', 'vpc', 'vhdx', 'parallels', 'bochs', 'cloop', 'dmg', 'luks', 'fat']);
const withBacking = new Set(['qcow', 'qcow2', 'qed', 'vmdk']);

/** Does the source name nothing (a drive without a medium)? */
export function isEmpty(source: StorageSource): boolean {
  return (source.type === 'file' && source.file === undefined) || (source.type === 'block' && source.dev === undefined);
}

/** `cache` as QEMU's two switches; undefined where the XML leaves it open. */
const cacheProps = (driver: DiskDriver | undefined): OptionValue | undefined => {
  const cache = driver?.cache;
  if (cache === undefined || cache === 'default') return undefined;
  return { direct: cache === 'none' || cache === 'directsync', 'no-flush': cache === 'unsafe' };
};

/** Adds the `-blockdev` nodes of one image, lowest first; returns the name of the topmost (qemu(1), -blockdev). */
export function addStorage(line: CommandLine, source: StorageSource, use: StorageUse): string {
  const format = source.type === 'dir' ? 'raw' : (use.format ?? 'raw');
  if (!formats.has(format)) line.refuse(invalid(`${parent(source.path)}/driver/@type`, `QEMU has no image format '${format}'.`));
  const cache = cacheProps(use.driver);
  const storage = `${use.node}-storage`;
  const encryption = source.encryption ?? use.encryption;
  const byRbd = encryption?.engine === 'librbd';
  if (encryption !== undefined && encryption.secrets.length > 1 && !byRbd)
    line.refuse(
      invalid(
        `${encryption.path}/secret[2]`,
        'An encrypted image has one secret; several are for layers of an RBD image (engine="librbd").',
      ),
    );
  const count = encryption === undefined ? 0 : Math.max(1, encryption.secrets.length);
  const secrets = Array.from({ length: count }, (_, n) => `${use.node}-format-encryption-secret${n}`);
  const [secret] = secrets;
  if (encryption !== undefined) for (const id of secrets) addSecret(line, id, encryption.path);

  line.blockdev({
    ...backend(line, source, use),
    ...(byRbd ? { encrypt: layersOf(encryption.format, secrets) } : {}),
    'node-name': storage,
    ...(cache === undefined ? {} : { cache }),
    'auto-read-only': true,
    discard: 'unmap',
  });

  let file = storage;
  const slice = source.slices?.[0];
  const inFormat = slice !== undefined && format === 'raw' && encryption === undefined;
  if (slice !== undefined && !inFormat) {
    file = `${use.node}-slice-sto`;
    line.blockdev({
      driver: 'raw',
      'node-name': file,
      offset: slice.offset,
      size: slice.size,
      file: storage,
      'auto-read-only': true,
      discard: 'unmap',
      cache,
    });
  }

  const top = `${use.node}-format`;
  line.blockdev({
    'node-name': top,
    'read-only': use.readOnly,
    cache,
    discard: use.driver?.discard,
    'detect-zeroes': detectZeroes(use.driver),
    ...formatProps(format, byRbd ? undefined : encryption, secret),
    'discard-no-unref': discardNoUnref(line, source, use),
    'cache-size': format === 'qcow2' ? use.metadataCacheBytes : undefined,
    ...(inFormat ? { offset: slice.offset, size: slice.size } : {}),
    file,
    ...(use.backing === undefined || !withBacking.has(format) ? {} : { backing: use.backing }),
  });
  return top;
}

/** How an RBD image and those that it was cloned from are opened: the first secret is its own, each next one its parent's (QAPI RbdEncryptionOptions). */
const layersOf = (format: string, [secret, ...parents]: readonly string[]): OptionProps => ({
  format,
  'key-secret': secret,
  parent: parents.length === 0 ? undefined : layersOf(format, parents),
});

/** Clusters that the guest gave back stay its own (QEMU 8.1). */
const discardNoUnref = (line: CommandLine, source: StorageSource, use: StorageUse): boolean | undefined => {
  const wanted = use.driver?.discardNoUnref;
  if (wanted === undefined || use.format !== 'qcow2') return undefined;
  if (line.capabilities.schema.variantMember('blockdev-add', 'qcow2', 'discard-no-unref')) return wanted;
  // Off is what an older one does.
  if (!wanted) return undefined;
  throw unsupported(`${parent(source.path)}/driver/@discard_no_unref`, 'This QEMU has no discard_no_unref: that came with version 8.1.');
};

const parent = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** QEMU refuses to turn zeroes into holes where holes are not passed on; libvirt weakens it to writing them fast. */
const detectZeroes = (driver: DiskDriver | undefined): string | undefined =>
  driver?.detectZeroes === 'unmap' && driver.discard !== 'unmap' ? 'on' : driver?.detectZeroes;

const formatProps = (format: string, encryption: StorageEncryption | undefined, secret: string | undefined): OptionProps => {
  if (format === 'fat') return { driver: 'raw' };
  if (encryption === undefined) return { driver: format };
  if (format === 'raw') return { driver: 'luks', 'key-secret': secret };
  if (format === 'qcow2')
    return { driver: 'qcow2', encrypt: { format: encryption.format === 'qcow' ? 'aes' : 'luks', 'key-secret': secret } };
  throw invalid(encryption.path, `An image of format '${format}' can't be encrypted.`);
};

const backend = (line: CommandLine, source: StorageSource, use: StorageUse): OptionProps => {
  switch (source.type) {
    case 'file':
      if (source.fdgroup !== undefined)
        line.refuse(unsupported(`${source.path}/@fdgroup`, 'Images passed as descriptors by the caller are not supported.'));
      if (use.format === 'fat') return vvfat(source.file ?? '', use);
      return { driver: 'file', filename: source.file, aio: use.driver?.io };
    case 'block': {
      const dev = source.dev ?? '';
      const isDrive = use.device === 'cdrom' && line.host.cdromDevices.includes(dev);
      return { driver: isDrive ? 'host_cdrom' : 'host_device', filename: dev, aio: use.driver?.io };
    }
    case 'dir':
      return vvfat(source.dir, use);
    case 'nvme': {
      const { domain, bus, slot, function: fn } = source.address;
      const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0');
      if (line.starts) line.refuse(unsupported(source.path, 'Handing NVMe controllers through as disks is not supported.'));
      return { driver: 'nvme', device: `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`, namespace: source.namespace };
    }
    case 'network':
      return networkProps(line, source, use.node);
    case 'volume':
      throw unsupported(
        `${source.path}/@pool`,
        'Volumes of storage pools are not supported as disks.',
        "Use the volume's file instead: <disk type='file'>.",
      );
    case 'vhostuser':
      throw invalid(source.path, 'A vhost-user disk has no image.');
    case 'vhostvdpa':
      throw unsupported(source.path, 'vDPA disks are not supported.');
  }
};

const vvfat = (dir: string, use: StorageUse): OptionProps => {
  if (!use.readOnly && use.device !== 'floppy') throw invalid(`${dir}`, 'A directory as a FAT disk must be read-only.');
  return { driver: 'vvfat', dir, floppy: use.device === 'floppy', rw: false };
};
