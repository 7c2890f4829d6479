import type { Controller, DeviceInfo, Devices, Disk, Domain, VirtioOptions } from '../../../shared/domain/index.ts';
import type { TapestryError } from '../../../shared/errors.ts';
import { allPlaced, unsupported, type Draft, type DraftDevices, type DraftDomain } from './draft.ts';

/** A part that a device of its kind has no use for: its path below the device, whether it is there, and what is said of it. */
type Part = readonly [at: string, isThere: boolean, message: string];

/**
 * Parts of devices and of the domain that are well-formed and read, and that nothing would come of: options of another bus, model or
 * architecture. libvirt refuses most of them (virDomainDeviceDefValidate, qemuValidateDomainDeviceDef); the rest it drops, which would
 * leave a user with something else than was written.
 *
 * @param starts for a start: what libvirt's daemon would do outside of QEMU is refused too
 */
export function unusedParts(draft: DraftDomain, starts: boolean): TapestryError[] {
  const { devices, domain } = draft;
  const of = <T extends { readonly path: string }>(list: readonly T[], parts: (device: T) => readonly Part[]): TapestryError[] =>
    list.flatMap((device) =>
      parts(device)
        .filter(([, isThere]) => isThere)
        .map(([at, , message]) => unsupported(`${device.path}/${at}`, message, 'Remove it.')),
    );
  return [
    ...of(allPlaced(devices), (device) => ofEvery(device, devices)),
    ...of(devices.graphics, (device) => [
      ['address', device.address !== undefined, 'A display has no place on a bus of the guest.'],
      ['rom', device.rom !== undefined, 'A display has no ROM.'],
      ['acpi/@index', device.acpiIndex !== undefined, 'A display has no place on a bus of the guest.'],
      ['boot', device.bootOrder !== undefined || device.loadparm !== undefined, 'Nothing can be booted from a display.'],
      ['listen', device.type === 'egl-headless' && device.listens.length > 0, 'A display of the type egl-headless listens nowhere.'],
    ]),
    ...of(devices.disks, (disk) => ofDisk(disk, starts)),
    ...of(devices.controllers, ofController),
    ...of(devices.videos, (video) => {
      const isVhostUser = video.driver.name === 'vhostuser';
      const { acceleration } = video;
      return [
        ...virtioParts(video.driver, video.model === 'virtio', 'A video card of another model than virtio'),
        ['driver/@vgaconf', video.driver.vgaconf !== undefined, 'vgaconf is for bhyve: QEMU has no such choice.'],
        ['driver/@name', isVhostUser && video.model !== 'virtio', 'Only a video card of the model virtio can be a vhost-user one.'],
        [
          'model/acceleration/@rendernode',
          acceleration?.renderNode !== undefined && !isVhostUser,
          "A video card renders where its display does: the GPU is chosen there (<gl rendernode=…/> of SPICE or 'egl-headless').",
        ],
        ['model/acceleration/@accel2d', acceleration?.accel2d === true, 'QEMU has no 2D acceleration that could be turned on.'],
        [
          'model/acceleration/@accel3d',
          acceleration?.accel3d === true && video.model !== 'virtio',
          'Only a video card of the model virtio has 3D acceleration.',
        ],
        ['model/@blob', video.blob !== undefined && video.model !== 'virtio', 'Only a video card of the model virtio has blob resources.'],
        ['model/@vgamem', video.vgamem !== undefined && video.model !== 'qxl', 'vgamem is for qxl only; others have vram.'],
        [
          'model/@heads',
          (video.heads ?? 1) > 1 && video.model !== 'qxl' && video.model !== 'virtio',
          `A video card of the model '${video.model}' has one head.`,
        ],
        [
          'model/resolution',
          video.resolution !== undefined && !['vga', 'qxl', 'virtio', 'bochs'].includes(video.model),
          `The resolution of a video card of the model '${video.model}' can't be set.`,
        ],
      ];
    }),
    ...of(devices.inputs, (input) => [
      ...virtioParts(input.driver, input.bus === 'virtio', 'An input device on another bus than virtio'),
      ['@model', input.model?.endsWith('transitional') === true, 'QEMU has no (non-)transitional virtio input devices.'],
    ]),
    ...of(devices.interfaces, (nic) =>
      virtioParts(
        nic.driver ?? {},
        nic.model?.startsWith('virtio') === true || nic.type === 'hostdev',
        'A NIC of another model than virtio',
      ),
    ),
    ...of(devices.filesystems, (fs) => {
      const isVirtiofs = fs.driver.type === 'virtiofs';
      return [
        ['source/@socket', fs.sourceSocket !== undefined && !isVirtiofs, 'A socket as the source is for virtiofs.'],
        ['binary', fs.binary !== undefined && !isVirtiofs, 'A <binary> is for virtiofs.'],
        ['driver/@queue', fs.driver.queue !== undefined && !isVirtiofs, 'A queue size is for virtiofs.'],
        ['driver/@format', fs.driver.format !== undefined, 'An image as a file system is for containers, not for QEMU.'],
        ['driver/@name', fs.driver.name !== undefined, 'A named driver of a file system is for containers, not for QEMU.'],
      ];
    }),
    ...of(devices.shmems, (shmem) => {
      const isPlain = shmem.model === 'ivshmem-plain';
      return [
        ['server', isPlain && (shmem.hasServer || shmem.serverPath !== undefined), "A server needs the model 'ivshmem-doorbell'."],
        ['msi', isPlain && shmem.msi !== undefined, "Interrupts need the model 'ivshmem-doorbell'."],
      ];
    }),
    ...of(devices.memories, (memory) => {
      const isNvdimm = memory.model === 'nvdimm';
      return [
        ['target/block', memory.blockSize !== undefined && memory.model !== 'virtio-mem', 'A block size is for virtio-mem.'],
        ['target/requested', memory.requestedSize !== undefined && memory.model !== 'virtio-mem', 'A requested size is for virtio-mem.'],
        ['source/alignsize', memory.alignSize !== undefined && !isNvdimm, 'An alignment is for NVDIMMs.'],
        ['source/pmem', memory.pmem === true && !isNvdimm, 'Persistent memory is for NVDIMMs.'],
        ['target/label', memory.labelSize !== undefined && !isNvdimm, 'A label area is for NVDIMMs.'],
        ['target/readonly', memory.readOnly === true && !isNvdimm, 'Read-only memory is for NVDIMMs.'],
      ];
    }),
    ...of(characterDevices(devices), ({ source }) => [
      [
        'protocol/@type',
        source.type === 'tcp' && (source.protocol === 'tls' || source.protocol === 'telnets'),
        "QEMU knows no such protocol: TLS is asked for by <source tls='yes'>.",
      ],
    ]),
    ...of(
      characterDevices(devices).filter(
        ({ source }) =>
          (source.type === 'unix' && (source.mode === 'bind' || source.path === undefined)) ||
          (source.type === 'tcp' && source.mode === 'bind'),
      ),
      ({ source }) => [
        ['source/reconnect', 'reconnect' in source && source.reconnect !== undefined, 'A socket that listens reconnects to nobody.'],
      ],
    ),
    ...(devices.iommu === undefined
      ? []
      : of([devices.iommu], ({ model }) => [
          ['@model', model === 'virtio' && draft.chipset !== 'q35', 'A virtio IOMMU needs a q35 machine.'],
          ['@model', model === 'virtio' && !domain.features.acpi, 'A virtio IOMMU needs ACPI: without it no guest finds it.'],
        ])),
    ...ofFeatures(domain),
    ...ofNuma(domain),
  ];
}

const characterDevices = (d: DraftDevices | Devices) => [...d.serials, ...d.parallels, ...d.consoles, ...d.channels, ...d.redirdevs];

const virtioParts = (driver: VirtioOptions, isVirtio: boolean, subject: string): Part[] =>
  isVirtio
    ? []
    : (
        [
          ['iommu', driver.iommu],
          ['ats', driver.ats],
          ['packed', driver.packed],
          ['page_per_vq', driver.pagePerVq],
        ] as const
      ).map(([name, value]): Part => [`driver/@${name}`, value !== undefined, `${subject} has no virtio options.`]);

const ofEvery = (device: Draft<DeviceInfo>, devices: DraftDevices): Part[] => {
  const boots = [
    devices.disks,
    devices.interfaces,
    devices.hostdevs,
    devices.redirdevs,
    devices.filesystems.filter(({ driver }) => driver.type === 'virtiofs'),
  ].some((list) => (list as readonly unknown[]).includes(device));
  const isPci = device.address?.type === 'pci';
  const { rom } = device;
  const saysRom = rom !== undefined && (rom.bar !== undefined || rom.file !== undefined || rom.enabled !== undefined);
  return [
    ['boot/@order', device.bootOrder !== undefined && !boots, "A guest can't boot from this device."],
    ['boot/@loadparm', device.loadparm !== undefined, 'A loadparm is for s390 machines.'],
    ['acpi/@index', device.acpiIndex !== undefined && !isPci, 'Only a PCI device has an ACPI index.'],
    ['rom', saysRom && !isPci, 'Only a PCI device has a ROM.'],
    [
      'rom',
      isPci && rom?.enabled === false && (rom.bar !== undefined || rom.file !== undefined),
      'A ROM that is turned off has neither a bar nor a file.',
    ],
  ];
};

const ofDisk = (disk: Draft<Disk>, starts: boolean): Part[] => {
  const { driver, bus, device, source } = disk;
  if (source.type === 'vhostuser') return [];
  const isVirtio = bus === 'virtio';
  const isRemovable = device === 'cdrom' || device === 'floppy';
  const isEmpty = (source.type === 'file' && source.file === undefined) || (source.type === 'block' && source.dev === undefined);
  const label = source.seclabels?.find(({ relabel, labelSkip }) => relabel !== false && labelSkip !== true);
  return [
    ...virtioParts(driver, isVirtio, 'A disk on another bus than virtio'),
    ['driver/@ioeventfd', driver.ioeventfd !== undefined && !isVirtio, 'ioeventfd is for disks on the bus virtio.'],
    ['driver/@event_idx', driver.eventIdx !== undefined && !isVirtio, 'event_idx is for disks on the bus virtio.'],
    ['driver/@iothread', driver.iothread !== undefined && !isVirtio, 'Only a disk on the bus virtio runs on an I/O thread of its own.'],
    ['driver/@queues', driver.queues !== undefined && !isVirtio, 'Queues are for disks on the bus virtio.'],
    ['driver/@queue_size', driver.queueSize !== undefined && !isVirtio, 'A queue size is for disks on the bus virtio.'],
    ['driver/@name', driver.name !== undefined && driver.name !== 'qemu', `QEMU has no disk driver '${driver.name}'.`],
    ['@model', disk.model !== undefined && disk.model !== 'virtio' && !isVirtio, 'A virtio model is for disks on the bus virtio.'],
    [
      'driver/metadata_cache',
      driver.metadataCacheBytes !== undefined && driver.type !== 'qcow2',
      'A cache of metadata is for images of the format qcow2.',
    ],
    [
      'driver/@discard_no_unref',
      driver.discardNoUnref === true && (driver.type !== 'qcow2' || disk.readOnly),
      'discard_no_unref is for writable images of the format qcow2.',
    ],
    [
      'driver/@copy_on_read',
      driver.copyOnRead === true && (disk.readOnly || isRemovable || device === 'lun'),
      'copy_on_read is for writable hard disks.',
    ],
    [
      'target/@removable',
      disk.removable !== undefined && (isRemovable || device === 'lun' || (bus !== 'usb' && bus !== 'scsi')),
      'Only a hard disk on USB or SCSI can be called removable.',
    ],
    [
      'target/@rotation_rate',
      disk.rotationRate !== undefined && (device !== 'disk' || !['scsi', 'ide', 'sata'].includes(bus)),
      'A rotation rate is for hard disks on SCSI, IDE and SATA.',
    ],
    [
      'wwn',
      disk.wwn !== undefined && (device === 'lun' || !['scsi', 'ide', 'sata'].includes(bus)),
      `A disk on the bus '${bus}' has no WWN.`,
    ],
    ['vendor', disk.vendor !== undefined && (device === 'lun' || bus !== 'scsi'), 'A vendor is for disks on the bus scsi.'],
    [
      'product',
      disk.product !== undefined && (device === 'lun' || !['scsi', 'ide', 'sata'].includes(bus)),
      'A product name is for disks on SCSI, IDE and SATA.',
    ],
    [
      'serial',
      disk.serial !== undefined && bus === 'scsi' && device === 'lun',
      'A LUN that is handed through has a serial number of its own.',
    ],
    [
      'geometry',
      disk.geometry !== undefined && (device !== 'disk' || bus === 'usb' || bus === 'fdc'),
      `The geometry of a ${device === 'disk' ? `disk on the bus '${bus}'` : device} can't be set.`,
    ],
    ['geometry/@trans', disk.geometry?.translation !== undefined && bus !== 'ide', 'A translation of the geometry is for IDE disks.'],
    ['source', isEmpty && !isRemovable, 'A hard disk needs an image: only CD-ROM and floppy drives can be empty.'],
    ['source', isEmpty && isRemovable && bus === 'usb', "A drive on USB can't be empty: QEMU takes no medium out of it or into it."],
    [
      'readonly',
      disk.readOnly && device === 'disk' && (bus === 'ide' || bus === 'sata'),
      `A hard disk on ${bus.toUpperCase()} can't be read-only: the guest has no way to know.`,
    ],
    ['source/seclabel', starts && label !== undefined, 'Security labels are not supported: QEMU runs with the rights of the user.'],
    [
      'shareable',
      disk.shareable && !disk.readOnly && device !== 'cdrom' && !canBeShared(disk),
      `An image of the format '${driver.type}' can't be shared: two machines that write to it destroy it. Only raw ones can.`,
    ],
    [
      'driver/@io',
      driver.io === 'native' &&
        driver.cache !== 'none' &&
        driver.cache !== 'directsync' &&
        !isEmpty &&
        !(disk.shareable && driver.cache === undefined),
      "io='native' needs cache='none' or 'directsync'.",
    ],
  ];
};

/** Formats whose metadata don't change while a guest writes (libvirt: qemuBlockStorageSourceSupportsConcurrentAccess). */
const canBeShared = ({ driver }: Draft<Disk>): boolean => driver.type === undefined || driver.type === 'raw' || driver.type === 'luks';

const ofController = (controller: Draft<Controller> | DraftDevices['controllers'][number]): Part[] => {
  const { type, model, driver, target } = controller;
  const isVirtioScsi = type === 'scsi' && model?.startsWith('virtio') === true;
  const isVirtio = isVirtioScsi || type === 'virtio-serial';
  const only = "is for SCSI controllers of the model 'virtio-scsi'.";
  const isPort = model === 'pcie-root-port' || model === 'pcie-switch-downstream-port';
  const isExpander = model === 'pci-expander-bus' || model === 'pcie-expander-bus';
  const isBus = type === 'pci' && model !== 'pci-root' && model !== 'pcie-root';
  return [
    ...virtioParts(driver, isVirtio, 'This controller'),
    ['driver/@queues', driver.queues !== undefined && !isVirtioScsi, `A number of queues ${only}`],
    ['driver/@cmd_per_lun', driver.cmdPerLun !== undefined && !isVirtioScsi, `cmd_per_lun ${only}`],
    ['driver/@max_sectors', driver.maxSectors !== undefined && !isVirtioScsi, `max_sectors ${only}`],
    ['driver/@ioeventfd', driver.ioeventfd !== undefined && !isVirtioScsi, `ioeventfd ${only}`],
    ['driver/@iothread', (driver.iothread ?? 0) !== 0 && !isVirtioScsi, `An I/O thread ${only}`],
    [
      '@ports',
      controller.ports !== undefined && type !== 'virtio-serial' && type !== 'usb',
      'A number of ports is for virtio-serial and USB.',
    ],
    ['@vectors', controller.vectors !== undefined && type !== 'virtio-serial', 'A number of vectors is for virtio-serial.'],
    ['master', controller.masterStartPort !== undefined && type !== 'usb', 'A master is for USB controllers.'],
    ['model', controller.modelName !== undefined && type !== 'pci', 'The name of a device is for PCI controllers.'],
    ['pcihole64', controller.pciHole64 !== undefined && (type !== 'pci' || isBus), 'A 64-bit hole is for the PCI root.'],
    [
      'target/@chassisNr',
      isBus && target?.chassisNr !== undefined && model !== 'pci-bridge',
      "chassisNr is for controllers of the model 'pci-bridge'.",
    ],
    ['target/@chassis', isBus && target?.chassis !== undefined && !isPort, 'A chassis is for root ports and switch ports.'],
    ['target/@port', isBus && target?.port !== undefined && !isPort, 'A port is for root ports and switch ports.'],
    ['target/@busNr', isBus && target?.busNr !== undefined && !isExpander, 'A bus number is for expander buses.'],
    ['target/node', isBus && target?.node !== undefined && !isExpander, 'A NUMA node is for expander buses.'],
    ['target/@index', target?.index !== undefined, 'The index of a target is for pSeries machines.'],
    [
      'target',
      type !== 'pci' && target !== undefined && Object.values(target).some((value) => value !== undefined),
      'A target is for PCI controllers.',
    ],
  ];
};

/** Features of other architectures (libvirt: qemuValidateDomainDefFeatures). */
const ofFeatures = ({ features, type }: Domain): TapestryError[] => {
  const others: readonly (readonly [string, unknown])[] = [
    ['gic', features.gic],
    ['hpt', features.hpt],
    ['htm', features.htm],
    ['nested-hv', features.nestedHv],
    ['ccf-assist', features.ccfAssist],
    ['cfpc', features.cfpc],
    ['sbbc', features.sbbc],
    ['ibs', features.ibs],
    ['ras', features.ras],
  ];
  const refused = others
    .filter(([, value]) => value !== undefined)
    .map(([name]) => unsupported(`${features.path}/${name}`, `PCs have no feature '${name}': it is another architecture's.`, 'Remove it.'));
  if (features.tcgTbCache !== undefined && type !== 'qemu')
    refused.push(unsupported(`${features.path}/tcg`, "Features of emulation (TCG) need <domain type='qemu'>.", 'Remove it.'));
  return refused;
};

/** Memory of NUMA nodes that the guest hasn't. */
const ofNuma = ({ numaTune, cpu }: Domain): TapestryError[] => {
  const ids = new Set(cpu?.numa.map(({ id }) => id));
  return (numaTune?.nodes ?? [])
    .filter(({ cell }) => !ids.has(cell))
    .map(({ cell }, n) =>
      unsupported(
        `/domain/numatune/memnode${(numaTune?.nodes.length ?? 0) > 1 ? `[${n + 1}]` : ''}`,
        `The guest has no NUMA node ${cell}.`,
        'Add a <cell> to <numa> of the <cpu>, or remove it.',
      ),
    );
};
