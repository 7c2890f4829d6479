import { fragment, renderFragment, type Fragment } from '../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../shared/errors.ts';
import { findMachine, type QemuCapabilities } from '../capabilities/capabilities.ts';
import type { PlanHost } from '../plan/plan-input.ts';

/** What is asked: as the options of `virsh domcapabilities`. */
export interface DomainCapabilitiesRequest {
  readonly emulator: string;
  readonly arch?: string | undefined;
  /** Machine type or alias; default `pc`. */
  readonly machine?: string | undefined;
  /** `kvm` or `qemu`; default: KVM where there is one. */
  readonly virttype?: string | undefined;
}

/**
 * The domain capabilities document (libvirt's formatdomaincaps): what a domain of one machine type can have here. It
 * lists what a start of ours honours, not all that QEMU could.
 *
 * @throws TapestryError `invalid`, in libvirt's words and with the option's name as its path, when the emulator has no such architecture,
 *   machine or type (src/qemu/qemu_capabilities.c, virQEMUCapsCacheLookupDefault)
 */
export function domainCapabilitiesXml(
  request: DomainCapabilitiesRequest,
  capabilities: QemuCapabilities,
  host: Pick<PlanHost, 'firmwares' | 'passt'>,
): string {
  const { emulator, arch = capabilities.arch, virttype = capabilities.kvm.enabled ? 'kvm' : 'qemu' } = request;
  if (virttype !== 'qemu' && virttype !== 'kvm') throw refused('virttype', `unknown virttype: ${virttype}`);
  if (arch !== capabilities.arch && !(arch === 'i686' && capabilities.arch === 'x86_64'))
    throw refused('arch', `architecture from emulator '${capabilities.arch}' doesn't match given architecture '${arch}'`);
  if (virttype === 'kvm' && !capabilities.kvm.enabled)
    throw refused('virttype', `the accel 'kvm' is not supported by '${emulator}' on this host`);
  const asked = request.machine ?? 'pc';
  const machine = findMachine(capabilities, asked);
  if (machine === undefined) throw refused('machine', `the machine '${asked}' is not supported by emulator '${emulator}'`);
  const isQ35 = machine.name.startsWith('pc-q35');
  return `${renderFragment(
    fragment(
      'domainCapabilities',
      {},
      fragment('path', {}, request.emulator),
      fragment('domain', {}, virttype),
      fragment('machine', {}, machine.name),
      fragment('arch', {}, arch),
      fragment('vcpu', { max: machine.maxCpus }),
      fragment('iothreads', { supported: 'yes' }),
      osFragment(host, arch, machine.name),
      cpuFragment(capabilities, virttype),
      fragment('memoryBacking', { supported: 'yes' }, choice('sourceType', ['file', 'anonymous', 'memfd'])),
      devicesFragment(capabilities, isQ35, host),
      fragment(
        'features',
        {},
        fragment('gic', { supported: 'no' }),
        fragment('vmcoreinfo', { supported: 'yes' }),
        fragment('genid', { supported: 'yes' }),
        fragment('backingStoreInput', { supported: 'yes' }),
        fragment('backup', { supported: 'no' }),
        fragment('async-teardown', { supported: 'no' }),
        fragment('sev', { supported: 'no' }),
        fragment('sgx', { supported: 'no' }),
      ),
    ),
  )}\n`;
}

const refused = (path: string, message: string): TapestryError =>
  new TapestryError('invalid', `invalid argument: ${message}`, { path, next: 'Look at `tapestry capabilities` for what there is.' });

const choice = (name: string, values: readonly string[]): Fragment =>
  fragment(
    'enum',
    { name },
    values.map((value) => fragment('value', {}, value)),
  );

/** A device with what may stand in its attributes. */
const device = (name: string, ...enums: readonly (readonly [name: string, values: readonly string[]])[]): Fragment =>
  fragment(
    name,
    { supported: 'yes' },
    enums.map(([key, values]) => choice(key, values)),
  );

const osFragment = (host: Pick<PlanHost, 'firmwares'>, arch: string, machine: string): Fragment => {
  const fitting = host.firmwares.filter((f) =>
    f.targets.some(
      (t) =>
        t.architecture === arch &&
        t.machines.some((pattern) => new RegExp(`^${pattern.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')}$`).test(machine)),
    ),
  );
  const kinds = [...new Set(fitting.flatMap((f) => f['interface-types']))].flatMap((kind) =>
    kind === 'uefi' ? ['efi'] : kind === 'bios' ? ['bios'] : [],
  );
  const files = fitting.flatMap((f) => (f.mapping.device === 'flash' ? [f.mapping.executable.filename] : []));
  const isSecure = fitting.some((f) => f.features.includes('secure-boot'));
  return fragment(
    'os',
    { supported: 'yes' },
    choice('firmware', kinds),
    fragment(
      'loader',
      { supported: 'yes' },
      [...new Set(files)].map((file) => fragment('value', {}, file)),
      choice('type', ['rom', 'pflash']),
      choice('readonly', ['yes', 'no']),
      choice('secure', isSecure ? ['yes', 'no'] : ['no']),
    ),
  );
};

const cpuFragment = (capabilities: QemuCapabilities, virttype: string): Fragment => {
  const isKvm = virttype === 'kvm';
  const models = (isKvm ? capabilities.cpus.kvm : capabilities.cpus.tcg).filter(
    (model) => model.name !== 'host' && model.name !== 'max' && model.name !== 'base',
  );
  return fragment(
    'cpu',
    {},
    fragment(
      'mode',
      { name: 'host-passthrough', supported: isKvm ? 'yes' : 'no' },
      isKvm ? choice('hostPassthroughMigratable', ['on', 'off']) : undefined,
    ),
    fragment('mode', { name: 'maximum', supported: 'yes' }, choice('maximumMigratable', ['on', 'off'])),
    fragment('mode', { name: 'host-model', supported: 'yes' }),
    fragment(
      'mode',
      { name: 'custom', supported: 'yes' },
      models
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .map((model) =>
          fragment(
            'model',
            {
              usable: model.unavailable === undefined ? 'unknown' : model.unavailable.length === 0 ? 'yes' : 'no',
              deprecated: model.deprecated ? 'yes' : undefined,
            },
            model.name,
          ),
        ),
    ),
  );
};

const devicesFragment = (capabilities: QemuCapabilities, isQ35: boolean, host: Pick<PlanHost, 'passt'>): Fragment => {
  const having = (...pairs: readonly (readonly [value: string, type: string])[]) =>
    pairs.flatMap(([value, type]) => (capabilities.hasType(type) ? [value] : []));
  const hasSpice = capabilities.hasOption('spice');
  return fragment(
    'devices',
    {},
    device(
      'disk',
      ['diskDevice', ['disk', 'cdrom', 'floppy', 'lun']],
      ['bus', [...(isQ35 ? [] : ['ide']), 'fdc', 'scsi', 'virtio', 'usb', 'sata']],
      ['model', ['virtio', 'virtio-transitional', 'virtio-non-transitional']],
    ),
    device('graphics', ['type', ['vnc', ...(hasSpice ? ['spice'] : []), 'egl-headless']]),
    device('video', [
      'modelType',
      [
        ...having(['vga', 'VGA'], ['cirrus', 'cirrus-vga'], ['vmvga', 'vmware-svga'], ['qxl', 'qxl'], ['virtio', 'virtio-gpu-pci']),
        'none',
        ...having(['bochs', 'bochs-display'], ['ramfb', 'ramfb']),
      ],
    ]),
    fragment('hostdev', { supported: 'no' }),
    device('rng', ['model', ['virtio', 'virtio-transitional', 'virtio-non-transitional']], ['backendModel', ['random', 'egd', 'builtin']]),
    device('filesystem', ['driverType', having(['path', 'virtio-9p-pci'], ['virtiofs', 'vhost-user-fs-device'])]),
    device(
      'tpm',
      ['model', capabilities.tpmModels],
      ['backendModel', [...(capabilities.tpmTypes.includes('emulator') ? ['emulator'] : []), 'external']],
    ),
    device('redirdev', ['bus', ['usb']]),
    device('channel', ['type', ['pty', 'unix', ...(hasSpice ? ['spicevmc'] : [])]]),
    device('interface', ['backendType', ['default', ...(host.passt ? ['passt'] : [])]]),
    device(
      'crypto',
      ['model', having(['virtio', 'virtio-crypto-pci'])],
      ['type', ['qemu']],
      ['backendModel', having(['builtin', 'cryptodev-backend-builtin'], ['lkcf', 'cryptodev-backend-lkcf'])],
    ),
  );
};
