import { expect, test } from 'vitest';
import type { HostInterface } from '../../../shared/contract/networks.ts';
import { readNetDev } from '../view/net-dev.ts';
import { nicStatus, type HostView, type RunningNic } from './nic-status.ts';
import { nic } from '../testing/tools.ts';

const device: HostInterface = {
  name: 'vt0',
  index: 7,
  kind: 'tap',
  up: true,
  carrier: true,
  mac: 'fe:54:00:e4:2e:c1',
  mtu: 1500,
  master: 'br0',
  addresses: [],
  ports: [],
  uplink: null,
  managedBy: 'Tapestry',
  ours: { uid: 0 },
  tap: { owner: 0, group: -1, persistent: false, flags: ['IFF_TAP'] },
  portState: 'forwarding',
  rxBytes: 1000,
  txBytes: 5000,
  rxDropped: 1,
  txDropped: 2,
  speed: null,
};
const proc = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
   vt0:    1000      10    3    1    0     0          0         0     5000      50    4    2    0     0       0          0
eth0.7: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
`;
const view: HostView = { interfaces: [device], counters: readNetDev(proc), neighbours: [], leases: [] };
const running = (more: Partial<RunningNic> = {}): RunningNic => ({
  machine: 'm',
  alias: 'net0',
  interface: nic({ type: 'bridge', bridge: 'br0' }, { target: 'vt0' }),
  record: null,
  linkUp: true,
  detachPending: false,
  ...more,
});

test('the host’s directions are the guest’s the other way round', async () => {
  const status = await nicStatus(running(), view, [], { at: 1000, rx: 3000, tx: 1500 }, 3000);
  expect(status).toMatchObject({
    rxBytes: 5000,
    txBytes: 1000,
    rxPackets: 50,
    txPackets: 10,
    rxErrors: 4,
    txErrors: 3,
    rxDrops: 2,
    txDrops: 1,
  });
  expect(status.rxBps).toBe(1000);
  expect(status.txBps, 'counters that began anew are no negative rate').toBe(0);
  expect(status).toMatchObject({ device: 'vt0', bridge: 'br0', portState: 'forwarding', source: 'br0', link: 'up' });
});

test('a macvtap’s directions are the guest’s', async () => {
  const direct = running({ interface: nic({ type: 'direct', dev: 'eth0', mode: 'bridge' }, { target: 'vt0' }) });
  expect(await nicStatus(direct, view, [], undefined, 1)).toMatchObject({ rxBytes: 1000, txBytes: 5000, rxBps: null });
});

test.each([
  ['a pulled cable', running({ linkUp: false }), /cable is pulled/],
  [
    'a TAP that the host has no address on',
    running({ interface: nic({ type: 'ethernet', ips: [], routes: [] }, { target: 'lone' }) }),
    /no address on this TAP/,
  ],
  [
    'a NIC that has none in the guest',
    running({ agent: { addresses: [], guestName: 'eth0', answered: true, silence: 'The guest calls it eth0.' } }),
    /^The guest calls it eth0\.$/,
  ],
  [
    'an agent that could tell',
    running({ agent: { addresses: [], answered: false, silence: 'There is no channel.' } }),
    /isn’t in the neighbour table\. There is no channel\.$/,
  ],
  ['a NIC without a device', running({ interface: nic({ type: 'mcast', address: '230.0.0.1', port: 5558 }) }), /no device on this host/],
  ['a bridge that the host hasn’t heard of it on', running(), /neighbour table/],
])('why there is no address: %s', async (_what, one, reason) => {
  const lone = { ...device, name: 'lone', master: null };
  expect((await nicStatus(one, { ...view, interfaces: [device, lone] }, [], undefined, 1)).addressReason).toMatch(reason);
});

const userNic = running({ interface: nic({ type: 'user' }) });

test('an address that nobody asked for is no address, but what the guest would get', async () => {
  const status = await nicStatus(userNic, view, [], undefined, 1);
  expect(status).toMatchObject({ addresses: [], expectedAddress: '10.0.2.15' });
  expect(status.addressReason).toMatch(/^10\.0\.2\.15 if it asks: QEMU’s own DHCP/);
  expect(status.addressAnswers?.map(({ source }) => source)).toEqual(['traffic', 'lease', 'agent']);
  const passt = running({ interface: nic({ type: 'user' }, { backend: { type: 'passt' } }) });
  const told = await nicStatus(passt, view, [], undefined, 1);
  expect(told.addresses).toEqual([]);
  expect(told).not.toHaveProperty('expectedAddress');
  expect(told.addressReason).toMatch(/^passt gives it this computer’s own address, if it asks\./);
});

test('a connection of the guest’s, and its agent’s word', async () => {
  const used = { address: '10.0.2.15', prefix: 0, family: 'ipv4', source: 'traffic', seenAt: 1 } as const;
  const busy = await nicStatus({ ...userNic, traffic: [used] }, view, [], undefined, 1);
  expect(busy).toMatchObject({ addresses: [used], addressReason: null });
  expect(busy).not.toHaveProperty('expectedAddress');
  const told = { address: '10.9.9.9', prefix: 24, family: 'ipv4', source: 'agent', seenAt: 1 } as const;
  const agent = running({ agent: { addresses: [told], guestName: 'eth0', answered: true, silence: null } });
  expect(await nicStatus(agent, view, [], undefined, 1)).toMatchObject({ addresses: [told], addressReason: null, guestName: 'eth0' });
  const both = { ...agent, interface: userNic.interface };
  expect((await nicStatus(both, view, [], undefined, 1)).addresses).toEqual([told]);
});

test('what was heard before this start is told as that, and is no address', async () => {
  const at = 1_000_000;
  const mac = '52:54:00:e4:2e:c1';
  const heard = (confirmed: number) => ({ dst: '10.0.0.5', lladdr: mac, dev: 'br0', state: ['STALE'], confirmed, updated: confirmed - 30 });
  const look = (confirmed: number) =>
    nicStatus(
      running({ since: at - 100_000, interface: nic({ type: 'bridge', bridge: 'br0' }, { target: 'vt0', mac }) }),
      { ...view, neighbours: [heard(confirmed)] },
      [],
      undefined,
      at,
    );
  expect(await look(50)).toMatchObject({ addresses: [{ address: '10.0.0.5', seenAt: at - 50_000 }], addressReason: null });
  const old = await look(200);
  expect(old.addresses).toEqual([]);
  expect(old.addressReason).toMatch(/^10\.0\.0\.5 was heard before this start, not since\./);
  expect(old.addressAnswers).toContainEqual({ source: 'arp', answer: '10.0.0.5, from before this start' });
});
