import type { BandwidthLimit, Interface, InterfaceDriver, InterfaceIp, InterfaceRoute } from '../../domain/interface.ts';
import {
  fragment,
  fragmentIfAny,
  onOff,
  pciAttributes,
  renderInfo,
  single,
  textFragment,
  virtioAttributes,
  yesNo,
  type Fragment,
} from './common.ts';

const renderIp = ({ address, family, prefix, peer }: InterfaceIp): Fragment => fragment('ip', { address, family, prefix, peer });

const renderRoute = ({ family, address, netmask, prefix, gateway, metric }: InterfaceRoute): Fragment =>
  fragment('route', { family, address, netmask, prefix, gateway, metric });

const renderSource = ({ source }: Interface): Fragment | undefined => {
  const { type } = source;
  switch (type) {
    case 'bridge':
      return fragment('source', { bridge: source.bridge, macTableManager: source.macTableManager });
    case 'ethernet':
      return fragmentIfAny('source', {}, source.ips.map(renderIp), source.routes.map(renderRoute));
    case 'network':
      return fragment('source', { network: source.network, portgroup: source.portgroup, portid: source.portid, bridge: source.bridge });
    case 'user':
      return single('source', 'dev', source.dev);
    case 'direct':
      return fragment('source', { dev: source.dev, mode: source.mode });
    case 'hostdev': {
      const { address } = source;
      if (address === undefined) return fragment('source');
      const place =
        address.type === 'pci'
          ? { type: 'pci', ...pciAttributes(address) }
          : { type: 'usb', bus: address.bus, port: address.port?.join('.') };
      return fragment('source', {}, fragment('address', place));
    }
    case 'vhostuser': {
      const { reconnect } = source;
      return fragmentIfAny(
        'source',
        {
          type: source.path === undefined ? undefined : 'unix',
          path: source.path,
          mode: source.path === undefined ? undefined : source.mode,
          dev: source.dev,
        },
        reconnect === undefined ? undefined : fragment('reconnect', { enabled: yesNo(reconnect.enabled), timeout: reconnect.timeout }),
      );
    }
    case 'vdpa':
      return fragment('source', { dev: source.dev });
    case 'udp':
      return fragment(
        'source',
        { address: source.address, port: source.port },
        fragment('local', { address: source.localAddress, port: source.localPort }),
      );
    case 'mcast':
    case 'client':
    case 'server':
      return fragment('source', { address: source.address, port: source.port });
    case 'internal':
      return fragment('source', { name: source.name });
    case 'null':
      return undefined;
    case 'vds':
      return fragment('source', {
        switchid: source.switchId,
        portid: source.portId,
        portgroupid: source.portGroupId,
        connectionid: source.connectionId,
      });
  }
};

const renderDriver = (driver: InterfaceDriver, hostdevDriver: string | undefined): Fragment | undefined => {
  const { host, guest } = driver;
  return fragmentIfAny(
    'driver',
    {
      name: driver.name ?? hostdevDriver,
      txmode: driver.txmode,
      ioeventfd: onOff(driver.ioeventfd),
      event_idx: onOff(driver.eventIdx),
      queues: driver.queues,
      rx_queue_size: driver.rxQueueSize,
      tx_queue_size: driver.txQueueSize,
      rss: onOff(driver.rss),
      rss_hash_report: onOff(driver.rssHashReport),
      ...virtioAttributes(driver),
    },
    fragmentIfAny('host', {
      csum: onOff(host?.csum),
      gso: onOff(host?.gso),
      tso4: onOff(host?.tso4),
      tso6: onOff(host?.tso6),
      ecn: onOff(host?.ecn),
      ufo: onOff(host?.ufo),
      mrg_rxbuf: onOff(host?.mrgRxbuf),
    }),
    fragmentIfAny('guest', {
      csum: onOff(guest?.csum),
      tso4: onOff(guest?.tso4),
      tso6: onOff(guest?.tso6),
      ecn: onOff(guest?.ecn),
      ufo: onOff(guest?.ufo),
    }),
  );
};

const renderLimit = (name: string, limit: BandwidthLimit | undefined): Fragment | undefined =>
  limit === undefined ? undefined : fragment(name, { average: limit.average, peak: limit.peak, burst: limit.burst, floor: limit.floor });

const renderVirtualPort = ({ virtualPort: port }: Interface): Fragment | undefined =>
  port === undefined
    ? undefined
    : fragment(
        'virtualport',
        { type: port.type },
        fragmentIfAny('parameters', {
          managerid: port.managerId,
          typeid: port.typeId,
          typeidversion: port.typeIdVersion,
          instanceid: port.instanceId,
          interfaceid: port.interfaceId,
          profileid: port.profileId,
        }),
      );

/** Writes an `<interface>`, children in libvirt's order. What the model leaves absent is not written. */
export function renderInterface(nic: Interface): Fragment {
  const { source, backend, vlan, filter, bandwidth, teaming } = nic;
  return fragment(
    'interface',
    {
      type: nic.type,
      managed: source.type === 'hostdev' ? yesNo(source.managed) : undefined,
      trustGuestRxFilters: yesNo(nic.trustGuestRxFilters),
    },
    fragmentIfAny('mac', { address: nic.mac, type: nic.macType, check: yesNo(nic.macCheck) }),
    renderSource(nic),
    vlan === undefined
      ? undefined
      : fragment(
          'vlan',
          { trunk: yesNo(vlan.trunk) },
          vlan.tags.map(({ id, nativeMode }) => fragment('tag', { id, nativeMode })),
        ),
    renderVirtualPort(nic),
    fragmentIfAny('bandwidth', {}, renderLimit('inbound', bandwidth?.inbound), renderLimit('outbound', bandwidth?.outbound)),
    single('port', 'isolated', yesNo(nic.portIsolated)),
    nic.ips.map(renderIp),
    nic.routes.map(renderRoute),
    nic.portForwards.map(({ proto, address, dev, ranges }) =>
      fragment(
        'portForward',
        { proto, address, dev },
        ranges.map(({ start, end, to, exclude }) => fragment('range', { start, end, to, exclude: yesNo(exclude) })),
      ),
    ),
    single('script', 'path', nic.script),
    single('downscript', 'path', nic.downscript),
    single('backenddomain', 'name', nic.backendDomain),
    fragmentIfAny('target', { dev: nic.target, managed: yesNo(nic.targetManaged) }),
    fragmentIfAny('guest', { dev: nic.guestDev, actual: nic.guestActual }),
    single('model', 'type', nic.model),
    renderDriver(nic.driver, source.type === 'hostdev' ? source.driver : undefined),
    fragmentIfAny('backend', {
      type: backend?.type,
      tap: backend?.tap,
      vhost: backend?.vhost,
      logFile: backend?.logFile,
      hostname: backend?.hostname,
      fqdn: backend?.fqdn,
    }),
    filter === undefined
      ? undefined
      : fragment(
          'filterref',
          { filter: filter.name },
          filter.parameters.map(({ name, value }) => fragment('parameter', { name, value })),
        ),
    fragmentIfAny('tune', {}, textFragment('sndbuf', nic.sndbuf)),
    teaming === undefined ? undefined : fragment('teaming', { type: teaming.type, persistent: teaming.persistent }),
    single('link', 'state', nic.link),
    single('mtu', 'size', nic.mtu),
    nic.coalesceRxFrames === undefined
      ? undefined
      : fragment('coalesce', {}, fragment('rx', {}, fragment('frames', { max: nic.coalesceRxFrames }))),
    ...renderInfo(nic),
  );
}
