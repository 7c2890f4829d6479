import { findMachine } from '../capabilities/capabilities.ts';
import { invalid, unsupported } from '../plan/draft.ts';
import type { CommandLine } from './builder.ts';
import { escapeCommas, flag, join } from './options.ts';

/** Names that libvirt and QEMU write differently. */
const featureNames: Readonly<Record<string, string>> = {
  cmp_legacy: 'cmp-legacy',
  ds_cpl: 'ds-cpl',
  fxsr_opt: 'fxsr-opt',
  kvm_pv_eoi: 'kvm-pv-eoi',
  kvm_pv_unhalt: 'kvm-pv-unhalt',
  lahf_lm: 'lahf-lm',
  nodeid_msr: 'nodeid-msr',
  pclmuldq: 'pclmulqdq',
  perfctr_core: 'perfctr-core',
  perfctr_nb: 'perfctr-nb',
  tsc_adjust: 'tsc-adjust',
};

/** Features that libvirt's CPU models name and QEMU doesn't have (any more): setting them is left out. */
const removedFeatures = new Set(['cmt', 'mbm_total', 'mbm_local', 'osxsave', 'ospke', 'pconfig']);

/** Features that a model once had and QEMU took out: said explicitly, so that every QEMU agrees. */
const withdrawn: Readonly<Record<string, readonly string[]>> = {
  'Icelake-Client': ['intel-pt'],
  'Icelake-Client-noTSX': ['intel-pt'],
  'Icelake-Server': ['intel-pt'],
  'Icelake-Server-noTSX': ['intel-pt'],
};

/** Adds `-cpu` (formatdomain "CPU model and topology"). */
export function addCpu(line: CommandLine): void {
  const { domain } = line.draft;
  const { features, clock, cpu } = domain;
  const tsc = clock.timers.find((timer) => timer.name === 'tsc');
  const kvmclock = clock.timers.find((timer) => timer.name === 'kvmclock');
  const hypervclock = clock.timers.find((timer) => timer.name === 'hypervclock');
  line.add(
    'cpu',
    join(
      ...modelParts(line),
      flag('kvmclock', kvmclock?.present),
      hypervclock?.present === true ? 'hv-time=on' : undefined,
      tsc?.frequency === undefined ? undefined : `tsc-frequency=${tsc.frequency}`,
      flag('kvm-pv-eoi', features.apic?.eoi),
      flag('kvm-pv-unhalt', features.pvspinlock),
      ...hypervParts(line),
      line.draft.devices.panics.some((panic) => panic.model === 'hyperv') ? 'hv-crash' : undefined,
      ...kvmParts(line),
      flag('pmu', features.pmu),
      ...cacheParts(line),
      ...physicalAddressParts(line),
      line.starts && cpu?.check === 'full' && (cpu.mode ?? 'custom') === 'custom' ? 'enforce=on' : undefined,
    ),
  );
}

const modelParts = (line: CommandLine): string[] => {
  const { domain, capabilities, machine, arch } = line.draft;
  const { cpu } = domain;
  const isKvm = domain.type === 'kvm';
  const mode = cpu?.mode ?? 'custom';
  if (cpu?.match === 'minimum' && cpu.model !== undefined)
    line.refuse(
      unsupported(
        `${cpu.path}/@match`,
        "A CPU that is 'at least' a model depends on this host's CPU, which is not compared.",
        "Use match='exact', or mode='host-model'.",
      ),
    );
  const own = (cpu?.features ?? []).flatMap(({ name, policy }) => {
    if (removedFeatures.has(name) && !line.starts) return [];
    const text = escapeCommas(featureNames[name] ?? name);
    // libvirt asks the host whether an optional feature is on or off; QEMU itself only warns about one it can't give.
    if (policy === 'optional' && !line.knowsHost)
      line.refuse(
        unsupported(`${cpu?.path ?? '/domain/cpu'}/feature`, `Whether the optional CPU feature '${name}' is on depends on this host.`),
      );
    return [`${text}=${policy === 'disable' || policy === 'forbid' ? 'off' : 'on'}`];
  });
  const migratable = cpu?.migratable ?? true;
  if (mode === 'host-passthrough') {
    if (!isKvm)
      line.refuse(
        invalid(
          `${cpu?.path ?? '/domain/cpu'}/@mode`,
          "The host's CPU can't be passed through to a machine of type 'qemu'.",
          "Use type='kvm', or mode='maximum'.",
        ),
      );
    return ['host', `migratable=${migratable ? 'on' : 'off'}`, ...own];
  }
  if (mode === 'maximum') return ['max', `migratable=${migratable ? 'on' : 'off'}`, ...own];
  if (mode === 'host-model') {
    if (!line.knowsHost)
      line.refuse(
        unsupported(`${cpu?.path ?? '/domain/cpu'}/@mode`, "The host's CPU model can't be written down without asking this host."),
      );
    return [isKvm ? 'host' : 'max', ...own];
  }
  if (cpu?.model === undefined) {
    const typeName = findMachine(capabilities, machine)?.defaultCpuType;
    const fallback = arch === 'i686' ? 'qemu32' : 'qemu64';
    return [typeName?.replace(/-(?:x86_64|i386)-cpu$/, '') ?? fallback, ...own];
  }
  checkModel(line, cpu.model, cpu.path);
  for (const feature of withdrawn[cpu.model] ?? []) if (!cpu.features.some((f) => f.name === feature)) own.unshift(`${feature}=off`);
  return [cpu.model, ...(cpu.vendorId === undefined ? [] : [`vendor=${escapeCommas(cpu.vendorId)}`]), ...own];
};

const checkModel = (line: CommandLine, model: string, path: string): void => {
  const { capabilities, domain } = line.draft;
  const known = domain.type === 'kvm' ? capabilities.cpus.kvm : capabilities.cpus.tcg;
  if (known.length > 0 && !known.some((candidate) => candidate.name === model))
    line.refuse(invalid(`${path}/model`, `This QEMU has no CPU model '${model}'.`, 'Choose one that `tapestry domcapabilities` lists.'));
};

const hypervParts = (line: CommandLine): (string | undefined)[] => {
  const { hyperv } = line.draft.domain.features;
  if (hyperv === undefined) return [];
  if (hyperv.mode === 'passthrough') return ['hv-passthrough=on'];
  const on = (name: string, value: boolean | undefined) => (value === true ? `hv-${name}=on` : undefined);
  return [
    on('relaxed', hyperv.relaxed),
    on('vapic', hyperv.vapic),
    hyperv.spinlocks?.on === true ? `hv-spinlocks=0x${(hyperv.spinlocks.retries ?? 0).toString(16)}` : undefined,
    on('vpindex', hyperv.vpindex),
    on('runtime', hyperv.runtime),
    on('synic', hyperv.synic),
    on('stimer', hyperv.stimer?.on),
    hyperv.stimer?.on === true ? on('stimer-direct', hyperv.stimer.direct) : undefined,
    on('reset', hyperv.reset),
    hyperv.vendorId?.on === true ? `hv-vendor-id=${escapeCommas(hyperv.vendorId.value ?? '')}` : undefined,
    on('frequencies', hyperv.frequencies),
    on('reenlightenment', hyperv.reenlightenment),
    on('tlbflush', hyperv.tlbflush),
    on('ipi', hyperv.ipi),
    on('evmcs', hyperv.evmcs),
    on('avic', hyperv.avic),
    on('emsr-bitmap', hyperv.emsrBitmap),
    on('xmm-input', hyperv.xmmInput),
  ];
};

const kvmParts = (line: CommandLine): (string | undefined)[] => {
  const { kvm } = line.draft.domain.features;
  if (kvm === undefined) return [];
  return [
    kvm.hidden === true ? 'kvm=off' : undefined,
    kvm.hintDedicated === true ? 'kvm-hint-dedicated=on' : undefined,
    kvm.pollControl === true ? 'kvm-poll-control=on' : undefined,
    kvm.pvIpi === false ? 'kvm-pv-ipi=off' : undefined,
  ];
};

const cacheParts = (line: CommandLine): string[] => {
  const { cpu } = line.draft.domain;
  const cache = cpu?.cache;
  if (cpu === undefined || cache === undefined) return [];
  const path = `${cpu.path}/cache`;
  switch (cache.mode) {
    case 'emulate':
      if (cache.level !== undefined && cache.level !== 3)
        line.refuse(invalid(`${path}/@level`, 'Only a cache of level 3 can be emulated.'));
      // A host's CPU would bring its own caches along.
      return cpu.mode === 'host-passthrough' || cpu.mode === 'maximum' ? ['l3-cache=on', 'host-cache-info=off'] : ['l3-cache=on'];
    case 'passthrough':
      if (cache.level !== undefined) line.refuse(invalid(`${path}/@level`, 'Passing the caches through takes no level.'));
      if (cpu.mode !== 'host-passthrough' && cpu.mode !== 'maximum')
        line.refuse(invalid(`${path}/@mode`, "Passing the caches through needs mode='host-passthrough'."));
      return ['host-cache-info=on', 'l3-cache=off'];
    case 'disable':
      if (cache.level !== undefined) line.refuse(invalid(`${path}/@level`, 'Disabling the caches takes no level.'));
      return cpu.mode === 'host-passthrough' || cpu.mode === 'maximum' ? ['host-cache-info=off', 'l3-cache=off'] : ['l3-cache=off'];
  }
};

const physicalAddressParts = (line: CommandLine): string[] => {
  const { cpu } = line.draft.domain;
  const address = cpu?.maxPhysAddr;
  if (cpu === undefined || address === undefined) return [];
  const path = `${cpu.path}/maxphysaddr`;
  if (address.mode === 'emulate') {
    if (address.limit !== undefined) line.refuse(invalid(`${path}/@limit`, 'A limit is for addresses that are passed through.'));
    if (address.bits === undefined) throw invalid(path, 'Emulated physical addresses need a number of bits.');
    return [`phys-bits=${address.bits}`];
  }
  if (address.bits !== undefined) line.refuse(invalid(`${path}/@bits`, 'Addresses that are passed through take no number of bits.'));
  if (cpu.mode !== 'host-passthrough' && cpu.mode !== 'maximum')
    line.refuse(invalid(`${path}/@mode`, "Passing physical addresses through needs mode='host-passthrough'."));
  return ['host-phys-bits=on', ...(address.limit === undefined ? [] : [`host-phys-bits-limit=${address.limit}`])];
};

/** Adds `-smp`. */
export function addSmp(line: CommandLine): void {
  const { vcpus, cpu } = line.draft.domain;
  const individual = vcpus.individual ?? [];
  const pluggable = individual.filter((vcpu) => vcpu.enabled && vcpu.hotpluggable === true);
  if (line.starts && pluggable.length > 0)
    line.refuse(unsupported('/domain/vcpus', 'vCPUs that can be unplugged one by one are not supported.'));
  const present = vcpus.current - pluggable.length;
  const t = cpu?.topology;
  if (t !== undefined && t.sockets * t.dies * t.clusters * t.cores * t.threads !== vcpus.max) {
    line.refuse(
      invalid(
        `${cpu?.path ?? '/domain/cpu'}/topology`,
        `The topology has ${t.sockets * t.dies * t.clusters * t.cores * t.threads} vCPUs, and <vcpu> says ${vcpus.max}.`,
      ),
    );
  }
  if (t !== undefined && t.clusters > 1)
    line.refuse(unsupported(`${cpu?.path ?? '/domain/cpu'}/topology/@clusters`, 'x86 machines have no clusters of CPUs.'));
  const hasDies = line.capabilities.hasOption('smp-opts', 'dies');
  if (t !== undefined && t.dies > 1 && !hasDies)
    line.refuse(unsupported(`${cpu?.path ?? '/domain/cpu'}/topology/@dies`, 'This QEMU has one die per socket only.'));
  line.add(
    'smp',
    join(
      String(present),
      present === vcpus.max ? undefined : `maxcpus=${vcpus.max}`,
      `sockets=${t?.sockets ?? vcpus.max}`,
      t === undefined || !hasDies ? undefined : `dies=${t.dies}`,
      `cores=${t?.cores ?? 1}`,
      `threads=${t?.threads ?? 1}`,
    ),
  );
}
