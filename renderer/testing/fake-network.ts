import type { HostInterface, NicStatus } from '../../shared/contract/networks.ts';

/** An interface with everything a test doesn't care about filled in. */
export const fakeInterface = (name: string, more: Partial<HostInterface> = {}): HostInterface => ({
  name,
  index: 1,
  kind: 'bridge',
  up: true,
  carrier: true,
  mac: '3c:52:82:10:20:30',
  mtu: 1500,
  master: null,
  addresses: [],
  ports: [],
  uplink: null,
  managedBy: null,
  ours: null,
  tap: null,
  portState: null,
  rxBytes: 0,
  txBytes: 0,
  rxDropped: 0,
  txDropped: 0,
  speed: null,
  ...more,
});

/** A NIC on br0 that runs, with its TAP. */
export const fakeNic = (more: Partial<NicStatus> = {}): NicStatus => ({
  alias: 'net0',
  mac: '52:54:00:7a:1c:12',
  type: 'bridge',
  model: 'virtio',
  source: 'br0',
  device: 'vt3f9c21a7',
  createdBy: { who: 'tapestry-net-helper', pid: 48112, at: 1000 },
  descriptors: [31],
  flags: ['IFF_TAP', 'IFF_NO_PI', 'IFF_VNET_HDR'],
  bridge: 'br0',
  portState: 'forwarding',
  link: 'up',
  rxBytes: 2048,
  txBytes: 1024,
  rxPackets: 1,
  txPackets: 1,
  rxErrors: 0,
  txErrors: 0,
  rxDrops: 0,
  txDrops: 0,
  rxBps: 1000,
  txBps: 500,
  addresses: [],
  addressReason: 'The guest has sent nothing yet.',
  detachPending: false,
  timeline: [
    { at: 1000, kind: 'created', text: 'TAP vt3f9c21a7 made', by: 'tapestry-net-helper, pid 48112' },
    { at: 1000.4, kind: 'mac', text: 'host MAC fe:54:00:7a:1c:12' },
    { at: 1001, kind: 'enslaved', text: 'port of br0' },
    { at: 1005, kind: 'handed', text: 'handed to QEMU (pid 48130) as fd 31; our copy closed' },
  ],
  ...more,
});

/** A computer with a bridge that has an uplink, one without, and somebody's TAP. */
export const fakeHost: HostInterface[] = [
  fakeInterface('br0', {
    uplink: 'enp6s0',
    ports: ['enp6s0', 'vt3f9c21a7'],
    managedBy: 'NetworkManager',
    addresses: [{ address: '192.168.178.20', prefix: 24, family: 'ipv4' }],
  }),
  fakeInterface('br-lab', { managedBy: 'Tapestry', ours: {} }),
  fakeInterface('enp6s0', { kind: 'physical', master: 'br0' }),
  fakeInterface('enp7s0', { kind: 'physical' }),
  fakeInterface('mytap0', { kind: 'tap', up: false, tap: { owner: 1000, group: -1, persistent: true, flags: [] } }),
];
