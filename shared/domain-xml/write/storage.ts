import type { Disk } from '../../domain/disk.ts';
import type {
  BackingStore,
  SecretReference,
  StorageAuth,
  StorageEncryption,
  StorageHost,
  StorageSource,
} from '../../domain/storage-source.ts';
import { ioTuneNames } from '../read/devices/disk.ts';
import {
  flag,
  fragment,
  fragmentIfAny,
  onOff,
  pciAttributes,
  renderInfo,
  single,
  textFragment,
  virtioAttributes,
  yesNo,
  type Fragment,
} from './common.ts';

const renderSecret = ({ type, usage, uuid }: SecretReference): Fragment => fragment('secret', { type, usage, uuid });

/** `<auth>`. */
export function renderAuth(auth: StorageAuth | undefined): Fragment | undefined {
  return auth === undefined ? undefined : fragment('auth', { username: auth.username }, renderSecret(auth.secret));
}

const renderEncryption = (encryption: StorageEncryption | undefined): Fragment | undefined =>
  encryption === undefined
    ? undefined
    : fragment('encryption', { format: encryption.format, engine: encryption.engine }, encryption.secrets.map(renderSecret));

/** `<host>` of a network source. */
export function renderHost({ transport, name, port, socket }: StorageHost): Fragment {
  return fragment('host', { name, port, transport: transport === 'tcp' ? undefined : transport, socket });
}

const networkParts = (source: Extract<StorageSource, { type: 'network' }>): (Fragment | undefined | Fragment[])[] => [
  source.hosts.map(renderHost),
  single('snapshot', 'name', source.snapshot),
  single('config', 'file', source.config),
  source.initiator === undefined ? undefined : fragment('initiator', {}, fragment('iqn', { name: source.initiator })),
  renderAuth(source.auth),
  single('ssl', 'verify', yesNo(source.sslVerify)),
  source.cookies === undefined
    ? undefined
    : fragment(
        'cookies',
        {},
        source.cookies.map(({ name, value }) => fragment('cookie', { name }, value)),
      ),
  single('readahead', 'size', source.readahead),
  single('timeout', 'seconds', source.timeout),
  single('reconnect', 'delay', source.reconnectDelay),
  single('knownHosts', 'path', source.knownHosts),
  fragmentIfAny('identity', { user: source.identity?.user, group: source.identity?.group, keyfile: source.keyfile }),
];

const sourceParts = (
  source: StorageSource,
): { attributes: Record<string, string | number | undefined>; children: (Fragment | undefined | Fragment[])[] } => {
  switch (source.type) {
    case 'file':
      return { attributes: { file: source.file, fdgroup: source.fdgroup }, children: [] };
    case 'block':
      return { attributes: { dev: source.dev }, children: [] };
    case 'dir':
      return { attributes: { dir: source.dir }, children: [] };
    case 'volume':
      return { attributes: { pool: source.pool, volume: source.volume, mode: source.mode }, children: [renderAuth(source.auth)] };
    case 'network':
      return {
        attributes: {
          protocol: source.protocol,
          name: source.name,
          query: source.query,
          tls: yesNo(source.tls),
          tlsHostname: source.tlsHostname,
        },
        children: networkParts(source),
      };
    case 'nvme':
      return {
        attributes: { type: 'pci', managed: yesNo(source.managed), namespace: source.namespace },
        children: [fragment('address', pciAttributes(source.address))],
      };
    case 'vhostuser':
      return {
        attributes: { type: 'unix', path: source.socket },
        children: [
          source.reconnect === undefined
            ? undefined
            : fragment('reconnect', { enabled: yesNo(source.reconnect.enabled), timeout: source.reconnect.timeout }),
        ],
      };
    case 'vhostvdpa':
      return { attributes: { dev: source.dev }, children: [] };
  }
};

const renderStorageSource = (source: StorageSource): Fragment | undefined => {
  const { attributes, children } = sourceParts(source);
  return fragmentIfAny(
    'source',
    { ...attributes, index: source.index, startupPolicy: source.startupPolicy },
    ...children,
    source.slices === undefined
      ? undefined
      : fragment(
          'slices',
          {},
          source.slices.map(({ type, offset, size }) => fragment('slice', { type, offset, size })),
        ),
    source.seclabels?.map(({ model, relabel, labelSkip, label }) =>
      fragment('seclabel', { model, labelskip: yesNo(labelSkip), relabel: yesNo(relabel) }, textFragment('label', label)),
    ),
    renderEncryption(source.encryption),
    source.reservations === undefined
      ? undefined
      : fragment(
          'reservations',
          { managed: yesNo(source.reservations.managed) },
          source.reservations.path === undefined
            ? undefined
            : fragment('source', { type: 'unix', path: source.reservations.path, mode: 'client' }),
        ),
  );
};

const cache = (bytes: number | undefined): Fragment | undefined =>
  bytes === undefined ? undefined : fragment('metadata_cache', {}, fragment('max_size', { unit: 'bytes' }, String(bytes)));

const renderBackingStore = (store: BackingStore | undefined): Fragment | undefined => {
  if (store === undefined) return undefined;
  if (store.none) return fragment('backingStore');
  return fragment(
    'backingStore',
    { type: store.source.type, index: store.index },
    store.format === undefined ? undefined : fragment('format', { type: store.format }, cache(store.metadataCacheBytes)),
    renderStorageSource(store.source),
    renderBackingStore(store.backingStore),
  );
};

/** Writes a `<disk>`, children in libvirt's order. A live `<mirror>` is not written: only block jobs make one. */
export function renderDisk(disk: Disk): Fragment {
  const { driver, geometry, blockio, iotune } = disk;
  return fragment(
    'disk',
    {
      type: disk.source.type,
      device: disk.device,
      model: disk.model,
      rawio: yesNo(disk.rawio),
      sgio: disk.sgio,
      snapshot: disk.snapshot,
    },
    fragmentIfAny(
      'driver',
      {
        name: driver.name,
        type: driver.type,
        cache: driver.cache,
        error_policy: driver.errorPolicy,
        rerror_policy: driver.readErrorPolicy,
        io: driver.io,
        ioeventfd: onOff(driver.ioeventfd),
        event_idx: onOff(driver.eventIdx),
        copy_on_read: onOff(driver.copyOnRead),
        discard: driver.discard,
        discard_no_unref: onOff(driver.discardNoUnref),
        iothread: driver.iothread,
        detect_zeroes: driver.detectZeroes,
        queues: driver.queues,
        queue_size: driver.queueSize,
        ...virtioAttributes(driver),
      },
      cache(driver.metadataCacheBytes),
    ),
    renderStorageSource(disk.source),
    renderBackingStore(disk.backingStore),
    geometry === undefined
      ? undefined
      : fragment('geometry', { cyls: geometry.cylinders, heads: geometry.heads, secs: geometry.sectors, trans: geometry.translation }),
    fragmentIfAny('blockio', {
      logical_block_size: blockio?.logicalBlockSize,
      physical_block_size: blockio?.physicalBlockSize,
      discard_granularity: blockio?.discardGranularity,
    }),
    fragment('target', {
      dev: disk.target,
      bus: disk.bus,
      tray: disk.tray,
      removable: onOff(disk.removable),
      rotation_rate: disk.rotationRate,
    }),
    fragmentIfAny(
      'iotune',
      {},
      ...ioTuneNames.map(([key, name]) => textFragment(name, iotune?.[key])),
      textFragment('group_name', iotune?.groupName),
    ),
    flag('readonly', disk.readOnly),
    flag('shareable', disk.shareable),
    disk.transient ? fragment('transient', { shareBacking: yesNo(disk.transientShareBacking) }) : undefined,
    textFragment('serial', disk.serial),
    textFragment('wwn', disk.wwn),
    textFragment('vendor', disk.vendor),
    textFragment('product', disk.product),
    renderEncryption(disk.encryption),
    ...renderInfo(disk),
  );
}
