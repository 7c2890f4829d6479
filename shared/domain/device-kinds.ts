import type { Device, DeviceKind, DeviceOf, Devices } from './domain.ts';

/** What a list of {@link Devices} holds; of a single device, that device. */
type Item<L extends keyof Devices> = NonNullable<Devices[L]> extends readonly (infer One)[] ? One : NonNullable<Devices[L]>;

/** The list of {@link Devices} that holds a kind; never where there is none yet. */
type ListOf<K extends DeviceKind> = {
  [L in keyof Devices]-?: [Item<L>, DeviceOf<K>] extends [DeviceOf<K>, Item<L>] ? L : never;
}[keyof Devices];

/** Where a kind stands in {@link Devices}; `single`: a machine has one at most, and there is no list of it. */
type Row<K extends DeviceKind> =
  NonNullable<Devices[ListOf<K>]> extends readonly unknown[]
    ? { readonly list: ListOf<K>; readonly single?: false }
    : { readonly list: ListOf<K>; readonly single: true };

/** Elements of devices that libvirt knows and that have no model here. */
type Unmodelled = 'lease' | 'nvram' | 'pstore';

/** Elements of `<devices>` that are settings, not devices. */
type Setting = 'emulator' | 'redirfilter';

const setting = { list: undefined } as const;
const unmodelled = { list: 'others' } as const;

/**
 * Every element of `<devices>`, in the order in which libvirt writes them (src/conf/domain_conf.c, virDomainDefFormatInternal). The rows of
 * the kinds that have a model are the table of the model: a kind without one isn't compiled.
 */
export const deviceElements: {
  readonly [K in Exclude<DeviceKind, 'other'>]: Row<K>;
} & Readonly<Record<Unmodelled, { readonly list: 'others'; readonly single?: boolean }>> &
  Readonly<Record<Setting, typeof setting>> = {
  emulator: setting,
  disk: { list: 'disks' },
  controller: { list: 'controllers' },
  lease: unmodelled,
  filesystem: { list: 'filesystems' },
  interface: { list: 'interfaces' },
  smartcard: { list: 'smartcards' },
  serial: { list: 'serials' },
  parallel: { list: 'parallels' },
  console: { list: 'consoles' },
  channel: { list: 'channels' },
  input: { list: 'inputs' },
  tpm: { list: 'tpms' },
  graphics: { list: 'graphics' },
  sound: { list: 'sounds' },
  audio: { list: 'audios' },
  video: { list: 'videos' },
  hostdev: { list: 'hostdevs' },
  redirdev: { list: 'redirdevs' },
  redirfilter: setting,
  hub: { list: 'hubs' },
  watchdog: { list: 'watchdogs' },
  memballoon: { list: 'memballoon', single: true },
  rng: { list: 'rngs' },
  nvram: { ...unmodelled, single: true },
  panic: { list: 'panics' },
  shmem: { list: 'shmems' },
  memory: { list: 'memories' },
  crypto: { list: 'cryptos' },
  iommu: { list: 'iommu', single: true },
  vsock: { list: 'vsock', single: true },
  pstore: unmodelled,
};

/** An element of `<devices>` that libvirt knows. */
export type DeviceElement = keyof typeof deviceElements;

/** An element of `<devices>` that is a device. */
export type DeviceName = Exclude<DeviceElement, Setting>;

/** The elements of `<devices>` in libvirt's order. */
export const elementOrder = Object.keys(deviceElements) as readonly DeviceElement[];

/** Elements that may stand once only. */
export const singleElements: readonly string[] = elementOrder.filter(
  (name) => (deviceElements[name] as { readonly single?: boolean }).single === true,
);

/** Elements of devices without a model. */
export const unmodelledElements: readonly string[] = elementOrder.filter((name) => deviceElements[name].list === 'others');

/** The lists of devices that a domain has. */
export type DeviceLists = Omit<Devices, 'emulator' | 'redirFilter'>;

/** Devices in the lists of their kinds, each list in the order given. */
export function devicesByKind(all: readonly Device[]): DeviceLists {
  const lists: Record<string, Device[] | Device | undefined> = {};
  for (const name of elementOrder) {
    const row: { readonly list: string | undefined; readonly single?: boolean } = deviceElements[name];
    if (row.list === undefined || row.list in lists) continue;
    const own = all.filter(({ kind }) => kind === (row.list === 'others' ? 'other' : name));
    if (row.list === 'others' || row.single !== true) lists[row.list] = own;
    else if (own[0] !== undefined) lists[row.list] = own[0];
  }
  return lists as unknown as DeviceLists;
}

/** All devices of a domain, kind by kind. */
export function allDevices(devices: DeviceLists): Device[] {
  const lists: readonly unknown[] = [...new Set(elementOrder.map((name) => deviceElements[name].list))].map((list) =>
    list === undefined ? [] : devices[list],
  );
  return lists.flat().filter((device): device is Device => device !== undefined);
}
