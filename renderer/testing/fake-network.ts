import type { HostInterface, NicStatus } from '../../shared/contract/networks.ts';
import { sampleInterface } from '../../shared/contract/testing/samples.ts';

/** A NIC on br0 that runs, with its TAP. */
export function fakeNic(more: Partial<NicStatus> = {}): NicStatus {
  return {
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
      {
        at: 1000,
        kind: 'created',
        made: { type: 'tap', device: 'vt3f9c21a7', flags: ['TAP', 'NO_PI', 'VNET_HDR'], queues: 1 },
        by: { program: 'tapestry-net-helper', pid: 48_112 },
      },
      { at: 1000.4, kind: 'mac', mac: 'fe:54:00:7a:1c:12' },
      { at: 1001, kind: 'enslaved', bridge: 'br0', isolated: false },
      { at: 1005, kind: 'handed', qemu: 48_130, descriptors: [31] },
    ],
    ...more,
  };
}

/** A computer with a bridge that has an uplink, one without, and somebody's TAP. */
export const fakeHost: HostInterface[] = [
  sampleInterface('br0', {
    uplink: 'enp6s0',
    ports: ['enp6s0', 'vt3f9c21a7'],
    managedBy: 'NetworkManager',
    addresses: [{ address: '192.168.178.20', prefix: 24, family: 'ipv4' }],
  }),
  sampleInterface('br-lab', { managedBy: 'Tapestry', ours: {} }),
  sampleInterface('enp6s0', { kind: 'physical', master: 'br0' }),
  sampleInterface('enp7s0', { kind: 'physical' }),
  sampleInterface('mytap0', { kind: 'tap', up: false, tap: { owner: 1000, group: -1, persistent: true, flags: [] } }),
];
