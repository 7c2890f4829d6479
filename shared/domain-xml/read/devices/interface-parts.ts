import { made } from '../../../domain/made.ts';
import type {
  BandwidthLimit,
  Interface,
  InterfaceDriver,
  InterfaceSource,
  InterfaceType,
  PortForward,
  PortRange,
  VirtualPort,
} from '../../../domain/interface.ts';
import type { Reader } from '../reader/reader.ts';
import { readAddress, readPciAddress } from './address.ts';
import { readReconnect } from './chardev.ts';
import { readIps, readRoutes } from './interface-addresses.ts';
import { readVirtioOptions } from './info.ts';
import { ipFamily } from './ip.ts';

const port = { min: 1, max: 65535 };

/**
 * How many queues a NIC can have: the kernel's TAPs and macvtaps (MAX_TAP_QUEUES of its drivers tun and tap), and QEMU's virtio-net otherwise
 * (half of VIRTIO_QUEUE_MAX, one being for control).
 */
export const mostQueues = { tap: 256, virtio: 511 };

/** Reads the `<source>` that this type of interface needs. */
export function readInterfaceSource(reader: Reader, type: InterfaceType): InterfaceSource {
  const source = reader.child('source');
  if (source === undefined && !['user', 'ethernet', 'null', 'internal'].includes(type)) {
    reader.error(`An interface of type '${type}' needs a <source>.`);
  }
  const need = (name: string): string => source?.required(name) ?? '';
  switch (type) {
    case 'bridge':
      return made<InterfaceSource>({
        type,
        bridge: need('bridge'),
        macTableManager: source?.oneOf('macTableManager', ['kernel', 'libvirt']),
      });
    case 'ethernet':
      return { type, ips: readIps(source), routes: readRoutes(source) };
    case 'network':
      return made<InterfaceSource>({
        type,
        network: need('network'),
        portgroup: source?.filled('portgroup'),
        portid: source?.uuid('portid'),
        bridge: source?.filled('bridge'),
      });
    case 'user':
      return made<InterfaceSource>({ type, dev: source?.filled('dev') });
    case 'direct':
      return { type, dev: need('dev'), mode: source?.oneOf('mode', ['vepa', 'private', 'bridge', 'passthrough']) ?? 'vepa' };
    case 'hostdev': {
      const address = source?.child('address');
      if (address === undefined) source?.error('An interface of type hostdev needs the <address> of the host device.');
      const kind = address?.attribute('type') ?? 'pci';
      const usb = kind === 'usb' && address !== undefined ? readAddress(address) : undefined;
      return made<InterfaceSource>({
        type,
        managed: reader.yesNo('managed'),
        address:
          usb?.type === 'usb'
            ? usb
            : address === undefined
              ? { type: 'pci', domain: 0, bus: 0, slot: 0, function: 0 }
              : readPciAddress(address),
        driver: reader.child('driver')?.oneOf('name', ['kvm', 'vfio']),
      });
    }
    case 'vhostuser': {
      const passt = reader.child('backend')?.attribute('type') === 'passt';
      source?.oneOf('type', ['unix']);
      return made<InterfaceSource>({
        type,
        path: passt ? source?.attribute('path') : need('path'),
        mode:
          source?.attribute('mode') === undefined && !passt
            ? (source?.requiredOneOf('mode', ['client', 'server'], 'client') ?? 'client')
            : (source?.oneOf('mode', ['client', 'server']) ?? 'client'),
        reconnect: readReconnect(source),
        dev: source?.filled('dev'),
      });
    }
    case 'vdpa':
      return { type, dev: need('dev') };
    case 'udp': {
      const local = source?.child('local');
      if (source !== undefined && local === undefined) source.error('An interface of type udp needs <local address=… port=…/>.');
      return made<InterfaceSource>({
        type,
        address: need('address'),
        port: source?.requiredInteger('port', port) ?? 0,
        localAddress: local?.filled('address'),
        localPort: local?.requiredInteger('port', port) ?? 0,
      });
    }
    case 'mcast':
    case 'client':
      return { type, address: need('address'), port: source?.requiredInteger('port', port) ?? 0 };
    case 'server':
      return made<InterfaceSource>({ type, address: source?.filled('address'), port: source?.requiredInteger('port', port) ?? 0 });
    case 'internal':
      if (source === undefined) reader.error("An interface of type 'internal' needs a <source name=…/>.");
      return { type, name: need('name') };
    case 'null':
      return { type };
    case 'vds':
      return {
        type,
        switchId: source?.uuid('switchid') ?? '',
        portId: need('portid'),
        portGroupId: need('portgroupid'),
        connectionId: need('connectionid'),
      };
  }
}

/** Reads everything of a NIC's `<driver>`. */
export function readInterfaceDriver(driver: Reader | undefined): InterfaceDriver {
  if (driver === undefined) return {};
  const host = driver.child('host');
  const guest = driver.child('guest');
  const power = (name: string): number | undefined => {
    const size = driver.integer(name, { max: 0xffffffff }) || undefined;
    if (size !== undefined && (size & (size - 1)) !== 0) driver.error(`${name} must be a power of two, as 256.`, name);
    return size;
  };
  const queues = driver.integer('queues', { max: 0xffffffff });
  return made<InterfaceDriver>({
    ...readVirtioOptions(driver),
    name: driver.oneOf('name', ['qemu', 'vhost']),
    txmode: driver.oneOf('txmode', ['iothread', 'timer']),
    ioeventfd: driver.onOff('ioeventfd'),
    eventIdx: driver.onOff('event_idx'),
    // libvirt stores one queue as none. What is above every limit is refused by its path (interface-checks.ts), and sizes no loop until then.
    queues: queues !== undefined && queues > 1 ? Math.min(queues, mostQueues.virtio + 1) : undefined,
    rxQueueSize: power('rx_queue_size'),
    txQueueSize: power('tx_queue_size'),
    rss: driver.onOff('rss'),
    rssHashReport: driver.onOff('rss_hash_report'),
    host:
      host === undefined
        ? undefined
        : made({
            csum: host.onOff('csum'),
            gso: host.onOff('gso'),
            tso4: host.onOff('tso4'),
            tso6: host.onOff('tso6'),
            ecn: host.onOff('ecn'),
            ufo: host.onOff('ufo'),
            mrgRxbuf: host.onOff('mrg_rxbuf'),
          }),
    guest:
      guest === undefined
        ? undefined
        : made({
            csum: guest.onOff('csum'),
            tso4: guest.onOff('tso4'),
            tso6: guest.onOff('tso6'),
            ecn: guest.onOff('ecn'),
            ufo: guest.onOff('ufo'),
          }),
  });
}

/** Reads `<vlan>`. */
export function readVlan(vlan: Reader | undefined): Interface['vlan'] {
  if (vlan === undefined) return undefined;
  const trunk = vlan.yesNo('trunk');
  const tags = vlan.children('tag').map((tag) =>
    made<{ id: number; nativeMode?: 'tagged' | 'untagged' }>({
      id: tag.requiredInteger('id', { max: 4095 }),
      nativeMode: tag.oneOf('nativeMode', ['tagged', 'untagged']),
    }),
  );
  if (tags.length === 0) vlan.error('<vlan> needs at least one <tag id=…/>.');
  if (trunk === false && tags.length > 1) vlan.error('Several tags make a trunk: trunk="no" cannot stand here.', 'trunk');
  const native = tags.filter(({ nativeMode }) => nativeMode !== undefined).length;
  if (native > 1) vlan.error('Only one tag can be the native one.');
  if (native > 0 && trunk === false) vlan.error('A native tag needs trunk="yes".', 'trunk');
  return made<NonNullable<Interface['vlan']>>({ path: vlan.path, trunk, tags });
}

const portParameters = {
  '802.1Qbg': ['managerid', 'typeid', 'typeidversion'],
  '802.1Qbh': ['profileid'],
  openvswitch: [],
  midonet: ['interfaceid'],
} as const;

/** Reads `<virtualport>`; a network may leave its type to itself. */
export function readVirtualPort(reader: Reader | undefined, type: InterfaceType): VirtualPort | undefined {
  if (reader === undefined) return undefined;
  if (!['bridge', 'network', 'direct', 'hostdev'].includes(type)) {
    reader.error(`An interface of type '${type}' has no <virtualport>.`);
    reader.findings.claimTree(reader.element);
    return { path: reader.path };
  }
  const kind = reader.oneOf('type', ['802.1Qbg', '802.1Qbh', 'openvswitch', 'midonet']);
  if (kind === undefined && type !== 'network' && reader.attribute('type') === undefined) {
    reader.error('<virtualport> needs the attribute "type".', 'type');
  }
  const parameters = reader.child('parameters');
  for (const name of kind === undefined ? [] : portParameters[kind]) {
    if (parameters?.attribute(name) === undefined)
      (parameters ?? reader).error(`A virtual port of type ${kind} needs the parameter "${name}".`, name);
  }
  return made<VirtualPort>({
    path: reader.path,
    type: kind,
    managerId: parameters?.integer('managerid', { max: 255, hex: true }),
    typeId: parameters?.integer('typeid', { max: 0xffffff, hex: true }),
    typeIdVersion: parameters?.integer('typeidversion', { max: 255, hex: true }),
    instanceId: parameters?.uuid('instanceid'),
    interfaceId: parameters?.uuid('interfaceid'),
    profileId: parameters?.attribute('profileid'),
  });
}

/** Largest rate, KiB/s, and burst, KiB: the kernel's traffic control counts bytes in 32 bits (linux/pkt_sched.h, tc_ratespec). */
const mostKiB = 4_194_303;

const readLimit = (limit: Reader | undefined, direction: 'inbound' | 'outbound', type: InterfaceType): BandwidthLimit | undefined => {
  if (limit === undefined) return undefined;
  const read = made<BandwidthLimit>({
    average: limit.integer('average'),
    peak: limit.integer('peak'),
    burst: limit.integer('burst'),
    floor: limit.integer('floor'),
  });
  // Read for itself so that a wrong number is reported once and not as a missing one too.
  const said = (name: string) => limit.attribute(name) !== undefined;
  if (!said('average') && !(direction === 'inbound' && said('floor')))
    limit.error(`A limit needs an average${direction === 'inbound' ? ' or a floor' : ''}, in KiB/s.`, 'average');
  if ((said('peak') || said('burst')) && !said('average')) limit.error('Peak and burst need an average.', 'average');
  for (const name of ['average', 'peak', 'burst'] as const)
    if ((read[name] ?? 0) > mostKiB)
      limit.error(`${read[name]} is too much for "${name}": at most ${mostKiB} ${name === 'burst' ? 'KiB' : 'KiB/s'}.`, name);
  // An outbound peak has no effect (the kernel's policer knows one rate).
  if (direction === 'inbound' && said('average') && (read.peak ?? Infinity) < (read.average ?? 0))
    limit.error(`A peak of ${read.peak} KiB/s is less than the average of ${read.average} KiB/s.`, 'peak');
  if (said('floor') && direction === 'outbound') limit.error('Only the inbound direction has a floor.', 'floor');
  else if (said('floor') && type !== 'network')
    limit.error(`An interface of type '${type}' cannot have a floor: only a virtual network can keep one.`, 'floor');
  return read;
};

/** Reads `<bandwidth>`; an average of 0 counts as no limit. */
export function readBandwidth(bandwidth: Reader | undefined, type: InterfaceType): Interface['bandwidth'] {
  if (bandwidth === undefined) return undefined;
  if (!['bridge', 'network', 'direct', 'ethernet', 'hostdev'].includes(type)) {
    bandwidth.warning(`Bandwidth limits have no effect on an interface of type '${type}'.`);
  }
  if (type === 'hostdev') bandwidth.error('A device handed through cannot have bandwidth limits.');
  const limits = {
    inbound: readLimit(bandwidth.child('inbound'), 'inbound', type),
    outbound: readLimit(bandwidth.child('outbound'), 'outbound', type),
  };
  const nothing = (limit: BandwidthLimit | undefined) => limit === undefined || ((limit.average ?? 0) === 0 && (limit.floor ?? 0) === 0);
  const effective = made<NonNullable<Interface['bandwidth']>>({
    inbound: nothing(limits.inbound) ? undefined : limits.inbound,
    outbound: nothing(limits.outbound) ? undefined : limits.outbound,
  });
  return Object.keys(effective).length === 0 ? undefined : effective;
}

/** Reads `<portForward>` children (user with passt). */
export function readPortForwards(reader: Reader): PortForward[] {
  return reader.children('portForward').map((forward) => {
    const address = forward.attribute('address');
    if (address !== undefined && ipFamily(address) === undefined) forward.error(`'${address}' is not an IP address.`, 'address');
    const ranges = forward.children('range').map((range) => {
      const read = made<PortRange>({
        start: range.requiredInteger('start', port),
        end: range.integer('end', port),
        to: range.integer('to', port),
        exclude: range.yesNo('exclude'),
      });
      if (read.end !== undefined && read.end < read.start) range.error('The range ends before it starts.', 'end');
      if (read.to !== undefined && read.exclude === true) range.error('An excluded range goes nowhere: leave "to" out.', 'to');
      return read;
    });
    return made<PortForward>({
      path: forward.path,
      proto: forward.requiredOneOf('proto', ['tcp', 'udp'], 'tcp'),
      address,
      dev: forward.filled('dev'),
      ranges,
    });
  });
}
