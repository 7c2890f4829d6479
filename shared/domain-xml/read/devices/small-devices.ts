import type { Crypto } from '../../../domain/crypto.ts';
import type { Hub } from '../../../domain/hub.ts';
import type { Iommu } from '../../../domain/iommu.ts';
import { made } from '../../../domain/made.ts';
import type { Memballoon } from '../../../domain/memballoon.ts';
import type { OtherDevice } from '../../../domain/other-device.ts';
import type { Panic } from '../../../domain/panic.ts';
import type { Rng } from '../../../domain/rng.ts';
import type { Shmem } from '../../../domain/shmem.ts';
import type { Smartcard } from '../../../domain/smartcard.ts';
import type { Tpm } from '../../../domain/tpm.ts';
import type { Vsock } from '../../../domain/vsock.ts';
import type { Watchdog } from '../../../domain/watchdog.ts';
import type { Reader } from '../reader/reader.ts';
import { readChardev } from './chardev.ts';
import { readInfo, readVirtioOptions, virtioModels } from './info.ts';

/** Reads an `<rng>`. */
export function readRng(reader: Reader): Rng {
  const rate = reader.child('rate');
  const backend = reader.child('backend');
  if (backend === undefined) reader.error('<rng> needs a <backend>.');
  const kind = backend?.requiredOneOf('model', ['random', 'egd', 'builtin'], 'builtin') ?? 'builtin';
  const read = (): Rng['backend'] => {
    if (kind === 'egd' && backend !== undefined) return { model: kind, source: readChardev(backend) };
    if (kind === 'random') return made<Rng['backend']>({ model: kind, device: backend?.text() });
    return { model: 'builtin' };
  };
  return made<Rng>({
    ...readInfo(reader),
    kind: 'rng',
    model: reader.requiredOneOf('model', virtioModels, 'virtio'),
    backend: read(),
    rate:
      rate === undefined
        ? undefined
        : made({ bytes: rate.requiredInteger('bytes', { max: 0xffffffff }), period: rate.integer('period', { min: 1, max: 0xffffffff }) }),
    driver: readVirtioOptions(reader.child('driver')),
  });
}

/** Reads a `<memballoon>`. */
export function readMemballoon(reader: Reader): Memballoon {
  return made<Memballoon>({
    ...readInfo(reader),
    kind: 'memballoon',
    model: reader.requiredOneOf('model', [...virtioModels, 'xen', 'none'], 'virtio'),
    autodeflate: reader.onOff('autodeflate'),
    freePageReporting: reader.onOff('freePageReporting'),
    statsPeriod: reader.child('stats')?.integer('period', { max: 0x7fffffff }),
    driver: readVirtioOptions(reader.child('driver')),
  });
}

/** Reads a `<watchdog>`. */
export function readWatchdog(reader: Reader): Watchdog {
  return made<Watchdog>({
    ...readInfo(reader),
    kind: 'watchdog',
    model: reader.requiredOneOf('model', ['i6300esb', 'ib700', 'diag288', 'itco'], 'i6300esb'),
    action: reader.oneOf('action', ['reset', 'shutdown', 'poweroff', 'pause', 'none', 'dump', 'inject-nmi']) ?? 'reset',
  });
}

/** Reads a `<hub>`. */
export function readHub(reader: Reader): Hub {
  return { ...readInfo(reader), kind: 'hub', type: reader.requiredOneOf('type', ['usb'], 'usb') };
}

type EmulatedTpm = Extract<Tpm['backend'], { type: 'emulator' }>;

const readTpmState = (source: Reader | undefined): EmulatedTpm['state'] => {
  if (source === undefined) return undefined;
  const path = source.required('path');
  // swtpm's options are cut at commas, and have no way to write one.
  if (!path.startsWith('/') || path.includes(',')) source.error('The state of a TPM needs an absolute path without commas.', 'path');
  return { type: source.requiredOneOf('type', ['file', 'dir'], 'dir'), path };
};

const readTpmProfile = (profile: Reader | undefined, version: string | undefined): EmulatedTpm['profile'] => {
  if (profile === undefined) return undefined;
  if (version === '1.2') profile.error('Profiles exist for a TPM of the version 2.0 only.');
  const named = (attribute: string): string | undefined => {
    const name = profile.filled(attribute);
    if (name !== undefined && !/^[A-Za-z0-9.:-]+$/.test(name))
      profile.error("The name of a profile has letters, digits, '.', '-' and ':'.", attribute);
    return name;
  };
  return made({ source: named('source'), name: named('name'), removeDisabled: profile.oneOf('removeDisabled', ['check', 'fips-host']) });
};

/** Reads a `<tpm>`. */
export function readTpm(reader: Reader): Tpm {
  const backend = reader.child('backend');
  if (backend === undefined) reader.error('<tpm> needs a <backend>.');
  const type = backend?.requiredOneOf('type', ['passthrough', 'emulator', 'external'], 'emulator') ?? 'emulator';
  const read = (): Tpm['backend'] => {
    if (type === 'passthrough') return made<Tpm['backend']>({ type, device: backend?.child('device')?.filled('path') });
    if (type === 'external' && backend !== undefined) {
      const source = backend.child('source');
      return {
        type,
        source: made({ type: 'unix', mode: source?.oneOf('mode', ['bind', 'connect']) ?? 'connect', path: source?.required('path') ?? '' }),
      };
    }
    const banks = backend?.child('active_pcr_banks');
    const names = ['sha1', 'sha256', 'sha384', 'sha512'] as const;
    const version = backend?.oneOf('version', ['default', '1.2', '2.0']);
    return made<Tpm['backend']>({
      type: 'emulator',
      version: version === 'default' ? undefined : version,
      persistentState: backend?.yesNo('persistent_state'),
      debug: backend?.integer('debug', { max: 0xffffffff }),
      encryptionSecret: backend?.child('encryption')?.uuid('secret'),
      activePcrBanks: banks === undefined ? undefined : names.filter((name) => banks.has(name)),
      state: readTpmState(backend?.child('source')),
      profile: readTpmProfile(backend?.child('profile'), version),
    });
  };
  return made<Tpm>({
    ...readInfo(reader),
    kind: 'tpm',
    model: reader.oneOf('model', ['tpm-tis', 'tpm-crb', 'tpm-spapr', 'spapr-tpm-proxy']),
    backend: read(),
  });
}

/** Reads a `<smartcard>`. */
export function readSmartcard(reader: Reader): Smartcard {
  const mode = reader.requiredOneOf('mode', ['host', 'host-certificates', 'passthrough'], 'host');
  const read = (): Smartcard['source'] => {
    if (mode === 'host') return { mode };
    if (mode === 'passthrough') return { mode, chardev: readChardev(reader) };
    const certificates = reader.children('certificate').map((certificate) => certificate.text() ?? '');
    if (certificates.length !== 3) reader.error('A smartcard made of host certificates needs exactly three <certificate>.');
    return made<Smartcard['source']>({ mode, certificates, database: reader.childText('database') });
  };
  return { ...readInfo(reader), kind: 'smartcard', source: read() };
}

/** Reads a `<panic>`. */
export function readPanic(reader: Reader): Panic {
  const model = reader.oneOf('model', ['pseries', 'isa', 'hyperv', 's390', 'pvpanic']);
  const info = readInfo(reader);
  if (info.address !== undefined && (model === 's390' || model === 'pseries' || model === 'hyperv')) {
    reader.child('address')?.error(`A panic device of the model '${model}' has no address.`);
  }
  return made<Panic>({ ...info, kind: 'panic', model });
}

/** Reads a `<shmem>`. */
export function readShmem(reader: Reader): Shmem {
  const server = reader.child('server');
  const msi = reader.child('msi');
  const size = reader.child('size');
  const bytes = size?.textBytes('MiB');
  if (bytes !== undefined && (bytes & (bytes - 1n)) !== 0n) size?.error('The size must be a power of two.');
  if (bytes !== undefined && bytes < 1024n * 1024n) size?.error('The size must be at least 1 MiB.');
  const info = readInfo(reader);
  if (info.address !== undefined && info.address.type !== 'pci' && info.address.type !== 'pci-auto') {
    reader.child('address')?.error('Shared memory has an address of type pci.', 'type');
  }
  const name = reader.required('name');
  if (name.includes('/')) reader.error('A name for shared memory has no slash.', 'name');
  return made<Shmem>({
    ...info,
    kind: 'shmem',
    name,
    model: reader.child('model')?.oneOf('type', ['ivshmem', 'ivshmem-plain', 'ivshmem-doorbell']) ?? 'ivshmem',
    role: reader.oneOf('role', ['master', 'peer']),
    sizeBytes: bytes === undefined ? undefined : Number(bytes),
    serverPath: server?.filled('path'),
    hasServer: server !== undefined,
    msi:
      msi === undefined
        ? undefined
        : made({ vectors: msi.integer('vectors', { max: 0xffffffff }), ioeventfd: msi.onOff('ioeventfd'), enabled: msi.onOff('enabled') }),
  });
}

/** Reads a `<crypto>`. */
export function readCrypto(reader: Reader): Crypto {
  const [backend, second] = reader.children('backend');
  if (backend === undefined) reader.error('<crypto> needs a <backend>.');
  second?.error('A crypto device has one <backend>.');
  return made<Crypto>({
    ...readInfo(reader),
    kind: 'crypto',
    model: reader.requiredOneOf('model', ['virtio'], 'virtio'),
    type: reader.requiredOneOf('type', ['qemu'], 'qemu'),
    backend: made<Crypto['backend']>({
      model: backend?.requiredOneOf('model', ['builtin', 'lkcf'], 'builtin') ?? 'builtin',
      // libvirt takes 0 for a number that isn't given.
      queues: backend?.integer('queues', { max: 0xffffffff }) || undefined,
    }),
    driver: readVirtioOptions(reader.child('driver')),
  });
}

/** Reads a `<vsock>`. */
export function readVsock(reader: Reader): Vsock {
  const cid = reader.child('cid');
  return made<Vsock>({
    ...readInfo(reader),
    kind: 'vsock',
    model: reader.oneOf('model', virtioModels) ?? 'virtio',
    cid: made({ auto: cid?.yesNo('auto'), address: cid?.integer('address', { min: 3, max: 0xffffffff }) }),
    driver: readVirtioOptions(reader.child('driver')),
  });
}

/** Reads an `<iommu>`. */
export function readIommu(reader: Reader): Iommu {
  const driver = reader.child('driver');
  const model = reader.requiredOneOf('model', ['intel', 'smmuv3', 'virtio'], 'intel');
  const info = readInfo(reader);
  if (info.address !== undefined && model !== 'virtio') reader.child('address')?.error(`An IOMMU of the model '${model}' has no address.`);
  if (info.address !== undefined && model === 'virtio' && info.address.type !== 'pci' && info.address.type !== 'pci-auto') {
    reader.child('address')?.error('A virtio IOMMU has an address of type pci.', 'type');
  }
  return made<Iommu>({
    ...info,
    kind: 'iommu',
    model,
    intremap: driver?.onOff('intremap'),
    cachingMode: driver?.onOff('caching_mode'),
    eim: driver?.onOff('eim'),
    iotlb: driver?.onOff('iotlb'),
    awBits: driver?.integer('aw_bits', { max: 64 }),
  });
}

/** A device that libvirt knows and Tapestry has no model for: kept as it is. */
export function readOther(reader: Reader): OtherDevice {
  reader.findings.claimTree(reader.element);
  const { start, end } = reader.element;
  return { path: reader.path, kind: 'other', element: reader.name, xml: reader.findings.document.text.slice(start, end) };
}
