import { interfaceTypes, type Interface, type InterfaceType } from '../domain/interface.ts';
import type { DeviceKind } from '../domain/domain.ts';

/**
 * What can be asked of a connection or of one of its machines, as a closed list: what {@link file://./support.ts} answers for. No schema is
 * in here, so that a command and a table of a backend can have it without one.
 */
const plainOperations = [
  // machines
  'define',
  'undefine',
  'rename',
  'start',
  'start-paused',
  'start-unread', // a machine whose definition has parts that nobody understood
  'shutdown',
  'reboot',
  'reset',
  'destroy',
  'suspend',
  'resume',
  'set-aside', // a start without parts of the definition that can't be applied
  'autostart',
  'start-marked',
  'native', // the command line that a start would run
  'monitor',
  'log',
  'stats',
  'guest-agent',
  'demo',
  // consoles
  'console',
  'console-history', // what was printed before it was opened is there; without it a console shows what comes
  // screens
  'screen',
  'screenshot',
  'send-key', // also text as keys
  // storage
  'images', // facts of an image, and where new ones go
  'create-image',
  'delete-image',
  'browse',
  // operating systems
  'operating-systems', // the list of them, and facts of one
  'identify', // what a file is
  // networks
  'networks', // the interfaces of the connection's host
  'nics', // the strips of a machine's NICs
  'bridges',
  'uplinks',
  'forward',
  // its host
  'capabilities',
  // the connection itself
  'connect',
  'disconnect',
] as const;

/** A table, so that the compiler names a kind that is missing. */
const kinds: Readonly<Record<DeviceKind, true>> = {
  disk: true,
  interface: true,
  serial: true,
  parallel: true,
  console: true,
  channel: true,
  controller: true,
  graphics: true,
  video: true,
  input: true,
  sound: true,
  audio: true,
  rng: true,
  tpm: true,
  hub: true,
  hostdev: true,
  redirdev: true,
  filesystem: true,
  smartcard: true,
  panic: true,
  shmem: true,
  memory: true,
  watchdog: true,
  memballoon: true,
  vsock: true,
  iommu: true,
  crypto: true,
  other: true,
};

/** The kinds of device that a change of a running machine can be asked for, as libvirt names their elements; `other`: those without a model. */
export const deviceKinds = Object.keys(kinds) as readonly DeviceKind[];

/** What a change of a running machine does with a device. */
export const deviceChanges = ['attach', 'detach', 'update'] as const;
export type DeviceChange = (typeof deviceChanges)[number];

/**
 * A part of a NIC that a change of it may be about, by the names of its model. `bridge` is the bridge that its cable is in, `source` whatever
 * else it is plugged into.
 */
export type NicPart = Exclude<keyof Interface, 'kind' | 'path'> | 'bridge';
const parts: Readonly<Record<NicPart, true>> = {
  type: true,
  source: true,
  bridge: true,
  mac: true,
  macType: true,
  macCheck: true,
  model: true,
  driver: true,
  backend: true,
  backendDomain: true,
  trustGuestRxFilters: true,
  target: true,
  targetManaged: true,
  script: true,
  downscript: true,
  guestDev: true,
  guestActual: true,
  vlan: true,
  virtualPort: true,
  bandwidth: true,
  portIsolated: true,
  ips: true,
  routes: true,
  portForwards: true,
  filter: true,
  sndbuf: true,
  teaming: true,
  link: true,
  mtu: true,
  coalesceRxFrames: true,
  bootOrder: true,
  rom: true,
  acpiIndex: true,
  address: true,
  alias: true,
  loadparm: true,
};
export const nicParts = Object.keys(parts) as readonly NicPart[];

/** `attach-disk`: a device of this kind is added to a running machine, taken out, or changed in place. */
export type DeviceOperation = `${DeviceChange}-${DeviceKind}`;
/** `start-nic-vdpa`: a machine with a NIC of this type can start; `attach-nic-user`: one can be plugged into a running machine. */
export type NicTypeOperation = `${'start' | 'attach'}-nic-${InterfaceType}`;
/** `start-nic-part-vlan`: a machine can start whose NIC says this; `update-nic-mac`: this part of a running NIC can be changed in place. */
export type NicPartOperation = `start-nic-part-${NicPart}` | `update-nic-${NicPart}`;

/** One operation. */
export type Operation = (typeof plainOperations)[number] | DeviceOperation | NicTypeOperation | NicPartOperation;

/** All operations. */
export const operations: readonly Operation[] = [
  ...plainOperations,
  ...deviceKinds.flatMap((kind) => deviceChanges.map((how) => `${how}-${kind}` as const)),
  ...interfaceTypes.flatMap((type) => [`start-nic-${type}`, `attach-nic-${type}`] as const),
  ...nicParts.flatMap((part) => [`start-nic-part-${part}`, `update-nic-${part}`] as const),
];

/** The operation that a change of a running machine by this XML is; by the element's name alone, whatever else is wrong with the text. */
export function deviceOperation(how: DeviceChange, xml: string): DeviceOperation {
  const element = /^\uFEFF?(?:\s|<!--[\s\S]*?-->|<\?[\s\S]*?\?>)*<([\w:-]+)/.exec(xml)?.[1] ?? '';
  return `${how}-${deviceKinds.find((kind) => kind === element) ?? 'other'}`;
}
