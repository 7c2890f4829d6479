import type {
  Audio,
  Channel,
  Console,
  Controller,
  DeviceAddress,
  DeviceInfo,
  Devices,
  Disk,
  Domain,
  Filesystem,
  Graphics,
  Hostdev,
  Hub,
  Input,
  Interface,
  Iommu,
  Memballoon,
  MemoryDevice,
  Panic,
  Parallel,
  Redirdev,
  Rng,
  Serial,
  Shmem,
  Smartcard,
  Sound,
  Tpm,
  Video,
  Vsock,
  Watchdog,
} from '../../../shared/domain/index.ts';
import { TapestryError } from '../../../shared/errors.ts';
import type { QemuCapabilities } from '../capabilities/capabilities.ts';

/** A device while a plan is made: where it sits, its alias and its boot index are filled in as they are decided. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] } & {
  /** Not in the XML: libvirt adds it by itself. */
  implicit?: boolean;
  /** Place in the boot order (from 1) after `<os><boot>` was resolved. */
  bootIndex?: number;
};

/** A controller whose index is known. */
export type DraftController = Omit<Draft<Controller>, 'index' | 'target'> & {
  index: number;
  target?: { -readonly [K in keyof NonNullable<Controller['target']>]: NonNullable<Controller['target']>[K] };
};

/** Drafts of every device of a domain, in libvirt's order. */
export interface DraftDevices {
  disks: Draft<Disk>[];
  interfaces: Draft<Interface>[];
  serials: Draft<Serial>[];
  parallels: Draft<Parallel>[];
  consoles: Draft<Console>[];
  channels: Draft<Channel>[];
  controllers: DraftController[];
  graphics: Draft<Graphics>[];
  videos: Draft<Video>[];
  inputs: Draft<Input>[];
  sounds: Draft<Sound>[];
  audios: Audio[];
  rngs: Draft<Rng>[];
  tpms: Draft<Tpm>[];
  hubs: Draft<Hub>[];
  hostdevs: Draft<Hostdev>[];
  redirdevs: Draft<Redirdev>[];
  filesystems: Draft<Filesystem>[];
  smartcards: Draft<Smartcard>[];
  panics: Draft<Panic>[];
  shmems: Draft<Shmem>[];
  memories: Draft<MemoryDevice>[];
  watchdogs: Draft<Watchdog>[];
  memballoon?: Draft<Memballoon>;
  vsock?: Draft<Vsock>;
  iommu?: Draft<Iommu>;
}

/** The chipset of an x86 machine type, which decides on buses and built-in controllers. */
export type Chipset = 'i440fx' | 'q35' | 'isapc' | 'microvm';

/** A domain while a plan is made of it. Lives inside one call; nothing of the given {@link Domain} is changed. */
export interface DraftDomain {
  readonly domain: Domain;
  readonly capabilities: QemuCapabilities;
  readonly arch: 'x86_64' | 'i686';
  /** Machine type as it is given to QEMU. */
  readonly machine: string;
  readonly chipset: Chipset;
  readonly devices: DraftDevices;
}

/** Anything that carries an address and an alias. */
export type Placed = { path: string; alias?: string; address?: DeviceAddress; implicit?: boolean; bootIndex?: number } & Pick<
  DeviceInfo,
  'acpiIndex' | 'rom' | 'bootOrder'
>;

const copies = <T extends object>(list: readonly T[]): Draft<T>[] => list.map((device) => ({ ...device }));

/** Copies all devices of a domain into drafts; controllers still without their order and numbers. */
export function draftDevices(devices: Devices): Omit<DraftDevices, 'controllers'> {
  return {
    disks: copies(devices.disks),
    interfaces: copies(devices.interfaces),
    serials: copies(devices.serials),
    parallels: copies(devices.parallels),
    consoles: copies(devices.consoles),
    channels: copies(devices.channels),
    graphics: copies(devices.graphics),
    videos: copies(devices.videos),
    inputs: copies(devices.inputs),
    sounds: copies(devices.sounds),
    audios: [...devices.audios],
    rngs: copies(devices.rngs),
    tpms: copies(devices.tpms),
    hubs: copies(devices.hubs),
    hostdevs: copies(devices.hostdevs),
    redirdevs: copies(devices.redirdevs),
    filesystems: copies(devices.filesystems),
    smartcards: copies(devices.smartcards),
    panics: copies(devices.panics),
    shmems: copies(devices.shmems),
    memories: copies(devices.memories),
    watchdogs: copies(devices.watchdogs),
    ...(devices.memballoon === undefined ? {} : { memballoon: { ...devices.memballoon } }),
    ...(devices.vsock === undefined ? {} : { vsock: { ...devices.vsock } }),
    ...(devices.iommu === undefined ? {} : { iommu: { ...devices.iommu } }),
  };
}

/** Every device of the draft that may carry an alias or an address. */
export function allPlaced(d: DraftDevices): Placed[] {
  return [
    ...d.disks,
    ...d.interfaces,
    ...d.serials,
    ...d.parallels,
    ...d.consoles,
    ...d.channels,
    ...d.controllers,
    ...d.graphics,
    ...d.videos,
    ...d.inputs,
    ...d.sounds,
    ...d.rngs,
    ...d.tpms,
    ...d.hubs,
    ...d.hostdevs,
    ...d.redirdevs,
    ...d.filesystems,
    ...d.smartcards,
    ...d.panics,
    ...d.shmems,
    ...d.memories,
    ...d.watchdogs,
    ...(d.memballoon === undefined ? [] : [d.memballoon]),
    ...(d.vsock === undefined ? [] : [d.vsock]),
    ...(d.iommu === undefined ? [] : [d.iommu]),
  ];
}

/** The XML is valid, but this backend can't honour it. */
export function unsupported(path: string, message: string, next?: string): TapestryError {
  return new TapestryError('xml-unsupported', message, {
    path,
    next: next ?? 'Remove the element, or change it to something that is supported.',
  });
}

/** The XML is well-formed, but breaks a rule of libvirt's. */
export function invalid(path: string, message: string, next?: string): TapestryError {
  return new TapestryError('xml-invalid', message, { path, next: next ?? 'Correct the element in the XML.' });
}
