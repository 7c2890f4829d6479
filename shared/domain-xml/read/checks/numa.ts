import type { Domain } from '../../../domain/domain.ts';

/** More KiB than this have no next whole MiB that a number of ours, or libvirt's, could hold. */
const maxMemoryKiB = Number.MAX_SAFE_INTEGER - 1023;

/** Rules of libvirt's between guest NUMA cells and what names them (numa_conf.c, virDomainNumaDefParseXML; qemu_validate.c, PCI controllers). */
export function checkNuma(add: (path: string, message: string) => void, { cpu, devices, memory }: Domain): void {
  const cells = cpu?.numa ?? [];
  const ids = new Set(cells.map(({ id }) => id));
  for (const { path, id, distances, memory: size } of cells) {
    for (const [place, sibling] of distances.entries()) {
      const at = `${path}/distances/sibling${distances.length > 1 ? `[${place + 1}]` : ''}`;
      if (!ids.has(sibling.id)) add(`${at}/@id`, `There is no NUMA cell ${sibling.id} to which cell ${id} could have a distance.`);
    }
    if (size > maxMemoryKiB) add(`${path}/@memory`, 'The memory of this NUMA cell is too large to be rounded up to a whole MiB.');
  }
  for (const { type, path, target } of devices.controllers) {
    if (type !== 'pci' || target?.node === undefined || ids.has(target.node)) continue;
    add(`${path}/target/node`, `There is no NUMA cell ${target.node} in the guest that this controller could be near to.`);
  }
  if (memory.size > maxMemoryKiB) add('/domain/memory', 'This much memory is too large to be rounded up to a whole MiB.');
  if ((memory.max?.size ?? 0) > maxMemoryKiB) add('/domain/maxMemory', 'This much memory is too large to be rounded up to a whole MiB.');
}
