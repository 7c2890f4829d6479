import type { Interface, PortForward } from '../../../shared/domain/index.ts';
import { invalid, unsupported, type Draft } from '../plan/draft.ts';
import { virtioProps, type CommandLine } from './builder.ts';
import { addChardev } from './chardev.ts';
import { pciHost } from './hostdev.ts';
import type { DescriptorRequest } from '../plan/launch-plan.types.ts';
import type { DescriptorList } from '../plan/planned-option.ts';
import { streamSocket } from '../plan/stream-socket.ts';
import type { OptionProps } from './options.ts';

const isVirtio = (nic: Draft<Interface>): boolean =>
  nic.model === 'virtio' || nic.model === 'virtio-transitional' || nic.model === 'virtio-non-transitional';

/** Adds all NICs: the back end of each, and the device behind it (spec: formatdomain "Network interfaces"). */
export function addInterfaces(line: CommandLine): void {
  line.each(line.draft.devices.interfaces, (nic, index) => {
    if (nic.type === 'hostdev') addHostdev(line, nic);
    else {
      check(line, nic);
      addBackend(line, nic, index);
      line.device(deviceProps(line, nic));
    }
  });
}

const tapTypes = new Set(['bridge', 'ethernet', 'direct']);
const queueTypes = new Set(['bridge', 'ethernet', 'direct', 'vhostuser', 'vdpa', 'network']);
const noSupport: Readonly<Record<string, string>> = {
  network: 'Virtual networks are not supported.',
  hostdev: 'Handing a network card through to the machine is not supported.',
  vhostuser: 'NICs on a vhost-user switch are not supported.',
  vdpa: 'vDPA NICs are not supported.',
  internal: 'Internal networks are not supported.',
  null: 'NICs without a connection (type null) are not supported by QEMU.',
  vds: 'VMware distributed switches are not supported by QEMU.',
};

const check = (line: CommandLine, nic: Draft<Interface>): void => {
  const { path, type } = nic;
  const unable = noSupport[type];
  if (unable !== undefined && (line.starts || type === 'network' || type === 'null' || type === 'vds')) {
    line.refuse(unsupported(`${path}/@type`, unable, "Choose another source, for example <interface type='bridge'>."));
  }
  if ((nic.driver.queues ?? 0) > 1 && !queueTypes.has(type))
    line.refuse(unsupported(`${path}/driver/@queues`, `Several queues are not possible for a NIC of type '${type}'.`));
  if (nic.script !== undefined && type !== 'ethernet')
    line.refuse(unsupported(`${path}/script`, `Scripts are run for NICs of type 'ethernet', not '${type}'.`));
  if (nic.backend?.tap !== undefined && !tapTypes.has(type))
    line.refuse(unsupported(`${path}/backend/@tap`, `A NIC of type '${type}' has no TAP.`));
  if ((type === 'vdpa' || type === 'vhostuser') && !isVirtio(nic))
    line.refuse(invalid(`${path}/model`, `A NIC of type '${type}' must have a virtio model.`));
  if (line.starts && nic.model === 'netfront')
    line.refuse(unsupported(`${path}/model/@type`, "The NIC model 'netfront' exists on Xen only."));
  if (!/^[A-Za-z0-9_-]+$/.test(nic.model ?? ''))
    line.refuse(invalid(`${path}/model/@type`, 'The name of a NIC model consists of letters, digits, - and _.'));
  if (nic.portForwards.length > 0 && nic.backend?.type !== 'passt' && !line.starts)
    line.refuse(invalid(`${path}/portForward`, "libvirt needs <backend type='passt'/> for port forwards."));
  if (!line.starts) return;
  if (nic.filter !== undefined)
    line.refuse(unsupported(nic.filter.path, `The network filter '${nic.filter.name}' can't be applied: filters are not supported.`));
  if (nic.vlan !== undefined) line.refuse(unsupported(nic.vlan.path, 'VLAN tags on this kind of connection are not supported.'));
  if (nic.virtualPort !== undefined)
    line.refuse(unsupported(nic.virtualPort.path, 'Virtual ports (Open vSwitch, 802.1Qbg and others) are not supported.'));
  if (nic.teaming !== undefined && nic.teaming.type === 'transient')
    line.refuse(unsupported(`${path}/teaming`, 'The transient half of a team is a device handed through, which is not supported.'));
};

const addBackend = (line: CommandLine, nic: Draft<Interface>, index: number): void => {
  const id = `host${line.id(nic)}`;
  const { source } = nic;
  switch (source.type) {
    case 'bridge':
    case 'ethernet':
    case 'direct':
      line.netdev(tapProps(line, nic, index, id));
      break;
    case 'user':
      line.netdev(userProps(line, nic, index, id));
      break;
    case 'internal':
      line.netdev({ type: 'user', id });
      break;
    case 'server':
      line.netdev({ type: 'socket', listen: `${source.address ?? ''}:${source.port}`, id });
      break;
    case 'client':
      line.netdev({ type: 'socket', connect: `${source.address}:${source.port}`, id });
      break;
    case 'mcast':
      line.netdev({ type: 'socket', mcast: `${source.address}:${source.port}`, id });
      break;
    case 'udp':
      line.netdev({
        type: 'socket',
        udp: `${source.address}:${source.port}`,
        localaddr: `${source.localAddress ?? ''}:${source.localPort}`,
        id,
      });
      break;
    case 'vhostuser': {
      const { reconnect, path, mode } = source;
      const chardev = addChardev(
        line,
        {
          type: 'unix',
          mode: mode === 'server' ? 'bind' : 'connect',
          ...(path === undefined ? {} : { path }),
          ...(reconnect === undefined ? {} : { reconnect }),
        },
        { alias: line.id(nic), path: nic.path, vhostUser: true },
      );
      const queues = nic.driver.queues ?? 0;
      line.netdev({ type: 'vhost-user', chardev, queues: queues > 1 ? queues : undefined, id });
      break;
    }
    case 'vdpa': {
      const opaque = `${line.id(nic)}-vdpa`;
      const vhostdev = line.fdset({ kind: 'file', opaque, path: source.dev, flags: 'read-write' }, opaque);
      line.netdev({ type: 'vhost-vdpa', vhostdev, queues: (nic.driver.queues ?? 0) > 1 ? nic.driver.queues : undefined, id });
      break;
    }
    case 'network':
    case 'hostdev':
    case 'null':
    case 'vds':
      throw unsupported(`${nic.path}/@type`, noSupport[source.type] ?? 'This type of NIC is not supported.');
  }
};

/** `fd`/`vhostfd` for one queue, `fds`/`vhostfds` for several. */
const fdProps = (key: string, fds: DescriptorList): OptionProps => ({ [fds.descriptors.length === 1 ? key : `${key}s`]: fds });

/** MAX_TAP_QUEUES of the kernel (drivers/net/tun.c; macvtap: TAP_MAX_QUEUES). */
const maxTapQueues = 256;

const tapProps = (line: CommandLine, nic: Draft<Interface>, interfaceIndex: number, id: string): OptionProps => {
  const alias = line.id(nic);
  const queues = Math.max(1, nic.driver.queues ?? 1);
  // Here too, since each takes a descriptor: planning also looks at what reading found an error in.
  if (queues > maxTapQueues) throw invalid(`${nic.path}/driver/@queues`, `A TAP has at most ${maxTapQueues} queues.`);
  const each = Array.from({ length: queues }, (_, queue) => queue);
  const fds = line.descriptor(
    ...each.map((queue): DescriptorRequest =>
      nic.type === 'direct' ? { kind: 'macvtap', alias, interfaceIndex, queue } : { kind: 'tap', alias, interfaceIndex, queue, queues },
    ),
  );
  const path = nic.backend?.vhost ?? '/dev/vhost-net';
  const vhostFds = wantsVhost(line, nic)
    ? line.descriptor(...each.map((queue): DescriptorRequest => ({ kind: 'vhost-net', alias, interfaceIndex, queue, path })))
    : undefined;
  return {
    type: 'tap',
    ...fdProps('fd', fds),
    ...(vhostFds === undefined ? {} : { vhost: true, ...fdProps('vhostfd', vhostFds) }),
    sndbuf: nic.sndbuf,
    id,
  };
};

/**
 * vhost is for virtio NICs of KVM machines, unless the XML or the host says no. libvirt's own record of its command
 * lines has it for emulated machines too, so that is what `native` shows.
 */
const wantsVhost = (line: CommandLine, nic: Draft<Interface>): boolean => {
  if (!isVirtio(nic) || nic.driver.name === 'qemu') return false;
  if (!line.starts) return true;
  if (line.draft.domain.type !== 'kvm') return false;
  if (line.host.vhostNet) return true;
  if (nic.driver.name === 'vhost') {
    line.refuse(
      unsupported(
        `${nic.path}/driver/@name`,
        'The NIC asks for vhost-net, and /dev/vhost-net cannot be opened here.',
        "Load the kernel module vhost_net, or remove name='vhost'.",
      ),
    );
  }
  return false;
};

const userProps = (line: CommandLine, nic: Draft<Interface>, interfaceIndex: number, id: string): OptionProps => {
  if (nic.backend?.type === 'passt') {
    if (!line.knowsHost)
      throw unsupported(
        `${nic.path}/backend/@type`,
        'The socket of passt is made when the machine starts: it has no path that could be shown.',
      );
    if (!line.host.passt)
      line.refuse(
        unsupported(
          `${nic.path}/backend/@type`,
          'passt is not installed here.',
          "Install the package 'passt', or remove <backend type='passt'/>.",
        ),
      );
    const alias = line.id(nic);
    if (!line.capabilities.schema.variant('netdev_add', 'stream'))
      return { type: 'socket', fd: line.descriptor({ kind: 'stream', alias, interfaceIndex }), id };
    // QEMU is the one that listens: when passt goes, it takes the next one (net/stream.c), so that forwards can change while it runs.
    const socket = streamSocket(line.paths.runtime, alias);
    line.streams.push({ alias, interfaceIndex, socket });
    return { type: 'stream', addr: { type: 'unix', path: socket }, server: true, id };
  }
  const v4 = nic.ips.find((ip) => ip.family === 'ipv4');
  const v6 = nic.ips.find((ip) => ip.family === 'ipv6');
  return {
    type: 'user',
    net: v4 === undefined ? undefined : v4.prefix === undefined ? v4.address : `${v4.address}/${v4.prefix}`,
    'ipv6-prefix': v6?.address,
    'ipv6-prefixlen': v6?.prefix,
    hostfwd:
      nic.portForwards.length === 0
        ? undefined
        : line.each(nic.portForwards, (forward) => hostForwards(line, forward)).flatMap((texts) => texts.map((str) => ({ str }))),
    id,
  };
};

/** Ports of one `<portForward>` that QEMU's own user network takes at most: it has a socket, and an option, for each. */
const forwardsMax = 256;

/** Port forwards as QEMU's user network takes them (qemu(1) "hostfwd"): one by one, IPv4 on the host, by address and not by device. */
const hostForwards = (line: CommandLine, forward: PortForward): string[] => {
  const needsPasst = (at: string, what: string) =>
    unsupported(`${forward.path}${at}`, `QEMU's own user network can't forward ${what}.`, "Choose the backend 'passt'.");
  if (forward.dev !== undefined) line.refuse(needsPasst('/@dev', 'what arrives on one device only'));
  if (forward.address?.includes(':') === true) line.refuse(needsPasst('/@address', 'from an IPv6 address'));
  if (forward.ranges.length === 0) throw needsPasst('', 'all ports');
  return forward.ranges.flatMap(({ start, end = start, to = start, exclude }) => {
    if (exclude === true) line.refuse(needsPasst('/range/@exclude', 'with exceptions'));
    if (end - start >= forwardsMax) throw needsPasst('/range', `more than ${forwardsMax} ports at once`);
    return Array.from(
      { length: end - start + 1 },
      (_, offset) => `${forward.proto}:${forward.address ?? ''}:${start + offset}-:${to + offset}`,
    );
  });
};

/** Properties of the NIC itself, in the order of the specification; also for `device_add`. */
export function deviceProps(line: CommandLine, nic: Draft<Interface>): OptionProps {
  return {
    ...(isVirtio(nic) ? virtioNicProps(line, nic) : { driver: nic.model }),
    failover: nic.teaming?.type === 'persistent' ? true : undefined,
    netdev: `host${line.id(nic)}`,
    id: nic.alias,
    mac: nic.mac,
    bootindex: nic.bootIndex,
    ...line.place(nic),
  };
}

const virtioNicProps = (line: CommandLine, nic: Draft<Interface>): OptionProps => {
  const { driver } = nic;
  const queues = driver.queues ?? 0;
  return {
    driver: line.virtioType('virtio-net', nic.address, nic.model, nic.path),
    ...virtioProps(driver),
    tx: driver.txmode === undefined ? undefined : driver.txmode === 'iothread' ? 'bh' : 'timer',
    ioeventfd: driver.ioeventfd,
    event_idx: driver.eventIdx,
    csum: driver.host?.csum,
    gso: driver.host?.gso,
    host_tso4: driver.host?.tso4,
    host_tso6: driver.host?.tso6,
    host_ecn: driver.host?.ecn,
    host_ufo: driver.host?.ufo,
    mrg_rxbuf: driver.host?.mrgRxbuf,
    guest_csum: driver.guest?.csum,
    guest_tso4: driver.guest?.tso4,
    guest_tso6: driver.guest?.tso6,
    guest_ecn: driver.guest?.ecn,
    guest_ufo: driver.guest?.ufo,
    mq: queues > 1 ? true : undefined,
    vectors: queues > 1 ? 2 * queues + 2 : undefined,
    rx_queue_size: driver.rxQueueSize,
    tx_queue_size: driver.txQueueSize,
    rss: driver.rss,
    hash: driver.rssHashReport,
    host_mtu: nic.mtu,
  };
};

const addHostdev = (line: CommandLine, nic: Draft<Interface>): void => {
  if (line.starts || nic.source.type !== 'hostdev') throw unsupported(`${nic.path}/@type`, noSupport['hostdev'] ?? '');
  const { address } = nic.source;
  if (address?.type !== 'pci') throw invalid(`${nic.path}/source/address`, 'A network card that is handed through needs a PCI address.');
  line.device({
    driver: 'vfio-pci',
    host: pciHost(address),
    id: nic.alias,
    bootindex: nic.bootIndex,
    ...line.place(nic),
    failover_pair_id: nic.teaming?.persistent,
  });
};
