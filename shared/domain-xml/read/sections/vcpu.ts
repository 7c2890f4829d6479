import { made } from '../../../domain/made.ts';
import type { BlkioTune, CpuPin, CpuTune, IoThread, IoThreads, NumaTune, SchedulerSetting, Vcpus } from '../../../domain/vcpu.ts';
import type { Reader } from '../reader/reader.ts';
import { parseNumberSet } from './cpu-set.ts';

const numberSet = (reader: Reader, attribute: string): string | undefined => {
  const value = reader.filled(attribute);
  if (value !== undefined && parseNumberSet(value) === undefined)
    reader.error(`'${value}' is not a set of numbers, as 0-3,^2,7.`, attribute);
  return value;
};

/** Reads `<vcpu>` and `<vcpus>`. */
export function readVcpus(domain: Reader): Vcpus {
  const vcpu = domain.child('vcpu');
  const max = vcpu?.text() === undefined ? 1 : (vcpu.textInteger({ min: 1, max: 0xffff }) ?? 1);
  const current = vcpu?.integer('current', { min: 1, max: 0xffff }) ?? max;
  if (current > max) vcpu?.error(`There cannot be more vCPUs at boot (${current}) than the most there can be (${max}).`, 'current');
  const list = domain.child('vcpus');
  const individual = list?.children('vcpu').map((one) =>
    made<NonNullable<Vcpus['individual']>[number]>({
      id: one.requiredInteger('id', { max: 0xffff }),
      enabled: one.requiredOneOf('enabled', ['yes', 'no'], 'yes') === 'yes',
      hotpluggable: one.yesNo('hotpluggable'),
      order: one.integer('order', { min: 1, max: 0xffff }),
    }),
  );
  for (const [index, one] of (individual ?? []).entries()) {
    if (one.id >= max)
      domain.findings.add('error', `${list?.path}/vcpu[${index + 1}]/@id`, `There is no vCPU ${one.id}: there are ${max}.`);
  }
  return made<Vcpus>({
    max,
    current: individual === undefined ? Math.min(current, max) : individual.filter(({ enabled }) => enabled).length || current,
    placement: vcpu?.oneOf('placement', ['static', 'auto']),
    cpuset: vcpu === undefined ? undefined : numberSet(vcpu, 'cpuset'),
    individual,
  });
}

/** Reads `<iothreads>`, `<iothreadids>`, `<defaultiothread>`. */
export function readIoThreads(domain: Reader): IoThreads {
  const count = domain.child('iothreads')?.textInteger({ max: 0xffff }) ?? 0;
  const size = { max: 0x7fffffff };
  const named = (domain.child('iothreadids')?.children('iothread') ?? []).map((thread) => ({
    reader: thread,
    thread: made<IoThread>({
      id: thread.requiredInteger('id', { min: 1, max: 0xffffffff }),
      poolMin: thread.integer('thread_pool_min', size),
      poolMax: thread.integer('thread_pool_max', size),
    }),
  }));
  const threads: IoThread[] = [];
  const taken = new Set<number>();
  for (const { reader, thread } of named) {
    if (taken.has(thread.id)) reader.error(`There are two I/O threads with the id ${thread.id}.`, 'id');
    else threads.push(thread);
    taken.add(thread.id);
  }
  // Threads without an id of their own take the lowest free ones.
  for (let id = 1; threads.length < count; id += 1) if (!taken.has(id)) threads.push({ id });
  const fallback = domain.child('defaultiothread');
  return made<IoThreads>({
    threads,
    defaultPoolMin: fallback?.integer('thread_pool_min', size),
    defaultPoolMax: fallback?.integer('thread_pool_max', size),
  });
}

const readScheduler = (reader: Reader, ids: string | undefined): SchedulerSetting => {
  const scheduler = reader.requiredOneOf('scheduler', ['batch', 'idle', 'fifo', 'rr'], 'batch');
  const priority = reader.integer('priority', { max: 99 });
  if ((scheduler === 'fifo' || scheduler === 'rr') && priority === undefined)
    reader.error(`The scheduler '${scheduler}' needs a priority.`, 'priority');
  return made<SchedulerSetting>({
    path: reader.path,
    ids: ids === undefined ? undefined : numberSet(reader, ids),
    scheduler,
    priority: scheduler === 'fifo' || scheduler === 'rr' ? priority : undefined,
  });
};

const refuseOverlap = (readers: readonly Reader[], attribute: string): void => {
  const seen = new Set<number>();
  for (const reader of readers) {
    const ids = parseNumberSet(reader.attribute(attribute) ?? '') ?? [];
    if (ids.some((id) => seen.has(id))) reader.error(`"${attribute}" of <${reader.name}> must not overlap.`, attribute);
    for (const id of ids) seen.add(id);
  }
};

/** Reads `<cputune>`; the plan decides which of it can be honoured without cgroups. */
export function readCpuTune(domain: Reader, ioThreads: IoThreads): CpuTune | undefined {
  const tune = domain.child('cputune');
  if (tune === undefined) return undefined;
  const number = (name: string, min = 0) => tune.child(name)?.textInteger({ min });
  const pins = (name: string, id: string) =>
    tune.children(name).map((pin) =>
      made<CpuPin>({
        path: pin.path,
        id: pin.requiredInteger(id, { max: 0xffffffff }),
        cpuset: numberSet(pin, 'cpuset') ?? pin.required('cpuset'),
      }),
    );
  const emulatorPin = tune.child('emulatorpin');
  const emulatorSched = tune.child('emulatorsched');
  const vcpuSched = tune.children('vcpusched');
  const iothreadSched = tune.children('iothreadsched');
  refuseOverlap(vcpuSched, 'vcpus');
  refuseOverlap(iothreadSched, 'iothreads');
  const known = (id: number) => ioThreads.threads.some((thread) => thread.id === id);
  for (const reader of iothreadSched) {
    const missing = (parseNumberSet(reader.attribute('iothreads') ?? '') ?? []).find((id) => !known(id));
    if (missing !== undefined) reader.error(`There is no I/O thread ${missing}.`, 'iothreads');
  }
  const iothreadPins = pins('iothreadpin', 'iothread');
  for (const pin of iothreadPins) {
    if (pin.id !== undefined && !known(pin.id)) domain.findings.add('error', `${pin.path}/@iothread`, `There is no I/O thread ${pin.id}.`);
  }
  return made<CpuTune>({
    path: tune.path,
    shares: number('shares'),
    period: number('period', 1000),
    quota: tune.child('quota')?.textInteger({ min: -1 }),
    globalPeriod: number('global_period', 1000),
    globalQuota: tune.child('global_quota')?.textInteger({ min: -1 }),
    emulatorPeriod: number('emulator_period', 1000),
    emulatorQuota: tune.child('emulator_quota')?.textInteger({ min: -1 }),
    iothreadPeriod: number('iothread_period', 1000),
    iothreadQuota: tune.child('iothread_quota')?.textInteger({ min: -1 }),
    vcpuPins: pins('vcpupin', 'vcpu'),
    emulatorPin:
      emulatorPin === undefined
        ? undefined
        : { path: emulatorPin.path, cpuset: numberSet(emulatorPin, 'cpuset') ?? emulatorPin.required('cpuset') },
    iothreadPins,
    vcpuSched: vcpuSched.map((one) => readScheduler(one, 'vcpus')),
    iothreadSched: iothreadSched.map((one) => readScheduler(one, 'iothreads')),
    emulatorSched: emulatorSched === undefined ? undefined : readScheduler(emulatorSched, undefined),
  });
}

const modes = ['strict', 'preferred', 'interleave', 'restrictive'] as const;

/**
 * Reads `<numatune>`.
 *
 * @param cells ids of the guest's NUMA cells
 * @param automatic the vCPUs are placed automatically
 */
export function readNumaTune(domain: Reader, cells: readonly number[], automatic: boolean): NumaTune | undefined {
  const tune = domain.child('numatune');
  if (tune === undefined) return undefined;
  const memory = tune.child('memory');
  const nodeset = memory === undefined ? undefined : numberSet(memory, 'nodeset');
  const placement = memory?.oneOf('placement', ['static', 'auto']);
  const mode = memory?.oneOf('mode', modes) ?? 'strict';
  if (memory !== undefined && nodeset === undefined && placement !== 'auto' && (placement === 'static' || !automatic)) {
    memory.error('Memory placed statically needs a nodeset.', 'nodeset');
  }
  const auto = memory !== undefined && (placement === 'auto' || (placement === undefined && nodeset === undefined && automatic));
  const nodes = tune.children('memnode').map((node) => {
    const cell = node.requiredInteger('cellid', { max: 0xffff });
    if (cells.length === 0) node.error('<memnode> needs guest NUMA cells under <cpu><numa>.');
    else if (!cells.includes(cell)) node.error(`There is no NUMA cell ${cell}.`, 'cellid');
    if (auto) node.error('Per-node binding does not go with automatic NUMA placement.');
    const nodeMode = node.oneOf('mode', modes) ?? 'strict';
    if ((mode === 'restrictive') !== (nodeMode === 'restrictive') && memory !== undefined) {
      node.error("The mode 'restrictive' must stand in <memory> and in every <memnode>, or nowhere.", 'mode');
    }
    return { path: node.path, cell, mode: nodeMode, nodeset: numberSet(node, 'nodeset') ?? node.required('nodeset') };
  });
  return made<NumaTune>({
    path: tune.path,
    memory: memory === undefined ? undefined : made({ mode, placement, nodeset }),
    nodes,
  });
}

/** Reads `<blkiotune>`. */
export function readBlkioTune(domain: Reader): BlkioTune | undefined {
  const tune = domain.child('blkiotune');
  if (tune === undefined) return undefined;
  return made<BlkioTune>({
    path: tune.path,
    weight: tune.child('weight')?.textInteger({ max: 0xffffffff }),
    devices: tune.children('device').map((device) =>
      made<BlkioTune['devices'][number]>({
        path: device.path,
        device: device.childText('path') ?? '',
        weight: device.child('weight')?.textInteger({ max: 0xffffffff }),
        readIopsSec: device.child('read_iops_sec')?.textInteger(),
        writeIopsSec: device.child('write_iops_sec')?.textInteger(),
        readBytesSec: device.child('read_bytes_sec')?.textInteger(),
        writeBytesSec: device.child('write_bytes_sec')?.textInteger(),
      }),
    ),
  });
}
