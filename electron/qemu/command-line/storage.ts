import type { DiskDriver, StorageEncryption, StorageSource } from '../../../shared/domain/index.ts';
import { invalid, unsupported } from '../draft.ts';
import type { CommandLine } from './builder.ts';
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
export const isEmpty = (source: StorageSource): boolean =>
  (source.type === 'file' && source.file === undefined) || (source.type === 'block' && source.dev === undefined);

/** `cache` as QEMU's two switches; undefined where the XML leaves it open. */
const cacheProps = (driver: DiskDriver | undefined): OptionValue | undefined => {
  const cache = driver?.cache;
  if (cache === undefined || cache === 'default') return undefined;
  return { direct: cache === 'none' || cache === 'directsync', 'no-flush': cache === 'unsafe' };
};

/** Adds the `-blockdev` nodes of one image, lowest first; returns the name of the topmost (qemu(1), -blockdev). */
export const addStorage = (line: CommandLine, source: StorageSource, use: StorageUse): string => {
  const format = source.type === 'dir' ? 'raw' : (use.format ?? 'raw');
  if (!formats.has(format)) throw invalid(`${parent(source.path)}/driver/@type`, `QEMU has no image format '${format}'.`);
  const cache = cacheProps(use.driver);
  const storage = `${use.node}-storage`;
  const encryption = source.encryption ?? use.encryption;
  const byRbd = encryption?.engine === 'librbd';
  if (encryption !== undefined) addSecret(line, `${use.node}-format-encryption-secret0`, encryption.path);
  const secret = encryption === undefined ? undefined : `${use.node}-format-encryption-secret0`;

  line.blockdev({
    ...backend(line, source, use),
    ...(byRbd ? { encrypt: { format: encryption.format, 'key-secret': secret } } : {}),
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
    line.blockdev({ driver: 'raw', 'node-name': file, offset: slice.offset, size: slice.size, file: storage, 'auto-read-only': true, discard: 'unmap', cache });
  }

  const top = `${use.node}-format`;
  line.blockdev({
    'node-name': top,
    'read-only': use.readOnly,
    cache,
    discard: use.driver?.discard,
    'detect-zeroes': detectZeroes(use.driver),
    ...formatProps(format, byRbd ? undefined : encryption, secret),
    'cache-size': format === 'qcow2' ? use.metadataCacheBytes : undefined,
    ...(inFormat ? { offset: slice.offset, size: slice.size } : {}),
    file,
    ...(use.backing === undefined || !withBacking.has(format) ? {} : { backing: use.backing }),
  });
  return top;
};

const parent = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** QEMU refuses to turn zeroes into holes where holes are not passed on; libvirt weakens it to writing them fast. */
const detectZeroes = (driver: DiskDriver | undefined): string | undefined =>
  driver?.detectZeroes === 'unmap' && driver.discard !== 'unmap' ? 'on' : driver?.detectZeroes;

const formatProps = (format: string, encryption: StorageEncryption | undefined, secret: string | undefined): OptionProps => {
  if (format === 'fat') return { driver: 'raw' };
  if (encryption === undefined) return { driver: format };
  if (format === 'raw') return { driver: 'luks', 'key-secret': secret };
  if (format === 'qcow2') return { driver: 'qcow2', encrypt: { format: encryption.format === 'qcow' ? 'aes' : 'luks', 'key-secret': secret } };
  throw invalid(encryption.path, `An image of format '${format}' can't be encrypted.`);
};

/** A secret that libvirt's secret store would supply. A start has no such store. */
const addSecret = (line: CommandLine, id: string, path: string): void => {
  if (line.starts) throw unsupported(path, 'Secrets for encrypted images and network logins are not supported.');
  line.object({ 'qom-type': 'secret', id, file: `${line.paths.runtime}/${id}` });
};

const backend = (line: CommandLine, source: StorageSource, use: StorageUse): OptionProps => {
  switch (source.type) {
    case 'file':
      if (source.fdgroup !== undefined) throw unsupported(`${source.path}/@fdgroup`, 'Images passed as descriptors by the caller are not supported.');
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
      if (line.starts) throw unsupported(source.path, 'Handing NVMe controllers through as disks is not supported.');
      return { driver: 'nvme', device: `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`, namespace: source.namespace };
    }
    case 'network':
      return network(line, source, use);
    case 'volume':
      throw unsupported(`${source.path}/@pool`, 'Volumes of storage pools are not supported as disks.', "Use the volume's file instead: <disk type='file'>.");
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

type Network = Extract<StorageSource, { type: 'network' }>;

const defaultPorts: Readonly<Record<string, string>> = { nbd: '10809', gluster: '24007', iscsi: '3260', http: '80', https: '443', ftp: '21', ftps: '990', tftp: '69', ssh: '22' };

const hostName = (source: Network): { name: string; port: string | undefined } => {
  const host = source.hosts[0];
  if (source.hosts.length !== 1 || host === undefined) throw invalid(source.path, `A source of protocol ${source.protocol} needs exactly one <host>.`);
  if (host.name === undefined) throw invalid(`${source.path}/host/@name`, 'The host needs a name.');
  return { name: host.name, port: host.port ?? defaultPorts[source.protocol] };
};

const bracketed = (name: string): string => (name.includes(':') ? `[${name}]` : name);

const network = (line: CommandLine, source: Network, use: StorageUse): OptionProps => {
  if (source.tls === true) throw unsupported(`${source.path}/@tls`, 'TLS to network storage is not supported.');
  if (source.cookies !== undefined && source.cookies.length > 0) throw unsupported(`${source.path}/cookies`, 'Cookies for network storage are not supported.');
  const login = () => {
    if (source.auth === undefined) return undefined;
    const id = `${use.node}-storage-auth-secret0`;
    addSecret(line, id, `${source.path}/auth`);
    return { user: source.auth.username, id };
  };
  const name = source.name ?? '';
  switch (source.protocol) {
    case 'nbd':
      return { driver: 'nbd', server: nbdServer(source), export: source.name?.replace(/^\//, ''), 'reconnect-delay': source.reconnectDelay };
    case 'gluster':
      return { driver: 'gluster', ...split(source, 'volume', 'path'), server: source.hosts.map((h) => serverAddress(h, '24007')), debug: 4 };
    case 'iscsi':
      return iscsi(source, login());
    case 'http':
    case 'https':
    case 'ftp':
    case 'ftps':
    case 'tftp': {
      const host = hostName(source);
      const user = login();
      const path = name.startsWith('/') ? name : `/${name}`;
      return {
        driver: source.protocol,
        url: `${source.protocol}://${bracketed(host.name)}:${host.port}${path}${source.query === undefined ? '' : `?${source.query}`}`,
        username: user?.user,
        'password-secret': user?.id,
        sslverify: source.sslVerify,
        readahead: source.readahead,
        timeout: source.timeout,
      };
    }
    case 'rbd': {
      const user = login();
      return {
        driver: 'rbd',
        ...split(source, 'pool', 'image'),
        snapshot: source.snapshot,
        conf: source.config,
        server: source.hosts.length === 0 ? undefined : source.hosts.map((h) => ({ host: h.name, port: h.port })),
        user: user?.user,
        'auth-client-required': user === undefined ? undefined : ['cephx', 'none'],
        'key-secret': user?.id,
      };
    }
    case 'nfs':
      return { driver: 'nfs', server: { host: hostName(source).name, type: 'inet' }, path: name, user: numericId(source, 'user'), group: numericId(source, 'group') };
    case 'ssh':
      return sshProps(source, name);
    case 'vxhs':
    case 'sheepdog':
      throw unsupported(`${source.path}/@protocol`, `This QEMU has no driver for '${source.protocol}'.`);
  }
};

const sshProps = (source: Network, path: string): OptionProps => {
  if (source.knownHosts !== undefined || source.keyfile !== undefined) throw unsupported(source.path, 'Key files for ssh disks are not supported.');
  const host = hostName(source);
  return { driver: 'ssh', path, server: { host: host.name, port: host.port }, user: source.identity?.user ?? source.auth?.username };
};

const numericId = (source: Network, which: 'user' | 'group'): number | undefined => {
  const text = source.identity?.[which];
  if (text === undefined) return undefined;
  const number = /^\+?[0-9]+$/.test(text) ? Number(text) : undefined;
  if (number === undefined) throw unsupported(`${source.path}/identity/@${which}`, 'Give the identity as a number.');
  return number;
};

/** Splits `first/rest`, as gluster and rbd name things. */
const split = (source: Network, first: string, rest: string): OptionProps => {
  const name = source.name ?? '';
  const at = name.indexOf('/');
  if (at < 1 || at === name.length - 1) throw invalid(`${source.path}/@name`, `The name of a ${source.protocol} source has the form ${first}/${rest}.`);
  return { [first]: name.slice(0, at), [rest]: name.slice(at + 1) };
};

const serverAddress = (host: Network['hosts'][number], port: string): OptionValue =>
  host.transport === 'unix' ? { type: 'unix', path: host.socket } : { type: 'inet', host: host.name, port: host.port ?? port };

const nbdServer = (source: Network): OptionValue => {
  const host = source.hosts[0];
  if (source.hosts.length !== 1 || host === undefined) throw invalid(source.path, 'An NBD source needs exactly one <host>.');
  return serverAddress(host, '10809');
};

const iscsi = (source: Network, user: { user: string; id: string } | undefined): OptionProps => {
  const host = hostName(source);
  const name = source.name ?? '';
  const at = name.indexOf('/');
  const lun = at < 0 ? 0 : Number(name.slice(at + 1));
  if (!Number.isInteger(lun)) throw invalid(`${source.path}/@name`, 'The name of an iSCSI source ends in the number of its LUN.');
  return {
    driver: 'iscsi',
    portal: `${bracketed(host.name)}:${host.port}`,
    target: at < 0 ? name : name.slice(0, at),
    lun,
    transport: 'tcp',
    user: user?.user,
    'password-secret': user?.id,
    'initiator-name': source.initiator,
  };
};

/** The `-blockdev` of an iSCSI LUN handed to the guest as a whole (`<hostdev type='scsi'>`). */
export const addIscsiHostdev = (line: CommandLine, source: Network, node: string, readOnly: boolean): string => {
  let user: { user: string; id: string } | undefined;
  if (source.auth !== undefined) {
    user = { user: source.auth.username, id: `${node}-secret0` };
    addSecret(line, user.id, `${source.path}/auth`);
  }
  line.blockdev({ ...iscsi(source, user), 'node-name': node, 'read-only': readOnly });
  return node;
};
