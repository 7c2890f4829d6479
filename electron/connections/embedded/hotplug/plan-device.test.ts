import { expect, it, vi } from 'vitest';
import { newDomain, parseXml, readDomain } from '../../../../shared/domain-xml/index.ts';
import { assignAddresses } from '../../../qemu/placement-xml.ts';
import { syntheticCapabilities } from '../../../qemu/testing/synthetic-capabilities.ts';
import { textOf, withDevice, withoutElement } from '../../../../shared/domain-xml/edit/texts.ts';
import { devicesOf } from '../definitions/find-device.ts';
import { aliasOf } from '../definitions/live-xml.ts';
import type { MachinePaths } from '../ports/ports.ts';
import { checkedBackend } from '../testing/checked-backend.ts';
import { planDevice } from './plan-device.ts';

const paths = { runtime: '/run/tapestry/x', persistent: '/var/lib/tapestry/x' } as MachinePaths;
const nic = (n: number) => `<interface type='ethernet'><mac address='52:54:00:00:00:0${n}'/><model type='virtio'/></interface>`;

const running = async () => {
  const backend = checkedBackend();
  const made = parseXml(
    newDomain({ name: 'new', type: 'qemu', memoryKiB: 262_144, vcpus: 1, graphics: false, disks: [{ file: '/a', format: 'raw' }] }),
  );
  const stored = assignAddresses(made, readDomain(made).domain, syntheticCapabilities());
  const { plan } = await backend.prepare(withDevice(withDevice(stored, nic(1)), nic(2)).text, paths);
  return { backend, live: plan.liveXml };
};

it('a device is planned once, under the alias that it gets, also where those before it are gone', async () => {
  const { backend, live } = await running();
  const document = parseXml(live);
  const first = devicesOf(document).find((one) => aliasOf(one) === 'net0');
  if (first === undefined) throw new Error('There is no first NIC.');
  // The second one is the first now, and stays net1.
  const left = withoutElement(document, first).text;
  const prepareRunning = vi.spyOn(backend, 'prepareRunning');
  const plan = await planDevice(backend, paths, left, nic(3), 'net2');
  expect(prepareRunning).toHaveBeenCalledTimes(1);
  expect(plan).toMatchObject({ alias: 'net2', model: { alias: 'net2' }, device: { id: 'net2', netdev: 'hostnet2' } });
  expect(plan.netdev).toMatchObject({ type: 'tap', id: 'hostnet2' });
  const element = parseXml(plan.element).root;
  expect([aliasOf(element), textOf(parseXml(plan.element), element)]).toEqual(['net2', plan.element]);
  // Its place is another than that of the one that stayed.
  const { plan: whole } = await backend.prepare(left, paths);
  expect(whole.liveXml).toContain("<alias name='net0'/>");
  expect(left).not.toContain(String(/<address[^>]*>/.exec(plan.element)?.[0]));
});

it('a disk comes with its nodes, named after it, and with its limits as commands', async () => {
  const { backend, live } = await running();
  const plan = await planDevice(
    backend,
    paths,
    live,
    `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/b'/><target dev='vdb' bus='virtio'/>
     <iotune><total_iops_sec>100</total_iops_sec></iotune></disk>`,
    'virtio-disk1',
  );
  expect(plan.blockdevs.map((node) => [node['node-name'], node['file']])).toEqual([
    ['virtio-disk1-storage', undefined],
    ['virtio-disk1-format', 'virtio-disk1-storage'],
  ]);
  expect(plan.device).toMatchObject({ id: 'virtio-disk1', drive: 'virtio-disk1-format' });
  expect(plan.commands.map(({ command, arguments: args }) => [command, args['id'], args['iops']])).toEqual([
    ['block_set_io_throttle', '/machine/peripheral/virtio-disk1/virtio-backend', 100],
  ]);
});
