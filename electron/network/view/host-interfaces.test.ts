import { expect, test } from 'vitest';
import { assembleInterfaces } from './host-interfaces.ts';
import type { IpLink } from './ip-json.ts';

const sys = { physical: false, wireless: false, tunFlags: undefined, owner: -1, group: -1, speed: null, manager: null };
const link = (ifindex: number, ifname: string, more: Partial<IpLink> = {}): IpLink => ({
  ifindex,
  ifname,
  flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
  mtu: 1500,
  addr_info: [],
  ...more,
});

test('kinds, ports, uplink, addresses, and what is ours', () => {
  const links = [
    link(1, 'lo', { flags: ['LOOPBACK', 'UP', 'LOWER_UP'] }),
    link(2, 'enp3s0', { master: 'br0', linkinfo: { info_slave_data: { state: 'forwarding' } } }),
    link(3, 'br0', {
      linkinfo: { info_kind: 'bridge' },
      addr_info: [
        { family: 'inet', local: '192.168.1.2', prefixlen: 24 },
        { family: 'inet6', local: 'fe80::1', prefixlen: 64 },
        { family: 'inet6' },
      ],
    }),
    link(4, 'vt00000001', {
      master: 'br0',
      group: '1414550356',
      ifalias: 'tapestry uid=1000 vm=3fa90c12-0000-4000-8000-000000000001',
      linkinfo: { info_kind: 'tun', info_data: { type: 'tap' } },
      stats64: { rx: { bytes: 10, packets: 1, errors: 0, dropped: 2 }, tx: { bytes: 20, packets: 1, errors: 0, dropped: 3 } },
    }),
    link(5, 'fake', { ifalias: 'tapestry uid=1000', linkinfo: { info_kind: 'tun', info_data: { type: 'tun' } } }),
    link(6, 'virbr0', { linkinfo: { info_kind: 'bridge' }, flags: ['BROADCAST'] }),
    link(7, 'wlan0'),
    link(8, 'gre0', { linkinfo: { info_kind: 'gre' } }),
    link(9, 'veth0', { master: 'virbr0', linkinfo: { info_kind: 'veth' } }),
  ];
  const facts = [
    sys,
    { ...sys, physical: true, speed: 1000, manager: 'systemd-networkd' },
    sys,
    { ...sys, tunFlags: '0x5002', owner: 1000 },
    { ...sys, tunFlags: '0x1801' },
    sys,
    { ...sys, wireless: true },
    sys,
    sys,
  ];
  const list = assembleInterfaces(links, facts);
  expect(list.map(({ kind }) => kind)).toEqual(['loopback', 'physical', 'bridge', 'tap', 'tun', 'bridge', 'wireless', 'other', 'veth']);
  expect(list[2]).toMatchObject({
    ports: ['enp3s0', 'vt00000001'],
    uplink: 'enp3s0',
    addresses: [
      { address: '192.168.1.2', prefix: 24, family: 'ipv4' },
      { address: 'fe80::1', prefix: 64, family: 'ipv6' },
    ],
  });
  expect(list[3]).toMatchObject({
    managedBy: 'Tapestry',
    ours: { uid: 1000, machine: '3fa90c12-0000-4000-8000-000000000001' },
    tap: { owner: 1000, group: -1, persistent: false, flags: ['IFF_TAP', 'IFF_NO_PI', 'IFF_VNET_HDR'] },
    rxBytes: 10,
    txDropped: 3,
  });
  expect(list[4], 'a label without the group number proves nothing').toMatchObject({
    ours: null,
    managedBy: null,
    tap: { persistent: true },
  });
  expect(list[5]).toMatchObject({ managedBy: 'libvirt', up: false, carrier: null, ports: ['veth0'] });
  expect(list[5]?.uplink, 'a veth of libvirt’s own bridge is a guest').toBeNull();
  expect(list[1]).toMatchObject({ speed: 1000, portState: 'forwarding', managedBy: 'systemd-networkd' });
});

test('the way out of a bridge is a card, else a veth or a tunnel; never a TAP, nor a container’s veth', () => {
  const bridge = (name: string, ...ports: (readonly [name: string, kind: string])[]) => {
    const links = [
      link(1, name, { linkinfo: { info_kind: 'bridge' } }),
      ...ports.map(([port, kind], index) =>
        link(index + 2, port, { master: name, ...(kind === '' ? {} : { linkinfo: { info_kind: kind } }) }),
      ),
    ];
    const facts = links.map(({ ifname }) => ({ ...sys, physical: ifname.startsWith('en') }));
    return assembleInterfaces(links, facts)[0]?.uplink;
  };
  expect(bridge('br0', ['veth1', 'veth'], ['en0', ''])).toBe('en0');
  expect(bridge('br0', ['vt0', 'tun'], ['veth1', 'veth'])).toBe('veth1');
  expect(bridge('br0', ['vx0', 'vxlan'])).toBe('vx0');
  expect(bridge('br0', ['vt0', 'tun'])).toBeNull();
  expect(bridge('docker0', ['veth1', 'veth'])).toBeNull();
  expect(bridge('docker0', ['veth1', 'veth'], ['en0', ''])).toBe('en0');
});
