import { made } from '../../domain/made.ts';
import type { Interface, InterfaceDriver, InterfaceSource, InterfaceType } from '../../domain/interface.ts';
import { isVirtioNicModel } from '../read/devices/interface-names.ts';

/** Something that a NIC of the new type cannot have. */
export interface RemovedPart {
  /** Property of the model. */
  readonly field: keyof Interface | 'queues' | 'backend.tap' | 'backend.vhost' | 'backend.type';
  /** In words, as a form tells it. */
  readonly what: string;
}

/** An empty source of a type: what the form begins with. */
export function emptySource(type: InterfaceType): InterfaceSource {
  switch (type) {
    case 'bridge':
      return { type, bridge: '' };
    case 'ethernet':
      return { type, ips: [], routes: [] };
    case 'network':
      return { type, network: '' };
    case 'user':
    case 'null':
      return { type };
    case 'direct':
      return { type, dev: '', mode: 'vepa' };
    case 'hostdev':
      return { type, managed: true, address: undefined };
    case 'vhostuser':
      return { type, path: '', mode: 'client' };
    case 'vdpa':
      return { type, dev: '' };
    case 'udp':
      return { type, address: '', port: 0, localPort: 0 };
    case 'mcast':
    case 'client':
      return { type, address: '', port: 0 };
    case 'server':
      return { type, port: 0 };
    case 'internal':
      return { type, name: '' };
    case 'vds':
      return { type, switchId: '', portId: '', portGroupId: '', connectionId: '' };
  }
}

const taps: readonly InterfaceType[] = ['bridge', 'network', 'ethernet'];

/** Types that can have a part; a part that is not listed goes with every type. */
const allowed: readonly (readonly [keyof Interface, string, readonly InterfaceType[]])[] = [
  ['target', 'the TAP name', [...taps, 'direct']],
  ['targetManaged', "managed='no'", ['ethernet']],
  ['script', 'the up script', ['ethernet']],
  ['downscript', 'the down script', ['ethernet']],
  ['vlan', 'the VLAN tags', ['network', 'hostdev', 'direct', 'bridge']],
  ['virtualPort', 'the virtual port', ['bridge', 'network', 'direct', 'hostdev']],
  ['bandwidth', 'the bandwidth limits', [...taps, 'direct']],
  ['portIsolated', 'the port isolation', ['bridge', 'network']],
  ['ips', "the guest's addresses", ['user']],
  ['routes', "the guest's routes", ['user']],
  ['portForwards', 'the port forwards', ['user']],
  ['filter', 'the filter', taps],
  ['sndbuf', 'the send buffer', [...taps, 'direct']],
  ['mtu', 'the MTU', [...taps, 'vhostuser']],
  ['coalesceRxFrames', 'the coalesce setting', ['bridge', 'network']],
  [
    'model',
    'the model',
    ['bridge', 'ethernet', 'network', 'user', 'direct', 'vhostuser', 'vdpa', 'udp', 'mcast', 'server', 'client', 'internal', 'null', 'vds'],
  ],
];

const switchBackend = (backend: NonNullable<Interface['backend']>, type: InterfaceType, removed: RemovedPart[]): Interface['backend'] => {
  const keepTap = taps.includes(type);
  const keepVhost = keepTap || type === 'direct';
  const keepPasst = type === 'user' || type === 'vhostuser';
  if (!keepTap && backend.tap !== undefined) removed.push({ field: 'backend.tap', what: 'the TAP device file' });
  if (!keepVhost && backend.vhost !== undefined) removed.push({ field: 'backend.vhost', what: 'the vhost device file' });
  if (!keepPasst && backend.type !== undefined) removed.push({ field: 'backend.type', what: `the backend ${backend.type}` });
  const kept = made<NonNullable<Interface['backend']>>({
    type: keepPasst ? backend.type : undefined,
    tap: keepTap ? backend.tap : undefined,
    vhost: keepVhost ? backend.vhost : undefined,
    logFile: keepPasst ? backend.logFile : undefined,
    hostname: keepPasst ? backend.hostname : undefined,
    fqdn: keepPasst ? backend.fqdn : undefined,
  });
  return Object.keys(kept).length === 0 ? undefined : kept;
};

/** A NIC of another type: with an empty source, and without what that type cannot have, all of which is listed. */
export function switchInterfaceType(
  nic: Interface,
  type: InterfaceType,
): { readonly nic: Interface; readonly removed: readonly RemovedPart[] } {
  if (type === nic.type) return { nic, removed: [] };
  const removed: RemovedPart[] = [];
  const parts: Record<string, unknown> = { ...nic };
  for (const [field, what, types] of allowed) {
    const value = nic[field];
    if (types.includes(type) || value === undefined) continue;
    const isList = Array.isArray(value);
    if (isList && value.length === 0) continue;
    removed.push({ field, what });
    if (isList) parts[field] = [];
    else delete parts[field];
  }
  let driver: InterfaceDriver = nic.driver;
  if (driver.queues !== undefined && ![...taps, 'direct', 'vhostuser', 'vdpa'].includes(type)) {
    const { queues: _, ...rest } = driver;
    driver = rest;
    removed.push({ field: 'queues', what: 'the queues' });
  }
  const needsVirtio = type === 'vhostuser' || type === 'vdpa';
  const model = needsVirtio && !isVirtioNicModel(nic.model ?? '') ? 'virtio' : (parts['model'] as string | undefined);
  if (needsVirtio && nic.model !== undefined && model !== nic.model)
    removed.push({ field: 'model', what: `the model ${nic.model} (this type needs virtio)` });
  const { backend, ...others } = parts as unknown as Interface;
  return {
    nic: made<Interface>({
      ...others,
      type,
      source: emptySource(type),
      model,
      driver,
      backend: backend === undefined ? undefined : switchBackend(backend, type, removed),
    }),
    removed,
  };
}
