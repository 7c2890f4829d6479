import { describe, expect, test } from 'vitest';
import { devicesOf, domainXml, planOf, valuesOf } from '../testing/plan-of.ts';
import { argvOf } from './argv.ts';
import { syntheticCapabilities } from '../testing/synthetic-capabilities.ts';

const slot3 = "<address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/>";
const nicOf = (inner: string, type = 'bridge') => `<interface type='${type}'>${inner}</interface>`;
const mac = "<mac address='52:54:00:e4:2e:c1'/>";

describe('the two interfaces of the question', () => {
  test('bridge br200, virtio, slot 3: a TAP by descriptor', () => {
    const plan = planOf(domainXml(nicOf(`${mac}<source bridge='br200'/><model type='virtio'/>${slot3}`), { type: 'kvm' }), {
      host: { vhostNet: true },
    });
    expect(devicesOf(plan, '-netdev')).toEqual([{ type: 'tap', fd: '3', vhost: true, vhostfd: '4', id: 'hostnet0' }]);
    expect(devicesOf(plan)).toContainEqual({
      driver: 'virtio-net-pci',
      netdev: 'hostnet0',
      id: 'net0',
      mac: '52:54:00:e4:2e:c1',
      bus: 'pci.0',
      addr: '0x3',
    });
    expect(plan.descriptors).toEqual([
      { kind: 'tap', alias: 'net0', interfaceIndex: 0, queue: 0, queues: 1 },
      { kind: 'vhost-net', alias: 'net0', interfaceIndex: 0, queue: 0, path: '/dev/vhost-net' },
    ]);
  });

  test('ethernet, empty script, target tap10, no model, slot 3: rtl8139 on a TAP', () => {
    const plan = planOf(domainXml(nicOf(`<mac address='f6:19:e0:6c:84:c3'/><script path=''/><target dev='tap10'/>${slot3}`, 'ethernet')));
    expect(devicesOf(plan, '-netdev')).toEqual([{ type: 'tap', fd: '3', id: 'hostnet0' }]);
    expect(devicesOf(plan)).toContainEqual({
      driver: 'rtl8139',
      netdev: 'hostnet0',
      id: 'net0',
      mac: 'f6:19:e0:6c:84:c3',
      bus: 'pci.0',
      addr: '0x3',
    });
    expect(argvOf(plan).join(' ')).not.toContain('script');
    expect(plan.liveXml).toContain("<target dev='tap10'/>");
  });
});

test('several queues: colon lists of descriptors, mq and 2n+2 vectors', () => {
  const plan = planOf(domainXml(nicOf(`${mac}<source bridge='br0'/><model type='virtio'/><driver queues='4'/>`), { type: 'kvm' }));
  expect(devicesOf(plan, '-netdev')).toEqual([{ type: 'tap', fds: '3:4:5:6', vhost: true, vhostfds: '7:8:9:10', id: 'hostnet0' }]);
  expect(devicesOf(plan)).toContainEqual(expect.objectContaining({ mq: true, vectors: 10 }));
});

test('vhost: for KVM and virtio only, unless the XML or the host says no', () => {
  const withDriver = (driver: string, type = 'kvm') =>
    domainXml(nicOf(`${mac}<source bridge='br0'/><model type='virtio'/>${driver}`), { type });
  const kinds = (xml: string, vhostNet = true) => planOf(xml, { host: { vhostNet } }).descriptors.map((d) => d.kind);
  expect(kinds(withDriver('', 'qemu'))).toEqual(['tap']);
  expect(kinds(withDriver("<driver name='qemu'/>"))).toEqual(['tap']);
  expect(kinds(withDriver(''), false)).toEqual(['tap']);
  expect(() => kinds(withDriver("<driver name='vhost'/>"), false)).toThrow(
    expect.objectContaining({ data: expect.objectContaining({ path: '/domain/devices/interface/driver/@name' }) }),
  );
});

test('an old QEMU gets key=value, commas doubled', () => {
  const capabilities = syntheticCapabilities({ version: [6, 2], jsonDevice: false, jsonNetdev: false });
  const plan = planOf(domainXml(nicOf(`${mac}<source bridge='br0'/><model type='virtio'/><rom file='/a,b'/>${slot3}`)), { capabilities });
  expect(valuesOf(plan, '-netdev')).toEqual(['tap,fd=3,id=hostnet0']);
  expect(valuesOf(plan, '-device')).toContain(
    'virtio-net-pci,netdev=hostnet0,id=net0,mac=52:54:00:e4:2e:c1,bus=pci.0,addr=0x3,romfile=/a,,b',
  );
});

test.each([
  ["<interface type='network'><source network='default'/></interface>", '/domain/devices/interface/@type'],
  ["<interface type='bridge'><source bridge='br0'/><script path='/x'/></interface>", '/domain/devices/interface/script/@path'],
  ["<interface type='bridge'><source bridge='br0'/><filterref filter='clean'/></interface>", '/domain/devices/interface/filterref'],
  ["<interface type='user'><model type='virtio'/><driver queues='2'/></interface>", '/domain/devices/interface/driver/@queues'],
  ["<interface type='user'><backend type='passt'/></interface>", '/domain/devices/interface/backend/@type'],
  ["<interface type='user'><filterref filter='clean'/></interface>", '/domain/devices/interface/filterref'],
])('refused by its element: %s', (xml, path) => {
  expect(() => planOf(domainXml(xml))).toThrow(
    expect.objectContaining({ data: expect.objectContaining({ code: 'xml-unsupported', path }) }),
  );
});

test('passt: QEMU listens, so that the process can be replaced; one end of a socket pair for a QEMU without such streams', () => {
  const plan = planOf(domainXml(nicOf(`${mac}<backend type='passt'/>`, 'user')), { host: { passt: true } });
  const socket = expect.stringMatching(/\/net0\.nic$/) as string;
  expect(devicesOf(plan, '-netdev')).toEqual([{ type: 'stream', addr: { type: 'unix', path: socket }, server: true, id: 'hostnet0' }]);
  expect(plan.streams).toEqual([{ alias: 'net0', interfaceIndex: 0, socket }]);
  expect(plan.descriptors).toEqual([]);
});

test('a link that is down is told to the machine, by alias', () => {
  expect(planOf(domainXml(nicOf(`<source bridge='br0'/><link state='down'/>`))).linksDown).toEqual(['net0']);
});
