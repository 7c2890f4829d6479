import { made } from '../../../domain/made.ts';
import type { HugePage, Memory, MemoryBacking, MemoryTune } from '../../../domain/memory.ts';
import type { Reader } from '../reader/reader.ts';

/** Reads `<memoryBacking>`. */
const readBacking = (reader: Reader | undefined): MemoryBacking => {
  if (reader === undefined) return { noSharePages: false, locked: false, discard: false };
  const huge = reader.child('hugepages');
  const allocation = reader.child('allocation');
  return made<MemoryBacking>({
    hugePages: huge?.children('page').map((page) => {
      const bytes = page.bytes('size', 'KiB');
      if (bytes === undefined || bytes === 0n) page.error('A huge page needs a size.', 'size');
      return made<HugePage>({ path: page.path, size: Number((bytes ?? 0n) / 1024n), nodeset: page.filled('nodeset') });
    }),
    noSharePages: reader.has('nosharepages'),
    locked: reader.has('locked'),
    source: reader.child('source')?.requiredOneOf('type', ['file', 'anonymous', 'memfd'], 'anonymous'),
    access: reader.child('access')?.requiredOneOf('mode', ['shared', 'private'], 'private'),
    allocation: allocation?.oneOf('mode', ['immediate', 'ondemand']),
    allocationThreads: allocation?.integer('threads', { min: 1, max: 0xffffffff }),
    discard: reader.has('discard'),
  });
};

const readTune = (reader: Reader | undefined): MemoryTune | undefined =>
  reader === undefined
    ? undefined
    : made<MemoryTune>({
        hardLimit: reader.child('hard_limit')?.textKiB(),
        softLimit: reader.child('soft_limit')?.textKiB(),
        minGuarantee: reader.child('min_guarantee')?.textKiB(),
        swapHardLimit: reader.child('swap_hard_limit')?.textKiB(),
      });

/**
 * Reads everything about the domain's memory (formatdomain, "Memory Allocation", "Memory Backing").
 *
 * @param arch of `<os><type>`
 * @param numaMemory sum of the guest NUMA cells, KiB; where there are any it is the domain's memory
 */
export function readMemory(domain: Reader, numaMemory: number, arch = 'x86_64'): Memory {
  const element = domain.child('memory');
  const said = element?.textKiB();
  const size = numaMemory > 0 ? numaMemory : (said ?? 0);
  if (element === undefined && numaMemory === 0) domain.error('The machine needs <memory>.');
  else if (size === 0 && said === 0) element?.error('The memory cannot be 0.');
  const current = domain.child('currentMemory')?.textKiB() ?? 0;
  const max = domain.child('maxMemory');
  const slots = max?.integer('slots', { max: 0xffff });
  const maxSize = max?.textKiB();
  if (max !== undefined && (slots ?? 0) === 0) max.error('Memory that can be plugged needs slots.', 'slots');
  if (maxSize !== undefined && maxSize < size) max?.error('maxMemory cannot be smaller than memory.');
  // pSeries plugs memory without cells.
  if (max !== undefined && numaMemory === 0 && !arch.startsWith('ppc64'))
    max.error('Memory that can be plugged needs at least one NUMA cell under <cpu><numa>.');
  return made<Memory>({
    size,
    // libvirt clamps the balloon to the memory; so does everybody who reads the model.
    current: current === 0 || current > size ? size : current,
    dumpCore: element?.onOff('dumpCore'),
    max: maxSize === undefined ? undefined : { size: maxSize, slots: slots ?? 0 },
    backing: readBacking(domain.child('memoryBacking')),
    tune: readTune(domain.child('memtune')),
  });
}
