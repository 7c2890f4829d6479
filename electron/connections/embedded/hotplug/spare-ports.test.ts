import { expect, it } from 'vitest';
import { newDomain, parseXml, readDomain } from '../../../../shared/domain-xml/index.ts';
import { assignAddresses } from '../../../qemu/placement-xml.ts';
import { syntheticCapabilities } from '../../../qemu/testing/synthetic-capabilities.ts';
import type { MachinePaths } from '../ports/ports.ts';
import { checkedBackend } from '../testing/checked-backend.ts';
import { withDevice } from '../../../../shared/domain-xml/edit/texts.ts';
import { planDevice } from './plan-device.ts';

const paths = { runtime: '/run/tapestry/x', persistent: '/var/lib/tapestry/x' } as MachinePaths;

it('a new machine takes NICs and disks while it runs, one after another, and says how many ports it has when none is free', async () => {
  const backend = checkedBackend();
  const made = parseXml(
    newDomain({ name: 'new', type: 'qemu', memoryKiB: 262_144, vcpus: 1, graphics: false, disks: [{ file: '/a', format: 'raw' }] }),
  );
  const stored = assignAddresses(made, readDomain(made).domain, syntheticCapabilities());
  let live = (await backend.prepare(stored.text, paths)).plan.liveXml;
  const buses = new Set<string>();
  const add = async (device: string, alias: string) => {
    const plan = await planDevice(backend, paths, live, device, alias);
    buses.add(String(plan.device['bus']));
    live = withDevice(parseXml(live), plan.element).text;
  };
  const nic = (n: number) => `<interface type='user'><mac address='52:54:00:00:00:0${n}'/><model type='virtio'/></interface>`;
  const disk = (n: number) =>
    `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/d${n}'/><target dev='vd${'bcdef'[n]}' bus='virtio'/></disk>`;
  for (const n of [0, 1, 2, 3]) {
    await add(nic(n), `net-${n}`);
    await add(disk(n), `disk-${n}`);
  }
  expect(buses.size).toBe(8); // a port for each

  const fill = async () => {
    for (let n = 0; n < 14; n += 1) await add(`<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>`, `rng-${n}`);
  };
  await expect(fill()).rejects.toMatchObject({
    code: 'unsupported-operation',
    message: expect.stringContaining('all of its 14 PCIe ports') as string,
    data: { next: expect.stringContaining('pcie-root-port') as string },
  });
});
