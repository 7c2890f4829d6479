import { made } from '../../../domain/made.ts';
import type {
  BackingStore,
  NetworkProtocol,
  SecretReference,
  StorageAuth,
  StorageEncryption,
  StorageHost,
  StorageSource,
} from '../../../domain/storage-source.ts';
import type { Reader } from '../reader/reader.ts';
import { readPciAddress } from './address.ts';
import { readReconnect } from './chardev.ts';
import { readSourceSeclabels } from './seclabel.ts';

/** What a disk's, backing store's or mirror's `type` may be. */
export const storageTypes = ['file', 'block', 'dir', 'network', 'volume', 'nvme', 'vhostuser', 'vhostvdpa'] as const;
export type StorageType = (typeof storageTypes)[number];

const protocols: readonly NetworkProtocol[] = [
  'nbd',
  'rbd',
  'sheepdog',
  'gluster',
  'iscsi',
  'http',
  'https',
  'ftp',
  'ftps',
  'tftp',
  'ssh',
  'vxhs',
  'nfs',
];

const readSecret = (secret: Reader): SecretReference => {
  const reference = made<SecretReference>({ type: secret.attribute('type'), usage: secret.attribute('usage'), uuid: secret.uuid('uuid') });
  if (reference.usage === undefined && reference.uuid === undefined) secret.error('<secret> needs a uuid or a usage.');
  if (reference.usage !== undefined && reference.uuid !== undefined) secret.error('<secret> takes either a uuid or a usage.');
  return reference;
};

const secretTypes: Partial<Record<NetworkProtocol, string>> = { iscsi: 'iscsi', rbd: 'ceph' };

/** Reads `<auth>`; the secret's type must be the protocol's own. */
export function readAuth(reader: Reader | undefined, protocol?: NetworkProtocol): StorageAuth | undefined {
  if (reader === undefined) return undefined;
  const secret = reader.child('secret');
  if (secret === undefined) reader.error('<auth> needs a <secret>.');
  const expected = protocol === undefined ? undefined : secretTypes[protocol];
  const type = secret?.attribute('type');
  if (secret !== undefined && type === undefined) secret.error('<secret> needs the attribute "type".', 'type');
  if (expected !== undefined && type !== undefined && type !== expected) {
    secret?.error(`A secret of type '${type}' cannot be used for ${protocol}; it takes '${expected}'.`, 'type');
  }
  return { username: reader.required('username'), secret: secret === undefined ? {} : readSecret(secret) };
}

/** Reads `<encryption>`. */
export function readEncryption(reader: Reader | undefined): StorageEncryption | undefined {
  if (reader === undefined) return undefined;
  const cipher = reader.child('cipher');
  // QEMU reads the cipher from the image; naming it for a disk is refused by libvirt.
  if (cipher !== undefined) cipher.error('A disk that exists knows its cipher: leave <cipher> out.');
  reader.inert('ivgen');
  return made<StorageEncryption>({
    path: reader.path,
    format: reader.requiredOneOf('format', ['luks', 'qcow', 'default', 'luks2', 'luks-any'], 'luks'),
    engine: reader.oneOf('engine', ['qemu', 'librbd']),
    secrets: reader.children('secret').map(readSecret),
    cipher:
      cipher === undefined
        ? undefined
        : made({
            name: cipher.attribute('name') ?? '',
            size: cipher.integer('size') ?? 0,
            mode: cipher.attribute('mode'),
            hash: cipher.attribute('hash'),
          }),
  });
}

/** Reads the `<host>` children of a network source. */
export function readHosts(source: Reader): StorageHost[] {
  return source.children('host').map((host) => {
    const transport = host.oneOf('transport', ['tcp', 'unix', 'rdma']) ?? 'tcp';
    const socket = host.attribute('socket');
    if (transport === 'unix' && socket === undefined) host.error('A host reached by a unix socket needs the attribute "socket".', 'socket');
    if (transport !== 'unix' && socket !== undefined) host.error('The attribute "socket" goes with transport="unix" only.', 'socket');
    const name = host.attribute('name');
    if (transport !== 'unix' && name === undefined) host.error('A host needs the attribute "name".', 'name');
    return made<StorageHost>({ transport, name, port: host.attribute('port'), socket });
  });
}

const readNetwork = (reader: Reader, source: Reader): Extract<StorageSource, { type: 'network' }> => {
  const protocol = source.requiredOneOf('protocol', protocols, 'nbd');
  const needsName = protocol !== 'nbd' && !['http', 'https', 'ftp', 'ftps', 'tftp', 'ssh'].includes(protocol);
  const name = needsName ? source.required('name') : source.attribute('name');
  const iqn = source.child('initiator')?.child('iqn')?.attribute('name');
  const ssl = source.child('ssl');
  const sourceAuth = source.child('auth');
  const diskAuth = reader.child('auth');
  if (sourceAuth !== undefined && diskAuth !== undefined) diskAuth.error('There is an <auth> under the <source> already.');
  const readahead = source.child('readahead');
  const timeout = source.child('timeout');
  const reconnect = source.child('reconnect');
  const identity = source.child('identity');
  return made<Extract<StorageSource, { type: 'network' }>>({
    type: 'network',
    path: source.path,
    protocol,
    name,
    query: source.attribute('query'),
    hosts: readHosts(source),
    snapshot: source.child('snapshot')?.attribute('name'),
    config: source.child('config')?.attribute('file'),
    initiator: iqn,
    auth: readAuth(sourceAuth ?? diskAuth, protocol),
    tls: source.yesNo('tls'),
    tlsHostname: source.attribute('tlsHostname'),
    sslVerify: ssl?.yesNo('verify'),
    cookies: source
      .child('cookies')
      ?.children('cookie')
      .map((cookie) => ({ name: cookie.required('name'), value: cookie.rawText() })),
    readahead: readahead?.integer('size'),
    timeout: timeout?.integer('seconds', { min: 1 }),
    reconnectDelay: reconnect?.integer('delay'),
    identity:
      identity === undefined
        ? undefined
        : made({ user: identity.attribute('user') ?? identity.attribute('username'), group: identity.attribute('group') }),
    knownHosts: source.child('knownHosts')?.attribute('path'),
    keyfile: identity?.attribute('keyfile'),
  });
};

const readSlices = (source: Reader): { type: string; offset: number; size: number }[] | undefined =>
  source
    .child('slices')
    ?.children('slice')
    .map((slice) => ({
      type: slice.required('type'),
      offset: slice.requiredInteger('offset'),
      size: slice.requiredInteger('size', { min: 1 }),
    }));

/**
 * Reads the `<source>` of a disk, backing store or mirror.
 *
 * @param reader the element whose `type` was read and that has the `<source>`
 */
export function readStorageSource(reader: Reader, type: StorageType): StorageSource {
  const source = reader.child('source');
  const path = source?.path ?? reader.path;
  if (source === undefined) {
    // An empty drive has no source, whatever it is to hold.
    if (type === 'file' || type === 'volume') return { type: 'file', path };
    if (type === 'block') return { type, path };
    reader.error(`A disk of type '${type}' needs a <source>.`);
    return { type: 'file', path };
  }
  const reservations = source.child('reservations');
  const common = {
    path,
    index: source.integer('index'),
    startupPolicy: source.oneOf('startupPolicy', ['mandatory', 'requisite', 'optional']),
    encryption: readEncryption(source.child('encryption')),
    reservations:
      reservations === undefined
        ? undefined
        : made<{ managed: boolean; path?: string }>({
            managed: reservations.requiredOneOf('managed', ['yes', 'no'], 'yes') === 'yes',
            path: reservations.child('source')?.attribute('path'),
          }),
    slices: readSlices(source),
    seclabels: readSourceSeclabels(source),
  };
  reservations?.child('source')?.ignore('type', 'mode');
  switch (type) {
    case 'file':
      return made<StorageSource>({ type, file: source.filled('file'), fdgroup: source.attribute('fdgroup'), ...common });
    case 'block':
      return made<StorageSource>({ type, dev: source.filled('dev'), ...common });
    case 'dir':
      return made<StorageSource>({ type, dir: source.required('dir'), ...common });
    case 'volume':
      return made<StorageSource>({
        type,
        pool: source.required('pool'),
        volume: source.required('volume'),
        mode: source.oneOf('mode', ['host', 'direct']),
        auth: readAuth(source.child('auth') ?? reader.child('auth')),
        ...common,
      });
    case 'network':
      return made<StorageSource>({ ...readNetwork(reader, source), ...common });
    case 'nvme': {
      source.ignore('type');
      const address = source.child('address');
      if (address === undefined) source.error('An NVMe disk needs the <address> of its controller.');
      return made<StorageSource>({
        type,
        namespace: source.requiredInteger('namespace', { min: 1 }),
        managed: source.yesNo('managed'),
        address: address === undefined ? { type: 'pci', domain: 0, bus: 0, slot: 0, function: 0 } : readPciAddress(address),
        ...common,
      });
    }
    case 'vhostuser':
      source.oneOf('type', ['unix']);
      return made<StorageSource>({ type, socket: source.required('path'), reconnect: readReconnect(source), ...common });
    case 'vhostvdpa':
      return made<StorageSource>({ type, dev: source.required('dev'), ...common });
  }
}

/** Bytes of `<metadata_cache><max_size>` in a `<driver>` or `<format>`. */
export function readMetadataCache(reader: Reader | undefined): number | undefined {
  const bytes = reader?.child('metadata_cache')?.child('max_size')?.textBytes('bytes');
  return bytes === undefined ? undefined : Number(bytes);
}

/** Reads a `<backingStore>` and what lies under it. Depth is bounded by the document's. */
export function readBackingStore(reader: Reader | undefined): BackingStore | undefined {
  if (reader === undefined) return undefined;
  if (reader.attribute('type') === undefined) return { path: reader.path, none: true };
  const type = reader.oneOf('type', storageTypes) ?? 'file';
  const format = reader.child('format');
  return made<Extract<BackingStore, { none: false }>>({
    path: reader.path,
    none: false,
    index: reader.integer('index'),
    format: format?.attribute('type'),
    metadataCacheBytes: readMetadataCache(format),
    source: readStorageSource(reader, type),
    backingStore: readBackingStore(reader.child('backingStore')),
  });
}
