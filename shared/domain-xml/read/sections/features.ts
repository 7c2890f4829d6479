import type { Features, HypervFeatures, KvmFeatures } from '../../../domain/features.ts';
import { made } from '../../../domain/made.ts';
import { toKiB } from '../reader/sizes.ts';
import type { Reader } from '../reader/reader.ts';

/** `<x state='on|off'/>`; without state it is on where libvirt says so. */
const state = (reader: Reader | undefined): boolean | undefined => {
  if (reader === undefined) return undefined;
  return reader.attribute('state') === undefined ? true : reader.onOff('state');
};

const requiredState = (reader: Reader | undefined): boolean | undefined => {
  if (reader === undefined) return undefined;
  return reader.requiredOneOf('state', ['on', 'off'], 'off') === 'on';
};

/** Its attribute is `enabled`; without it, it is wanted (virDomainFeaturesDefParse). */
const readAsyncTeardown = (reader: Reader | undefined): boolean | undefined =>
  reader === undefined ? undefined : (reader.yesNo('enabled') ?? true);

const readHyperv = (reader: Reader | undefined): HypervFeatures | undefined => {
  if (reader === undefined) return undefined;
  const is = (name: string): boolean | undefined => requiredState(reader.child(name));
  const spinlocks = reader.child('spinlocks');
  const stimer = reader.child('stimer');
  const vendor = reader.child('vendor_id');
  const retries = spinlocks?.integer('retries', { max: 0xffffffff, hex: true });
  if (retries !== undefined && retries < 4095) spinlocks?.error('Spinlock retries must be at least 4095.', 'retries');
  const value = vendor?.attribute('value');
  if (value !== undefined && (value.length > 12 || value.includes(',')))
    vendor?.error('A vendor id has at most 12 characters and no comma.', 'value');
  return made<HypervFeatures>({
    path: reader.path,
    mode: reader.oneOf('mode', ['custom', 'passthrough']) ?? 'custom',
    relaxed: is('relaxed'),
    vapic: is('vapic'),
    spinlocks: spinlocks === undefined ? undefined : made({ on: requiredState(spinlocks) ?? false, retries }),
    vpindex: is('vpindex'),
    runtime: is('runtime'),
    synic: is('synic'),
    stimer: stimer === undefined ? undefined : made({ on: requiredState(stimer) ?? false, direct: requiredState(stimer.child('direct')) }),
    reset: is('reset'),
    vendorId: vendor === undefined ? undefined : made({ on: requiredState(vendor) ?? false, value }),
    frequencies: is('frequencies'),
    reenlightenment: is('reenlightenment'),
    tlbflush: is('tlbflush'),
    ipi: is('ipi'),
    evmcs: is('evmcs'),
    avic: is('avic'),
    emsrBitmap: is('emsr_bitmap'),
    xmmInput: is('xmm_input'),
  });
};

const readKvm = (reader: Reader | undefined): KvmFeatures | undefined => {
  if (reader === undefined) return undefined;
  const ring = reader.child('dirty-ring');
  const size = ring?.integer('size', { max: 65536 });
  if (size !== undefined && (size < 1024 || (size & (size - 1)) !== 0))
    ring?.error('The size must be a power of two from 1024 to 65536.', 'size');
  return made<KvmFeatures>({
    hidden: requiredState(reader.child('hidden')),
    hintDedicated: requiredState(reader.child('hint-dedicated')),
    pollControl: requiredState(reader.child('poll-control')),
    pvIpi: requiredState(reader.child('pv-ipi')),
    dirtyRing: ring === undefined ? undefined : made({ on: requiredState(ring) ?? false, size }),
  });
};

const readSmm = (smm: Reader | undefined): Features['smm'] => {
  if (smm === undefined) return undefined;
  const tseg = smm.child('tseg');
  const bytes = tseg?.textBytes('MiB');
  if (bytes !== undefined && bytes % (1024n * 1024n) !== 0n) tseg?.error('The size of TSEG must be whole MiB.');
  return made<NonNullable<Features['smm']>>({ on: state(smm) ?? true, tseg: bytes === undefined ? undefined : toKiB(bytes) });
};

/** Refuses what goes with other architectures only (libvirt: qemuValidateDomainDefFeatures). */
const checkArch = (reader: Reader, features: Features, arch: string | undefined, machine: string | undefined): void => {
  const refuse = (name: string): void =>
    reader
      .child(name)
      ?.error(`The feature '${name}' does not exist for the architecture '${arch ?? 'x86_64'}' and machine '${machine ?? 'default'}'.`);
  const pseries = arch?.startsWith('ppc64') === true && (machine === undefined || machine.startsWith('pseries'));
  const arm = arch?.startsWith('arm') === true || arch?.startsWith('aarch64') === true;
  const virt = arm && (machine === 'virt' || machine?.startsWith('virt-') === true);
  if (features.gic !== undefined && !virt) refuse('gic');
  if (!pseries) {
    for (const [key, name] of [
      ['hpt', 'hpt'],
      ['htm', 'htm'],
      ['nestedHv', 'nested-hv'],
      ['ccfAssist', 'ccf-assist'],
      ['cfpc', 'cfpc'],
      ['sbbc', 'sbbc'],
      ['ibs', 'ibs'],
    ] as const) {
      if (features[key] !== undefined) refuse(name);
    }
  }
  const x86 = arch === undefined || arch === 'x86_64' || arch === 'i686';
  if (!x86) for (const name of ['ioapic', 'vmport', 'smm'] as const) if (features[name] !== undefined) refuse(name);
  // A machine called `pc` or by a version of it is i440fx.
  if (
    features.smm?.tseg !== undefined &&
    machine !== undefined &&
    (machine === 'pc' || machine.startsWith('pc-i440fx') || machine === 'isapc')
  ) {
    reader.child('smm')?.child('tseg')?.error('TSEG is supported with q35 machines only.');
  }
};

/** Reads `<features>`. */
export function readFeatures(domain: Reader, arch: string | undefined, machine: string | undefined): Features {
  const reader = domain.child('features');
  if (reader === undefined) return { path: `${domain.path}/features`, acpi: false, pae: false, viridian: false, privnet: false };
  const apic = reader.child('apic');
  const hpt = reader.child('hpt');
  const gic = reader.child('gic');
  const tcg = reader.child('tcg')?.child('tb-cache');
  const features = made<Features>({
    path: reader.path,
    acpi: reader.has('acpi'),
    apic: apic === undefined ? undefined : made({ eoi: apic.onOff('eoi') }),
    pae: reader.has('pae'),
    hap: state(reader.child('hap')),
    viridian: reader.has('viridian'),
    privnet: reader.has('privnet'),
    hyperv: readHyperv(reader.child('hyperv')),
    kvm: readKvm(reader.child('kvm')),
    pvspinlock: state(reader.child('pvspinlock')),
    pmu: state(reader.child('pmu')),
    vmport: state(reader.child('vmport')),
    vmcoreinfo: state(reader.child('vmcoreinfo')),
    smm: readSmm(reader.child('smm')),
    ioapic: reader.child('ioapic')?.oneOf('driver', ['kvm', 'qemu']),
    gic: gic === undefined ? undefined : made({ version: gic.oneOf('version', ['2', '3', 'host']) }),
    hpt:
      hpt === undefined
        ? undefined
        : made({ resizing: hpt.oneOf('resizing', ['enabled', 'disabled', 'required']), maxPageSize: hpt.child('maxpagesize')?.textKiB() }),
    htm: requiredState(reader.child('htm')),
    nestedHv: requiredState(reader.child('nested-hv')),
    ccfAssist: requiredState(reader.child('ccf-assist')),
    msrsUnknown: reader.child('msrs')?.requiredOneOf('unknown', ['ignore', 'fault'], 'fault'),
    cfpc: reader.child('cfpc')?.requiredOneOf('value', ['broken', 'workaround', 'fixed'], 'broken'),
    sbbc: reader.child('sbbc')?.requiredOneOf('value', ['broken', 'workaround', 'fixed'], 'broken'),
    ibs: reader.child('ibs')?.requiredOneOf('value', ['broken', 'workaround', 'fixed-ibs', 'fixed-ccd', 'fixed-na'], 'broken'),
    tcgTbCache: tcg?.textKiB('MiB'),
    asyncTeardown: readAsyncTeardown(reader.child('async-teardown')),
    ras: requiredState(reader.child('ras')),
  });
  checkArch(reader, features, arch, machine);
  return features;
}
