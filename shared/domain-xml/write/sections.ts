import type { Clock } from '../../domain/clock.ts';
import type { Cpu } from '../../domain/cpu.ts';
import type { Features } from '../../domain/features.ts';
import type { Os } from '../../domain/os.ts';
import { flag, fragment, fragmentIfAny, onOff, single, textFragment, yesNo, type Fragment } from './common.ts';

/** Writes `<os>`. An NVRAM with a source of its own is left as it is. */
export function renderOs(os: Os): Fragment {
  const { loader, nvram, bootMenu, bios } = os;
  return fragment(
    'os',
    { firmware: os.firmware },
    fragment('type', { arch: os.arch, machine: os.machine }, os.type),
    fragmentIfAny(
      'firmware',
      {},
      os.firmwareFeatures.map(({ name, enabled }) => fragment('feature', { enabled: yesNo(enabled), name })),
    ),
    loader === undefined
      ? undefined
      : fragmentIfAny(
          'loader',
          {
            readonly: yesNo(loader.readOnly),
            type: loader.type,
            secure: yesNo(loader.secure),
            stateless: yesNo(loader.stateless),
            format: loader.format,
          },
          loader.file,
        ),
    nvram === undefined
      ? undefined
      : fragmentIfAny('nvram', { template: nvram.template, templateFormat: nvram.templateFormat, format: nvram.format }, nvram.file),
    textFragment('kernel', os.kernel),
    textFragment('initrd', os.initrd),
    textFragment('cmdline', os.cmdline),
    textFragment('dtb', os.dtb),
    fragmentIfAny(
      'acpi',
      {},
      os.acpiTables.map(({ type, file }) => fragment('table', { type }, file)),
    ),
    os.boot.map((dev) => fragment('boot', { dev })),
    bootMenu === undefined ? undefined : fragment('bootmenu', { enable: yesNo(bootMenu.enable), timeout: bootMenu.timeout }),
    fragmentIfAny('bios', { useserial: yesNo(bios?.useSerial), rebootTimeout: bios?.rebootTimeout }),
    single('smbios', 'mode', os.smbios),
  );
}

const state = (name: string, on: boolean | undefined): Fragment | undefined => single(name, 'state', onOff(on));

const renderHyperv = ({ hyperv }: Features): Fragment | undefined => {
  if (hyperv === undefined) return undefined;
  const { spinlocks, stimer, vendorId } = hyperv;
  return fragment(
    'hyperv',
    { mode: hyperv.mode },
    state('relaxed', hyperv.relaxed),
    state('vapic', hyperv.vapic),
    spinlocks === undefined ? undefined : fragment('spinlocks', { state: onOff(spinlocks.on), retries: spinlocks.retries }),
    state('vpindex', hyperv.vpindex),
    state('runtime', hyperv.runtime),
    state('synic', hyperv.synic),
    stimer === undefined ? undefined : fragment('stimer', { state: onOff(stimer.on) }, state('direct', stimer.direct)),
    state('reset', hyperv.reset),
    vendorId === undefined ? undefined : fragment('vendor_id', { state: onOff(vendorId.on), value: vendorId.value }),
    state('frequencies', hyperv.frequencies),
    state('reenlightenment', hyperv.reenlightenment),
    state('tlbflush', hyperv.tlbflush),
    state('ipi', hyperv.ipi),
    state('evmcs', hyperv.evmcs),
    state('avic', hyperv.avic),
    state('emsr_bitmap', hyperv.emsrBitmap),
    state('xmm_input', hyperv.xmmInput),
  );
};

const renderKvm = ({ kvm }: Features): Fragment | undefined =>
  kvm === undefined
    ? undefined
    : fragment(
        'kvm',
        {},
        state('hidden', kvm.hidden),
        state('hint-dedicated', kvm.hintDedicated),
        state('poll-control', kvm.pollControl),
        state('pv-ipi', kvm.pvIpi),
        kvm.dirtyRing === undefined ? undefined : fragment('dirty-ring', { state: onOff(kvm.dirtyRing.on), size: kvm.dirtyRing.size }),
      );

/** Writes `<features>`: what forms edit. Features of other architectures are left as they are. */
export function renderFeatures(features: Features): Fragment {
  return fragment(
    'features',
    {},
    flag('acpi', features.acpi),
    features.apic === undefined ? undefined : fragment('apic', { eoi: onOff(features.apic.eoi) }),
    flag('pae', features.pae),
    state('hap', features.hap),
    renderHyperv(features),
    renderKvm(features),
    state('pvspinlock', features.pvspinlock),
    state('pmu', features.pmu),
    state('vmport', features.vmport),
    features.smm === undefined
      ? undefined
      : fragment(
          'smm',
          { state: onOff(features.smm.on) },
          features.smm.tseg === undefined ? undefined : fragment('tseg', { unit: 'KiB' }, String(features.smm.tseg)),
        ),
    single('ioapic', 'driver', features.ioapic),
    state('vmcoreinfo', features.vmcoreinfo),
  );
}

/** Writes `<cpu>`: mode, model, features, topology, cache, address width. NUMA cells are left as they are. */
export function renderCpu(cpu: Cpu): Fragment {
  const { topology, cache, maxPhysAddr } = cpu;
  return fragment(
    'cpu',
    { mode: cpu.mode, match: cpu.match, check: cpu.check, migratable: onOff(cpu.migratable) },
    cpu.model === undefined ? undefined : fragment('model', { fallback: cpu.fallback, vendor_id: cpu.vendorId }, cpu.model),
    textFragment('vendor', cpu.vendor),
    topology === undefined
      ? undefined
      : fragment('topology', {
          sockets: topology.sockets,
          dies: topology.dies,
          clusters: topology.clusters === 1 ? undefined : topology.clusters,
          cores: topology.cores,
          threads: topology.threads,
        }),
    cache === undefined ? undefined : fragment('cache', { level: cache.level, mode: cache.mode }),
    maxPhysAddr === undefined
      ? undefined
      : fragment('maxphysaddr', { mode: maxPhysAddr.mode, bits: maxPhysAddr.bits, limit: maxPhysAddr.limit }),
    cpu.features.map(({ name, policy }) => fragment('feature', { policy, name })),
  );
}

/** Writes `<clock>`. */
export function renderClock(clock: Clock): Fragment {
  return fragment(
    'clock',
    {
      offset: clock.offset,
      adjustment: clock.adjustmentReset === true ? 'reset' : clock.adjustment,
      basis: clock.basis,
      timezone: clock.timezone,
      start: clock.start,
    },
    clock.timers.map(({ name, present, track, tickPolicy, frequency, mode, catchup }) =>
      fragment(
        'timer',
        { name, present: yesNo(present), track, tickpolicy: tickPolicy, frequency, mode },
        catchup === undefined ? undefined : fragment('catchup', { ...catchup }),
      ),
    ),
  );
}
