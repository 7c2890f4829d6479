import type { Cpu, CpuFeaturePolicy, NumaCell, NumaInterconnect } from '../../../domain/cpu.ts';
import { made } from '../../../domain/made.ts';
import type { Reader } from '../reader/reader.ts';
import { toKiB } from '../reader/sizes.ts';
import { parseNumberSet } from './cpu-set.ts';

const policies: readonly CpuFeaturePolicy[] = ['force', 'require', 'optional', 'disable', 'forbid'];

const readCell = (cell: Reader, index: number): NumaCell => {
  const bytes = cell.bytes('memory', 'KiB');
  if (bytes === undefined) cell.error('A NUMA cell needs its memory.', 'memory');
  const cpus = cell.filled('cpus');
  if (cpus !== undefined && parseNumberSet(cpus) === undefined) cell.error(`'${cpus}' is not a set of numbers, as 0-3,^2,7.`, 'cpus');
  return made<NumaCell>({
    path: cell.path,
    id: cell.integer('id', { max: 0xffff }) ?? index,
    cpus,
    memory: toKiB(bytes ?? 0n),
    memAccess: cell.oneOf('memAccess', ['shared', 'private']),
    discard: cell.yesNo('discard'),
    distances: (cell.child('distances')?.children('sibling') ?? []).map((sibling) => ({
      id: sibling.requiredInteger('id', { max: 0xffff }),
      value: sibling.requiredInteger('value', { min: 10, max: 255 }),
    })),
    caches: cell.children('cache').map((cache) => {
      const size = cache.child('size');
      const line = cache.child('line');
      return {
        level: cache.requiredInteger('level', { min: 1, max: 3 }),
        associativity: cache.requiredOneOf('associativity', ['none', 'direct', 'full'], 'none'),
        policy: cache.requiredOneOf('policy', ['none', 'writeback', 'writethrough'], 'none'),
        size: toKiB(size?.bytes('value', 'KiB') ?? 0n),
        line: Number(line?.bytes('value', 'B') ?? 0n),
      };
    }),
  });
};

const readInterconnects = (numa: Reader | undefined): NumaInterconnect[] => {
  const reader = numa?.child('interconnects');
  const read = (kind: NumaInterconnect['kind']) => (link: Reader) => {
    const value = kind === 'bandwidth' ? Number((link.bytes('value', 'KiB') ?? 0n) / 1024n) : link.requiredInteger('value', { min: 1 });
    return made<NumaInterconnect>({
      kind,
      initiator: link.requiredInteger('initiator', { max: 0xffff }),
      target: link.requiredInteger('target', { max: 0xffff }),
      cache: link.integer('cache', { min: 1, max: 3 }),
      type: link.requiredOneOf('type', ['access', 'read', 'write'], 'access'),
      value,
    });
  };
  return [...(reader?.children('latency').map(read('latency')) ?? []), ...(reader?.children('bandwidth').map(read('bandwidth')) ?? [])];
};

const checkCells = (numa: Reader, cells: readonly NumaCell[], vcpus: number): void => {
  const ids = cells.map(({ id }) => id).toSorted((a, b) => a - b);
  if (ids.some((id, index) => id !== index)) numa.error('NUMA cells must be numbered 0, 1, 2, … without gaps, each once.');
  const seen = new Set<number>();
  for (const cell of cells) {
    for (const cpu of parseNumberSet(cell.cpus ?? '') ?? []) {
      if (seen.has(cpu)) numa.findings.add('error', `${cell.path}/@cpus`, `The vCPU ${cpu} is in two NUMA cells.`);
      seen.add(cpu);
    }
  }
  const last = Math.max(-1, ...seen);
  if (last >= vcpus) numa.error(`The NUMA cells name the vCPU ${last}, but there are only ${vcpus}.`);
};

/**
 * Reads `<cpu>`.
 *
 * @param vcpus most vCPUs the machine can have: a topology must make exactly that many
 */
export function readCpu(domain: Reader, vcpus: number): Cpu | undefined {
  const reader = domain.child('cpu');
  if (reader === undefined) return undefined;
  const model = reader.child('model');
  const topology = reader.child('topology');
  const cache = reader.child('cache');
  const physical = reader.child('maxphysaddr');
  const numa = reader.child('numa');
  const cells = (numa?.children('cell') ?? []).map(readCell);
  const count = { min: 1, max: 0xffff };
  const cpu = made<Cpu>({
    path: reader.path,
    mode: reader.oneOf('mode', ['custom', 'host-model', 'host-passthrough', 'maximum']),
    match: reader.oneOf('match', ['exact', 'minimum', 'strict']),
    check: reader.oneOf('check', ['none', 'partial', 'full']),
    migratable: reader.onOff('migratable'),
    model: model?.text(),
    fallback: model?.oneOf('fallback', ['allow', 'forbid']),
    vendorId: model?.filled('vendor_id'),
    vendor: reader.childText('vendor'),
    features: reader
      .children('feature')
      .map((feature) =>
        made<Cpu['features'][number]>({ path: feature.path, name: feature.required('name'), policy: feature.oneOf('policy', policies) }),
      ),
    topology:
      topology === undefined
        ? undefined
        : {
            sockets: topology.requiredInteger('sockets', count),
            dies: topology.integer('dies', count) ?? 1,
            clusters: topology.integer('clusters', count) ?? 1,
            cores: topology.requiredInteger('cores', count),
            threads: topology.requiredInteger('threads', count),
          },
    cache:
      cache === undefined
        ? undefined
        : made({
            level: cache.integer('level', { min: 1, max: 3 }),
            mode: cache.requiredOneOf('mode', ['emulate', 'passthrough', 'disable'], 'disable'),
          }),
    maxPhysAddr:
      physical === undefined
        ? undefined
        : made({
            mode: physical.requiredOneOf('mode', ['passthrough', 'emulate'], 'passthrough'),
            bits: physical.integer('bits', { min: 1, max: 64 }),
            limit: physical.integer('limit', { min: 1, max: 64 }),
          }),
    numa: cells,
    interconnects: readInterconnects(numa),
  });
  if (numa !== undefined) checkCells(numa, cells, vcpus);
  check(reader, cpu, vcpus);
  return cpu;
}

const check = (reader: Reader, cpu: Cpu, vcpus: number): void => {
  const names = new Map<string, string>();
  for (const { name, path } of cpu.features) {
    if (names.has(name)) reader.findings.add('error', path, `The CPU feature '${name}' stands here twice.`);
    names.set(name, path);
  }
  if (cpu.vendorId !== undefined && (cpu.vendorId.length !== 12 || cpu.vendorId.includes(','))) {
    reader.child('model')?.error('A vendor id has exactly 12 characters and no comma.', 'vendor_id');
  }
  if (cpu.model === undefined && cpu.vendor !== undefined && (cpu.mode ?? 'custom') === 'custom') reader.error('A vendor needs a model.');
  if (cpu.topology !== undefined) {
    const { sockets, dies, clusters, cores, threads } = cpu.topology;
    const total = sockets * dies * clusters * cores * threads;
    if (total !== vcpus) reader.child('topology')?.error(`The topology makes ${total} vCPUs, but the machine has ${vcpus}.`);
  }
  if (cpu.cache?.mode === 'emulate' && cpu.cache.level !== undefined && cpu.cache.level !== 3) {
    reader.child('cache')?.error("The cache mode 'emulate' goes with level 3 only.", 'level');
  }
  if (cpu.cache?.mode === 'passthrough' && cpu.cache.level !== undefined) {
    reader.child('cache')?.error("The cache mode 'passthrough' takes no level.", 'level');
  }
  if (cpu.cache?.mode === 'passthrough' && cpu.mode !== 'host-passthrough' && cpu.mode !== 'maximum') {
    reader.child('cache')?.error("The cache mode 'passthrough' needs the CPU mode 'host-passthrough' or 'maximum'.", 'mode');
  }
  const physical = cpu.maxPhysAddr;
  if (physical?.mode === 'emulate' && physical.bits === undefined)
    reader.child('maxphysaddr')?.error("The mode 'emulate' needs the number of bits.", 'bits');
  if (physical?.mode === 'passthrough' && physical.bits !== undefined)
    reader.child('maxphysaddr')?.error("The mode 'passthrough' takes no bits.", 'bits');
};
