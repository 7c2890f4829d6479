import type { Device, Domain } from '../domain/domain.ts';
import { allDevices } from '../domain/device-kinds.ts';
import { deviceMarks, pairDevices } from './device-identity.ts';
import { isReservedTapName } from './read/devices/interface-names.ts';

/** One thing in which the running machine and its stored definition differ. */
export interface PendingChange {
  readonly change: 'added' | 'removed' | 'changed';
  /** A device kind, or the name of the domain's property (`memory`, `vcpus`, `os`, …). */
  readonly what: string;
  /** Path in the stored definition; absent for what is removed there, and for properties. */
  readonly path?: string;
  /** Path in the live XML; absent for what is added. */
  readonly livePath?: string;
  /** Properties of the model that differ. */
  readonly fields: readonly string[];
}

type Plain = Readonly<Record<string, unknown>>;

const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Same values, `path`s apart. */
const same = (a: unknown, b: unknown): boolean => {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => same(item, b[index]));
  if (!isPlain(a) || !isPlain(b)) return a === b;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => key === 'path' || same(a[key], b[key]));
};

/** Takes out of a live device what the start filled in where the definition leaves it open. */
const asDefined = (live: Device, defined: Device): Device => {
  const device: Record<string, unknown> = { ...live };
  const wanted = defined as unknown as Plain;
  const automaticAlias = 'alias' in live && live.alias?.startsWith('ua-') !== true;
  if (automaticAlias) {
    if (wanted['alias'] === undefined) delete device['alias'];
    else device['alias'] = wanted['alias'];
  }
  for (const field of [
    'address',
    'index',
    'mac',
    'model',
    'port',
    'targetType',
    'targetModel',
    'bus',
    'backingStore',
    'mirror',
    'driver',
    'tray',
  ] as const) {
    if (wanted[field] === undefined) delete device[field];
  }
  const openAddress = isPlain(wanted['address']) && wanted['address']['type'] === 'pci-auto';
  if (openAddress) device['address'] = wanted['address'];
  if (live.kind === 'interface' && defined.kind === 'interface') {
    // The start names the TAP where the definition doesn't, or gives a template.
    const template = defined.target?.includes('%d') === true;
    if (
      template ||
      (defined.target === undefined && live.target !== undefined && (isReservedTapName(live.target) || live.targetManaged !== false))
    ) {
      if (defined.target === undefined) delete device['target'];
      else device['target'] = defined.target;
    }
    // A network that was resolved shows its bridge.
    if (defined.source.type === 'network' && (live.source.type === 'network' || live.source.type === 'bridge')) {
      device['type'] = defined.type;
      device['source'] = live.source.type === 'network' && live.source.network !== defined.source.network ? live.source : defined.source;
    }
  }
  if (live.kind === 'graphics' && defined.kind === 'graphics' && 'port' in live && 'port' in defined) {
    if (defined.autoport !== false && (defined.port ?? -1) === -1) device['port'] = defined.port;
  }
  if (live.kind === 'graphics' && defined.kind === 'graphics') {
    device['listens'] = live.listens.map((listen, index) => {
      const own = defined.listens[index];
      return listen.type === own?.type && ((own.type === 'socket' && own.socket === undefined) || own.type === 'network') ? own : listen;
    });
    if (defined.listens.length === 0) device['listens'] = [];
    for (const key of ['port', 'websocket', 'tlsPort', 'autoport'] as const) if (wanted[key] === undefined) delete device[key];
  }
  if ('source' in live && 'source' in defined && isPlain(live.source) && isPlain(defined.source)) {
    // Paths of ptys and of sockets that the start chose, node indices, labels.
    const source: Record<string, unknown> = { ...(device['source'] as Plain) };
    const wantedSource = wanted['source'] as Plain;
    for (const key of ['path', 'index', 'seclabels', 'startupPolicy']) {
      if (key !== 'path' || live.kind !== 'disk') if (wantedSource[key] === undefined) delete source[key];
    }
    if (source['type'] === 'pty' && wantedSource['type'] === 'pty') source['path'] = wantedSource['path'];
    device['source'] = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined));
  }
  if (live.kind === 'channel' && defined.kind === 'channel' && live.target.type === 'virtio') {
    const { state: _, ...target } = live.target;
    // The guest's state is a fact of the run, wherever it stands.
    device['target'] = 'state' in defined.target ? { ...target, state: defined.target.state } : target;
  }
  return Object.fromEntries(Object.entries(device).filter(([, value]) => value !== undefined)) as unknown as Device;
};

/** Devices that a start adds by itself where the definition has none of their kind. */
const implicit = (device: Device): boolean => {
  switch (device.kind) {
    case 'controller':
      // Further ones come of the definition only; PCI ports are made as they are needed.
      return device.type === 'pci' || (device.index ?? 0) === 0;
    case 'input':
      return device.bus === 'ps2';
    case 'console':
      return (device.targetType ?? 'serial') === 'serial';
    case 'watchdog':
      return device.model === 'itco';
    default:
      return device.kind === 'memballoon' || device.kind === 'audio' || device.kind === 'video';
  }
};

const differing = (a: Plain, b: Plain): string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => key !== 'path' && !same(a[key], b[key]));

const properties: readonly (keyof Domain)[] = [
  'type',
  'name',
  'title',
  'description',
  'memory',
  'vcpus',
  'ioThreads',
  'cpuTune',
  'numaTune',
  'os',
  'sysInfo',
  'features',
  'cpu',
  'clock',
  'lifecycle',
  'launchSecurity',
  'qemu',
];

/**
 * In what the running machine and its stored definition differ: what takes effect at the next start. What a start fills in
 * (aliases, addresses, TAP and pty names, ports, ids, labels, implicit devices) is no difference.
 *
 * @param inactive read from the stored definition
 * @param live read with `live: true` from the live XML
 */
export function diffDomains(inactive: Domain, live: Domain): PendingChange[] {
  const changes: PendingChange[] = [];
  for (const key of properties) {
    const [defined, running] = [inactive[key], live[key]];
    if (same(defined, running)) continue;
    const fields = isPlain(defined) && isPlain(running) ? differing(defined, running) : [];
    // The balloon of a running machine moves, and a machine type is stored by its alias.
    const told = key === 'os' && inactive.os.arch === undefined ? fields.filter((field) => field !== 'arch') : fields;
    const open = key === 'os' && inactive.os.machine === undefined ? told.filter((field) => field !== 'machine') : told;
    if (isPlain(defined) && isPlain(running) && open.length === 0) continue;
    changes.push({ change: 'changed', what: key, fields: open });
  }
  const [before, after] = [allDevices(live.devices), allDevices(inactive.devices)];
  const fieldsOf = (device: Device, running: Device) =>
    differing(device as unknown as Plain, asDefined(running, device) as unknown as Plain);
  const pairs = pairDevices(after, before, deviceMarks, (device, running) => fieldsOf(device, running).length === 0);
  for (const device of after) {
    const running = pairs.get(device);
    if (running === undefined) changes.push({ change: 'added', what: device.kind, path: device.path, fields: [] });
    else {
      const fields = fieldsOf(device, running);
      if (fields.length > 0) changes.push({ change: 'changed', what: device.kind, path: device.path, livePath: running.path, fields });
    }
  }
  const known = new Set(pairs.values());
  for (const device of before) {
    if (!known.has(device) && !implicit(device)) changes.push({ change: 'removed', what: device.kind, livePath: device.path, fields: [] });
  }
  return changes;
}
