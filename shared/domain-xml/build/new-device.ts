import type { Disk, DiskBus } from '../../domain/disk.ts';
import type { Devices } from '../../domain/domain.ts';
import type { Interface, InterfaceSource } from '../../domain/interface.ts';
import { made } from '../../domain/made.ts';
import { generateMac } from '../read/devices/mac.ts';

const prefixes: Readonly<Partial<Record<DiskBus, string>>> = { virtio: 'vd', ide: 'hd', fdc: 'fd', xen: 'xvd' };

/** `a`, `b`, …, `z`, `aa`, … */
const letters = (index: number): string => (index < 26 ? '' : letters(Math.floor(index / 26) - 1)) + String.fromCharCode(97 + (index % 26));

/** The first target name on a bus that no disk has: `vda`, `sdb`. */
export function freeTarget(devices: Pick<Devices, 'disks'>, bus: DiskBus): string {
  const prefix = prefixes[bus] ?? 'sd';
  const taken = new Set(devices.disks.map(({ target }) => target));
  for (let index = 0; ; index += 1) {
    const name = prefix + letters(index);
    if (!taken.has(name)) return name;
  }
}

/** What a new disk is made of. */
export interface NewDisk {
  /** Image file; absent: an empty drive. */
  readonly file?: string;
  /** A block device of the host, instead of a file. */
  readonly blockDevice?: string;
  readonly format?: 'qcow2' | 'raw';
  readonly device?: Disk['device'];
  readonly bus: DiskBus;
  readonly target: string;
  readonly bootOrder?: number;
  readonly readOnly?: boolean;
}

/** A disk with sensible settings. */
export function newDisk(options: NewDisk): Disk {
  const device = options.device ?? 'disk';
  const writable = device === 'disk' && options.readOnly !== true;
  const source: Disk['source'] =
    options.blockDevice === undefined
      ? made<Disk['source']>({ type: 'file', path: '', file: options.file })
      : { type: 'block', path: '', dev: options.blockDevice };
  return made<Disk>({
    kind: 'disk',
    path: '',
    device,
    source,
    hasSource: options.file !== undefined || options.blockDevice !== undefined,
    // Freed blocks go back to the host: images of new machines stay small.
    driver: made<Disk['driver']>({ name: 'qemu', type: options.format ?? 'raw', discard: writable ? 'unmap' : undefined }),
    target: options.target,
    bus: options.bus,
    readOnly: options.readOnly === true || device === 'cdrom',
    shareable: false,
    transient: false,
    bootOrder: options.bootOrder,
  });
}

/** What a new NIC is made of. */
export interface NewInterface {
  readonly source: InterfaceSource;
  /** Default: virtio. */
  readonly model?: string;
  /** Default: a random one under 52:54:00. */
  readonly mac?: string;
  readonly target?: string;
  readonly bootOrder?: number;
}

/** A NIC with sensible settings. */
export function newInterface(options: NewInterface): Interface {
  return made<Interface>({
    kind: 'interface',
    path: '',
    type: options.source.type,
    source: options.source,
    mac: options.mac ?? generateMac(),
    model: options.source.type === 'hostdev' ? undefined : (options.model ?? 'virtio'),
    driver: {},
    ips: [],
    routes: [],
    portForwards: [],
    target: options.target,
    bootOrder: options.bootOrder,
  });
}
