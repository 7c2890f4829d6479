import type { MemoryDevice, NumaCell, NumaMode } from '../../../shared/domain/index.ts';
import { findMachine } from '../capabilities/capabilities.ts';
import { invalid, unsupported, type Draft } from '../plan/draft.ts';
import type { CommandLine } from './builder.ts';
import { join, type OptionProps } from './options.ts';
import { numbersOf, rangesOf } from './ranges.ts';

const MIB = 1024;
const roundUp = (kib: number, step: number): number => Math.ceil(kib / step) * step;

/** Memory of the cells, or of the whole machine without cells: KiB, in the steps that QEMU takes. */
const bootMemory = (line: CommandLine): number => {
  const { domain } = line.draft;
  const cells = domain.cpu?.numa ?? [];
  if (cells.length > 0) return cells.reduce((sum, cell) => sum + roundUp(cell.memory, MIB), 0);
  return roundUp(domain.memory.size, MIB);
};

/** Id of the backend of the machine's RAM; undefined where NUMA cells have their own or the machine type can't. */
export function systemMemoryBackend(line: Pick<CommandLine, 'draft'>): string | undefined {
  const { domain, capabilities, machine } = line.draft;
  if ((domain.cpu?.numa.length ?? 0) > 0) return undefined;
  return findMachine(capabilities, machine)?.defaultRamId;
}

/** Adds `-m`, and the backend of the machine's RAM (formatdomain "Memory Allocation", "Memory Backing"). */
export function addMemory(line: CommandLine): void {
  const { domain, devices } = line.draft;
  const { memory } = domain;
  const size = bootMemory(line);
  if (memory.max === undefined) {
    const pluggable = devices.memories.find((device) => device.model !== 'nvdimm' && device.model !== 'sgx-epc');
    if (pluggable !== undefined) line.refuse(invalid('/domain/maxMemory', 'Memory devices need <maxMemory> with slots.'));
    line.add('m', String(size / MIB));
  } else line.add('m', join(`size=${size}k`, `slots=${memory.max.slots}`, `maxmem=${roundUp(memory.max.size, MIB)}k`));
  const id = systemMemoryBackend(line);
  if (id !== undefined) {
    const props = backend(line, { id, sizeKiB: size, cell: undefined });
    const named = props['qom-type'] === 'memory-backend-ram' ? {} : { 'x-use-canonical-path-for-ramblock-id': false };
    addBackend(line, { ...props, ...named });
  } else if ((domain.cpu?.numa.length ?? 0) === 0) requirePlainMemory(line);
  line.add('overcommit', `mem-lock=${memory.backing.locked ? 'on' : 'off'}`);
}

/** A machine type without a named back end (QEMU before 5.0) takes its memory from nowhere else than the host's plain one. */
const requirePlainMemory = (line: CommandLine): void => {
  const path = '/domain/memoryBacking';
  const { hugePages, access, source } = line.draft.domain.memory.backing;
  const at = access === 'shared' ? `${path}/access` : hugePages !== undefined ? `${path}/hugepages` : `${path}/source`;
  if (access === 'shared' || hugePages !== undefined || (source !== undefined && source !== 'anonymous'))
    line.refuse(
      unsupported(at, `The memory of a machine of the type '${line.draft.machine}' can't be backed so without a guest NUMA node.`),
    );
};

interface BackendNeeds {
  readonly id: string;
  readonly sizeKiB: number;
  /** Guest NUMA cell; undefined: the machine as a whole. */
  readonly cell: Pick<NumaCell, 'id' | 'memAccess' | 'discard'> | undefined;
  readonly device?: Draft<MemoryDevice>;
}

/** Properties of a memory backend. */
type Backend = OptionProps & { readonly id: string };

/** Adds a backend; one that is filled at once on chosen host nodes gets a thread there to do it (QEMU 7.2). */
const addBackend = (line: CommandLine, props: Backend): void => {
  const nodes = props['host-nodes'];
  if (props['prealloc'] === true && nodes !== undefined && line.capabilities.hasType('thread-context')) {
    const context = `tc-${props.id}`;
    line.object({ 'qom-type': 'thread-context', id: context, 'node-affinity': nodes });
    line.object({ ...props, 'prealloc-context': context });
  } else line.object(props);
};

const policies: Readonly<Record<NumaMode, string | undefined>> = {
  strict: 'bind',
  preferred: 'preferred',
  interleave: 'interleave',
  restrictive: undefined,
};

/** Host nodes that a cell's memory comes from. */
const hostNodes = (line: CommandLine, needs: BackendNeeds): OptionProps => {
  const { numaTune } = line.draft.domain;
  const own = needs.device?.sourceNodes;
  const forCell = numaTune?.nodes.find((node) => node.cell === needs.cell?.id);
  const whole = numaTune?.memory;
  if (whole?.placement === 'auto' || (whole !== undefined && whole.nodeset === undefined))
    line.refuse(
      unsupported(`${numaTune?.path ?? '/domain/numatune'}/memory/@placement`, 'Automatic placement of memory (numad) is not supported.'),
    );
  // Without <numatune> the memory goes where numad puts the vCPUs; a start tells this with the other hints.
  if (!line.starts && whole === undefined && line.draft.domain.vcpus.placement === 'auto')
    line.refuse(unsupported('/domain/vcpu/@placement', 'Automatic placement of vCPUs and their memory (numad) is not supported.'));
  const nodeset = own ?? forCell?.nodeset ?? whole?.nodeset;
  const mode = forCell?.mode ?? whole?.mode ?? 'strict';
  const policy = policies[mode];
  if (nodeset === undefined || policy === undefined) return {};
  return { 'host-nodes': numbersOf(nodeset, numaTune?.path ?? needs.device?.path ?? ''), policy };
};

const backend = (line: CommandLine, needs: BackendNeeds): Backend => {
  const { backing } = line.draft.domain.memory;
  const { device } = needs;
  const access = device?.access ?? needs.cell?.memAccess ?? backing.access;
  const share = access === undefined ? undefined : access === 'shared';
  const size = { size: needs.sizeKiB * 1024 };
  const nodes = hostNodes(line, needs);
  const isImmediate = backing.allocation === 'immediate';
  const prealloc = (always: boolean): OptionProps =>
    always || isImmediate ? { prealloc: true, 'prealloc-threads': backing.allocationThreads } : {};
  const huge = hugePage(line, needs);
  const discard = device?.discard ?? needs.cell?.discard ?? (backing.discard ? true : undefined);
  const isNvdimm = device?.sourcePath !== undefined;
  if (!isNvdimm && backing.source === 'memfd') {
    return {
      'qom-type': 'memory-backend-memfd',
      id: needs.id,
      ...(huge === undefined ? {} : { hugetlb: true, hugetlbsize: huge.sizeKiB * 1024 }),
      share,
      ...prealloc(huge !== undefined),
      ...size,
      ...nodes,
    };
  }
  if (isNvdimm || huge !== undefined || access !== undefined || backing.source === 'file') {
    const file = device?.sourcePath ?? huge?.directory ?? memoryFile(line, needs.id);
    return {
      'qom-type': 'memory-backend-file',
      id: needs.id,
      'mem-path': file,
      'discard-data': isNvdimm ? undefined : discard,
      share,
      pmem: device?.pmem === true ? true : undefined,
      // A start keeps the file from being written; libvirt leaves that to the guest, which is told by `unarmed`.
      readonly: line.starts && device?.readOnly === true ? true : undefined,
      align: device?.alignSize === undefined ? undefined : device.alignSize * 1024,
      ...prealloc(huge !== undefined || (isNvdimm && device.pmem !== true)),
      ...size,
      ...nodes,
    };
  }
  return { 'qom-type': 'memory-backend-ram', id: needs.id, ...prealloc(false), ...size, ...nodes };
};

/** QEMU makes a file of its own in a directory and unlinks it at once: nothing stays behind. */
const memoryFile = (line: CommandLine, id: string): string => {
  const { memoryDirectory } = line.host;
  if (line.knowsHost) return memoryDirectory ?? '/dev/shm';
  if (memoryDirectory === undefined) {
    throw unsupported(
      '/domain/memoryBacking',
      'The file that backs the memory is chosen when the machine starts: it has no path that could be shown.',
    );
  }
  return `${memoryDirectory}/${id.replace(/^mem(?=dimm|nvdimm)/, '')}`;
};

/** The huge pages that a cell or memory device uses; refuses a size that isn't mounted here. */
const hugePage = (line: CommandLine, needs: BackendNeeds): { sizeKiB: number; directory: string } | undefined => {
  const { hugePages } = line.draft.domain.memory.backing;
  const own = needs.device?.sourcePageSize;
  if (hugePages === undefined && own === undefined) return undefined;
  const cell = needs.cell?.id ?? needs.device?.node ?? 0;
  const chosen =
    hugePages?.find((page) => page.nodeset !== undefined && numbersOf(page.nodeset, page.path).includes(cell)) ??
    hugePages?.find((page) => page.nodeset === undefined);
  if (own === undefined && hugePages !== undefined && hugePages.length > 0 && chosen === undefined) return undefined;
  const sizeKiB = own ?? chosen?.size;
  const path = chosen?.path ?? needs.device?.path ?? '/domain/memoryBacking/hugepages';
  // Pages of the ordinary size need no mount.
  if (sizeKiB === 4) return undefined;
  const mount = line.host.hugePages.find((candidate) => (sizeKiB === undefined ? candidate.isDefault : candidate.sizeKiB === sizeKiB));
  if (mount === undefined)
    line.refuse(
      unsupported(
        path,
        sizeKiB === undefined ? 'No huge pages are mounted here.' : `No huge pages of ${sizeKiB} KiB are mounted here.`,
        'Mount hugetlbfs with this page size, or remove <hugepages>.',
      ),
    );
  return mount;
};

/** Adds guest NUMA cells with their memory, distances and heterogeneous attributes. */
export function addNuma(line: CommandLine): void {
  const { domain, capabilities, machine } = line.draft;
  const cells = domain.cpu?.numa ?? [];
  if (cells.length === 0) return;
  const made = cells.map((cell) => backend(line, { id: `ram-node${cell.id}`, sizeKiB: roundUp(cell.memory, MIB), cell }));
  const isPlain = (props: OptionProps) => props['qom-type'] === 'memory-backend-ram' && props['host-nodes'] === undefined;
  const takesMem =
    findMachine(capabilities, machine)?.numaMemSupported === true && made.every(isPlain) && domain.memory.backing.hugePages === undefined;
  if (takesMem && domain.memory.backing.allocation === 'immediate') line.add('mem-prealloc');
  const interconnects = domain.cpu?.interconnects ?? [];
  cells.forEach((cell, i) => {
    const props = made[i];
    if (!takesMem && props !== undefined) addBackend(line, props);
    const cpus = cell.cpus === undefined ? [] : rangesOf(cell.cpus, cell.path).map((range) => `cpus=${range}`);
    const initiator = interconnects.length === 0 ? undefined : `initiator=${cpus.length > 0 ? cell.id : closestWithCpus(cells, cell)}`;
    line.add(
      'numa',
      join(
        'node',
        `nodeid=${cell.id}`,
        ...cpus,
        initiator,
        takesMem ? `mem=${roundUp(cell.memory, MIB) / MIB}` : `memdev=ram-node${cell.id}`,
      ),
    );
  });
  addDistances(line, cells);
  addHmat(line);
}

/** As soon as one distance is given, QEMU wants them all: the other direction's, 10 to itself, 20 to others. */
const addDistances = (line: CommandLine, cells: readonly NumaCell[]): void => {
  if (!cells.some((cell) => cell.distances.length > 0)) return;
  const given = (from: NumaCell, to: NumaCell) => from.distances.find((d) => d.id === to.id)?.value;
  for (const from of cells) {
    for (const to of cells)
      line.add('numa', `dist,src=${from.id},dst=${to.id},val=${given(from, to) ?? given(to, from) ?? (from === to ? 10 : 20)}`);
  }
};

/** The nearest cell that has CPUs: the smallest distance, the lowest number. */
const closestWithCpus = (cells: readonly NumaCell[], cell: NumaCell): number => {
  const candidates = cells.filter((other) => other.cpus !== undefined);
  const distance = (other: NumaCell) => cell.distances.find((d) => d.id === other.id)?.value ?? 20;
  return candidates.toSorted((a, b) => distance(a) - distance(b) || a.id - b.id)[0]?.id ?? 0;
};

const levels = ['memory', 'first-level', 'second-level', 'third-level'];

const addHmat = (line: CommandLine): void => {
  const { cpu } = line.draft.domain;
  if (cpu === undefined || cpu.interconnects.length === 0) return;
  for (const { kind, initiator, target, cache, type, value } of cpu.interconnects) {
    line.add(
      'numa',
      join(
        'hmat-lb',
        `initiator=${initiator}`,
        `target=${target}`,
        `hierarchy=${levels[cache ?? 0]}`,
        `data-type=${type}-${kind}`,
        kind === 'latency' ? `latency=${value}` : `bandwidth=${value}K`,
      ),
    );
  }
  for (const cell of cpu.numa) {
    for (const cache of cell.caches) {
      const associativity = { none: 'none', direct: 'direct', full: 'complex' }[cache.associativity];
      const policy = { none: 'none', writeback: 'write-back', writethrough: 'write-through' }[cache.policy];
      line.add(
        'numa',
        join(
          'hmat-cache',
          `node-id=${cell.id}`,
          `size=${cache.size}K`,
          `level=${cache.level}`,
          `associativity=${associativity}`,
          `policy=${policy}`,
          `line=${cache.line}`,
        ),
      );
    }
  }
};

/** Adds memory that is plugged from the start. */
export function addMemoryDevices(line: CommandLine): void {
  line.each(line.draft.devices.memories, (device) => {
    const alias = line.id(device);
    if (device.model === 'sgx-epc' || device.model === 'virtio-mem' || device.model === 'virtio-pmem') {
      throw unsupported(`${device.path}/@model`, `Memory of the model '${device.model}' is not supported.`);
    }
    const id = `mem${alias}`;
    const sizeKiB = roundUp(device.size, 2 * MIB);
    addBackend(line, backend(line, { id, sizeKiB, cell: device.node === undefined ? undefined : cellOf(line, device.node), device }));
    line.device({
      driver: device.model === 'nvdimm' ? 'nvdimm' : 'pc-dimm',
      node: device.node,
      'label-size': device.labelSize === undefined ? undefined : device.labelSize * 1024,
      uuid: device.uuid,
      unarmed: device.readOnly === true ? true : undefined,
      memdev: id,
      id: alias,
      ...line.place(device),
    });
  });
}

const cellOf = (line: CommandLine, id: number): NumaCell | undefined => line.draft.domain.cpu?.numa.find((cell) => cell.id === id);
