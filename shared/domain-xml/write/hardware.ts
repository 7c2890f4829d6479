import type { Controller } from '../../domain/controller.ts';
import type { Filesystem } from '../../domain/filesystem.ts';
import type { Hostdev } from '../../domain/hostdev.ts';
import type { Hub } from '../../domain/hub.ts';
import type { Iommu } from '../../domain/iommu.ts';
import type { Memballoon } from '../../domain/memballoon.ts';
import type { Panic } from '../../domain/panic.ts';
import type { Rng } from '../../domain/rng.ts';
import type { Sound } from '../../domain/sound.ts';
import type { Tpm } from '../../domain/tpm.ts';
import type { Vsock } from '../../domain/vsock.ts';
import type { Watchdog } from '../../domain/watchdog.ts';
import { renderChardev } from './character-devices.ts';
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
  virtioDriver,
  yesNo,
  type Fragment,
} from './common.ts';
import { renderAuth, renderHost } from './storage.ts';

/** Writes a `<controller>`. */
export function renderController(controller: Controller): Fragment {
  const { driver, target } = controller;
  return fragment(
    'controller',
    { type: controller.type, index: controller.index, model: controller.model, ports: controller.ports, vectors: controller.vectors },
    fragmentIfAny('driver', {
      queues: driver.queues,
      cmd_per_lun: driver.cmdPerLun,
      max_sectors: driver.maxSectors,
      ioeventfd: onOff(driver.ioeventfd),
      iothread: driver.iothread,
      ...virtioAttributes(driver),
    }),
    single('model', 'name', controller.modelName),
    fragmentIfAny(
      'target',
      {
        chassisNr: target?.chassisNr,
        chassis: target?.chassis,
        port: target?.port === undefined ? undefined : `0x${target.port.toString(16)}`,
        busNr: target?.busNr,
        index: target?.index,
        hotplug: onOff(target?.hotplug),
      },
      textFragment('node', target?.node),
    ),
    controller.pciHole64 === undefined ? undefined : fragment('pcihole64', { unit: 'KiB' }, String(controller.pciHole64)),
    single('master', 'startport', controller.masterStartPort),
    ...renderInfo(controller),
  );
}

/** Writes an `<rng>`. */
export function renderRng(rng: Rng): Fragment {
  const { backend, rate } = rng;
  const child = (): Fragment => {
    if (backend.model === 'egd') return fragment('backend', { model: 'egd', type: backend.source.type }, ...renderChardev(backend.source));
    return fragment('backend', { model: backend.model }, backend.model === 'random' ? backend.device : undefined);
  };
  return fragment(
    'rng',
    { model: rng.model },
    rate === undefined ? undefined : fragment('rate', { bytes: rate.bytes, period: rate.period }),
    child(),
    virtioDriver(rng.driver),
    ...renderInfo(rng),
  );
}

/** Writes a `<memballoon>`. */
export function renderMemballoon(balloon: Memballoon): Fragment {
  return fragment(
    'memballoon',
    { model: balloon.model, autodeflate: onOff(balloon.autodeflate), freePageReporting: onOff(balloon.freePageReporting) },
    single('stats', 'period', balloon.statsPeriod),
    virtioDriver(balloon.driver),
    ...renderInfo(balloon),
  );
}

/** Writes a `<watchdog>`. */
export function renderWatchdog(watchdog: Watchdog): Fragment {
  return fragment('watchdog', { model: watchdog.model, action: watchdog.action }, ...renderInfo(watchdog));
}

/** Writes a `<sound>`. */
export function renderSound(sound: Sound): Fragment {
  return fragment(
    'sound',
    { model: sound.model, multichannel: yesNo(sound.multichannel) },
    sound.codecs.map((type) => fragment('codec', { type })),
    single('audio', 'id', sound.audioId),
    ...renderInfo(sound),
  );
}

/** Writes a `<tpm>`. */
export function renderTpm(tpm: Tpm): Fragment {
  const { backend } = tpm;
  const child = (): Fragment => {
    if (backend.type === 'passthrough') return fragment('backend', { type: backend.type }, single('device', 'path', backend.device));
    if (backend.type === 'external') {
      const path = 'path' in backend.source ? backend.source.path : undefined;
      const mode = backend.source.type === 'unix' ? backend.source.mode : undefined;
      return fragment('backend', { type: backend.type }, fragment('source', { type: backend.source.type, mode, path }));
    }
    return fragment(
      'backend',
      { type: backend.type, version: backend.version, persistent_state: yesNo(backend.persistentState), debug: backend.debug },
      single('encryption', 'secret', backend.encryptionSecret),
      fragmentIfAny(
        'active_pcr_banks',
        {},
        backend.activePcrBanks?.map((bank) => fragment(bank)),
      ),
      backend.state === undefined ? undefined : fragment('source', { ...backend.state }),
      backend.profile === undefined ? undefined : fragment('profile', { ...backend.profile }),
    );
  };
  return fragment('tpm', { model: tpm.model }, child(), ...renderInfo(tpm));
}

/** Writes a `<hub>`. */
export function renderHub(hub: Hub): Fragment {
  return fragment('hub', { type: hub.type }, ...renderInfo(hub));
}

/** Writes a `<panic>`. */
export function renderPanic(panic: Panic): Fragment {
  return fragment('panic', { model: panic.model }, ...renderInfo(panic));
}

/** Writes a `<vsock>`. */
export function renderVsock(vsock: Vsock): Fragment {
  return fragment(
    'vsock',
    { model: vsock.model },
    fragmentIfAny('cid', { auto: yesNo(vsock.cid.auto), address: vsock.cid.address }),
    virtioDriver(vsock.driver),
    ...renderInfo(vsock),
  );
}

/** Writes an `<iommu>`. */
export function renderIommu(iommu: Iommu): Fragment {
  return fragment(
    'iommu',
    { model: iommu.model },
    fragmentIfAny('driver', {
      intremap: onOff(iommu.intremap),
      caching_mode: onOff(iommu.cachingMode),
      eim: onOff(iommu.eim),
      iotlb: onOff(iommu.iotlb),
      aw_bits: iommu.awBits,
    }),
    ...renderInfo(iommu),
  );
}

/** Writes a `<filesystem>`. */
export function renderFilesystem(filesystem: Filesystem): Fragment {
  const { driver, binary } = filesystem;
  return fragment(
    'filesystem',
    {
      type: filesystem.type,
      accessmode: filesystem.accessMode,
      model: filesystem.model,
      multidevs: filesystem.multidevs,
      fmode: filesystem.fmode,
      dmode: filesystem.dmode,
    },
    fragmentIfAny('driver', {
      type: driver.type,
      format: driver.format,
      name: driver.name,
      wrpolicy: driver.writePolicy,
      queue: driver.queue,
      ...virtioAttributes(driver),
    }),
    fragmentIfAny(
      'binary',
      { path: binary?.path, xattr: onOff(binary?.xattr) },
      single('cache', 'mode', binary?.cache),
      single('sandbox', 'mode', binary?.sandbox),
      single('thread_pool', 'size', binary?.threadPoolSize),
      fragmentIfAny('lock', { posix: onOff(binary?.posixLock), flock: onOff(binary?.flock) }),
    ),
    fragmentIfAny('source', { dir: filesystem.sourceDir, socket: filesystem.sourceSocket }),
    single('target', 'dir', filesystem.target),
    flag('readonly', filesystem.readOnly),
    ...renderInfo(filesystem),
  );
}

const id = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : `0x${value.toString(16).padStart(4, '0')}`;

/** Writes a `<hostdev>`. */
export function renderHostdev(hostdev: Hostdev): Fragment {
  const { source } = hostdev;
  const child = (): Fragment => {
    switch (source.type) {
      case 'pci':
        return fragment('source', { writeFiltering: yesNo(source.writeFiltering) }, fragment('address', pciAttributes(source.address)));
      case 'usb':
        return fragment(
          'source',
          { startupPolicy: source.startupPolicy, guestReset: source.guestReset },
          single('vendor', 'id', id(source.vendor)),
          single('product', 'id', id(source.product)),
          fragmentIfAny('address', { bus: source.bus, device: source.device }),
        );
      case 'scsi':
        return fragment('source', {}, fragment('adapter', { name: source.adapter }), fragment('address', { ...source.address }));
      case 'scsi-iscsi':
        return fragment(
          'source',
          { protocol: 'iscsi', name: source.name },
          source.hosts.map(renderHost),
          renderAuth(source.auth),
          source.initiator === undefined ? undefined : fragment('initiator', {}, fragment('iqn', { name: source.initiator })),
        );
      case 'scsi_host':
        return fragment('source', { protocol: source.protocol, wwpn: source.wwpn });
      case 'mdev':
        return fragment('source', {}, fragment('address', { uuid: source.uuid }));
      case 'capabilities':
        return fragment('source');
    }
  };
  const type = source.type === 'scsi-iscsi' ? 'scsi' : source.type === 'capabilities' ? source.what : source.type;
  return fragment(
    'hostdev',
    {
      mode: hostdev.mode,
      type,
      managed: yesNo(hostdev.managed),
      sgio: hostdev.sgio,
      rawio: yesNo(hostdev.rawio),
      model: source.type === 'mdev' ? source.model : hostdev.model,
      display: source.type === 'mdev' ? onOff(source.display) : undefined,
      ramfb: source.type === 'mdev' ? onOff(source.ramfb) : undefined,
    },
    source.type === 'pci' ? single('driver', 'name', source.driver) : undefined,
    child(),
    hostdev.teamingPersistent === undefined ? undefined : fragment('teaming', { type: 'transient', persistent: hostdev.teamingPersistent }),
    flag('readonly', hostdev.readOnly),
    flag('shareable', hostdev.shareable),
    ...renderInfo(hostdev),
  );
}
