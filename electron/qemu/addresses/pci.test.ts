import { expect, test } from 'vitest';
import { devicesOf, domainXml, planOf } from '../testing/plan-of.ts';

const nics = (count: number, model = 'virtio') => `<interface type='user'><model type='${model}'/></interface>`.repeat(count);
const placesOf = (xml: string) =>
  Object.fromEntries(
    devicesOf(planOf(xml))
      .filter((d) => 'addr' in d)
      .map((d) => [d['id'], `${String(d['bus'])} ${String(d['addr'])}`]),
  );

test('pc: the primary video card takes slot 2, the first NIC slot 3; without video it takes slot 2', () => {
  expect(placesOf(domainXml(`${nics(1)}<video><model type='vga'/></video>`))).toEqual({ net0: 'pci.0 0x3', video0: 'pci.0 0x2' });
  expect(placesOf(domainXml(nics(2)))).toEqual({ net0: 'pci.0 0x2', net1: 'pci.0 0x3' });
});

test('pc: NICs before sound before disks before balloon, around what the user placed', () => {
  const xml = domainXml(
    `<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/></disk><sound model='ac97'/>` +
      `<interface type='user'><address type='pci' domain='0' bus='0' slot='3' function='0'/></interface>${nics(1)}`,
  ).replace("<memballoon model='none'/>", '');
  expect(placesOf(xml)).toEqual({
    net0: 'pci.0 0x3',
    net1: 'pci.0 0x2',
    sound0: 'pci.0 0x4',
    'virtio-disk0': 'pci.0 0x5',
    balloon0: 'pci.0 0x6',
  });
});

test('q35: a root port for each PCIe device, eight to a slot, and one spare', () => {
  const places = placesOf(domainXml(nics(8), { machine: 'q35' }));
  expect(places['net0']).toBe('pci.1 0x0');
  expect(places['net7']).toBe('pci.8 0x0');
  expect(places['pci.1']).toBe('pcie.0 0x1');
  expect(places['pci.8']).toBe('pcie.0 0x1.0x7');
  expect(places['pci.9']).toBe('pcie.0 0x2');
  expect(Object.keys(places)).toHaveLength(8 + 9);
});

test('q35: conventional devices go behind a pcie-to-pci-bridge that stands behind a root port', () => {
  expect(placesOf(domainXml(nics(2, 'rtl8139'), { machine: 'q35' }))).toEqual({
    'pci.1': 'pcie.0 0x1',
    'pci.2': 'pci.1 0x0',
    'pci.3': 'pcie.0 0x1.0x1',
    net0: 'pci.2 0x1',
    net1: 'pci.2 0x2',
  });
});

test('q35: no spare port where the user manages controllers', () => {
  const xml = domainXml(`<controller type='pci' index='1' model='pcie-root-port'/>${nics(1)}`, { machine: 'q35' });
  expect(Object.keys(placesOf(xml)).toSorted()).toEqual(['net0', 'pci.1']);
});

test('pc: a bridge comes when the root bus is full', () => {
  const places = placesOf(domainXml(nics(31)));
  expect(places['pci.1']).toBeDefined();
  expect(places['net29']).toMatch(/^pci\.1 /);
});

test.each([
  [
    `${"<interface type='user'><address type='pci' domain='0' bus='0' slot='5' function='0'/></interface>".repeat(2)}`,
    'interface[2]/address',
  ],
  ["<interface type='user'><address type='pci' domain='0' bus='7' slot='5' function='0'/></interface>", undefined],
  ["<controller type='ide' index='0'><address type='pci' domain='0' bus='0' slot='5' function='0'/></controller>", 'controller[2]/address'],
])('wrong places are refused by path, or get their controllers: %s', (devices, path) => {
  if (path === undefined) expect(placesOf(domainXml(devices))['net0']).toBe('pci.7 0x5');
  else
    expect(() => placesOf(domainXml(devices))).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ code: 'xml-invalid', path: `/domain/devices/${path}` }) }),
    );
});

test('q35: the usual USB controller gets its place before the controllers that devices need', () => {
  const channel = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>";
  const xml = domainXml(channel, { machine: 'q35' }).replace("<controller type='usb' model='none'/>", '');
  expect(placesOf(xml)).toMatchObject({ usb: 'pci.1 0x0', 'virtio-serial0': 'pci.2 0x0' });
});

test('q35: shared memory is a conventional PCI device, behind a bridge', () => {
  const shmem = "<shmem name='s'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>";
  const places = placesOf(domainXml(shmem, { machine: 'q35' }));
  expect(places['shmem0']).toMatch(/^pci\.\d 0x1$/);
  expect(devicesOf(planOf(domainXml(shmem, { machine: 'q35' }))).map(({ driver }) => driver)).toContain('pcie-pci-bridge');
});
