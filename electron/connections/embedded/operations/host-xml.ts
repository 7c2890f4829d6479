import { fragment, renderFragment } from '../../../../shared/domain-xml/xml/fragment.ts';
import type { Host } from '../../connection.ts';
import type { HostFacts } from '../../../../shared/contract/host.ts';
import type { QemuCapabilities } from '../../../qemu/capabilities/capabilities.ts';
import { findMachine } from '../../../qemu/capabilities/capabilities.ts';

type Asked = Parameters<Host['domainCapabilities']>[0];

/** The host's capabilities as libvirt's `capabilities` prints them (formatcaps), as far as we know them. */
export function capabilitiesXml(
  facts: Pick<HostFacts, 'arch' | 'cpus' | 'memoryKiB'>,
  emulator: string | undefined,
  qemu: QemuCapabilities | undefined,
): string {
  const machines = (qemu?.machines ?? []).flatMap(({ name, alias, maxCpus }) => [
    ...(alias === undefined ? [] : [fragment('machine', { canonical: name, maxCpus }, alias)]),
    fragment('machine', { maxCpus }, name),
  ]);
  const host = fragment(
    'host',
    {},
    fragment('cpu', {}, fragment('arch', {}, facts.arch), fragment('topology', { sockets: 1, cores: facts.cpus, threads: 1 })),
    fragment(
      'topology',
      {},
      fragment('cells', { num: 1 }, fragment('cell', { id: 0 }, fragment('memory', { unit: 'KiB' }, String(facts.memoryKiB)))),
    ),
  );
  const guest =
    emulator === undefined || qemu === undefined
      ? undefined
      : fragment(
          'guest',
          {},
          fragment('os_type', {}, 'hvm'),
          fragment(
            'arch',
            { name: qemu.arch },
            fragment('wordsize', {}, qemu.arch.includes('64') ? '64' : '32'),
            fragment('emulator', {}, emulator),
            machines,
            fragment('domain', { type: 'qemu' }),
            qemu.kvm.present ? fragment('domain', { type: 'kvm' }) : undefined,
          ),
          fragment('features', {}, fragment('acpi', { default: 'on', toggle: 'yes' }), fragment('cpuselection')),
        );
  return `${renderFragment(fragment('capabilities', {}, host, guest))}\n`;
}

const choice = (name: string, values: readonly string[]) =>
  fragment(
    'enum',
    { name },
    values.map((value) => fragment('value', {}, value)),
  );

/** What one machine type can have, as libvirt's `domcapabilities` prints it (formatdomaincaps), as far as we honour it. */
export function domainCapabilitiesXml(asked: Asked, emulator: string, qemu: QemuCapabilities): string {
  const kvm = (asked.virttype ?? (qemu.kvm.enabled ? 'kvm' : 'qemu')) === 'kvm';
  const machine = findMachine(qemu, asked.machine ?? 'pc');
  const models = (kvm ? qemu.cpus.kvm : qemu.cpus.tcg).map(({ name, unavailable, deprecated }) =>
    fragment(
      'model',
      {
        usable: unavailable === undefined ? 'unknown' : unavailable.length === 0 ? 'yes' : 'no',
        deprecated: deprecated ? 'yes' : undefined,
      },
      name,
    ),
  );
  const has = (types: readonly (readonly [value: string, type: string])[]) =>
    types.flatMap(([value, type]) => (qemu.hasType(type) ? [value] : []));
  const devices = fragment(
    'devices',
    {},
    fragment(
      'disk',
      { supported: 'yes' },
      choice('diskDevice', ['disk', 'cdrom', 'floppy']),
      choice('bus', ['ide', 'fdc', 'scsi', 'virtio', 'usb', 'sata']),
    ),
    fragment('graphics', { supported: 'yes' }, choice('type', ['vnc'])),
    fragment(
      'video',
      { supported: 'yes' },
      choice(
        'modelType',
        has([
          ['vga', 'VGA'],
          ['cirrus', 'cirrus-vga'],
          ['vmvga', 'vmware-svga'],
          ['qxl', 'qxl-vga'],
          ['virtio', 'virtio-gpu-pci'],
          ['bochs', 'bochs-display'],
        ]),
      ),
    ),
    fragment(
      'rng',
      { supported: qemu.hasType('virtio-rng-pci') ? 'yes' : 'no' },
      choice('model', ['virtio']),
      choice('backendModel', ['random', 'builtin']),
    ),
    fragment(
      'tpm',
      { supported: qemu.tpmModels.length > 0 ? 'yes' : 'no' },
      choice('model', qemu.tpmModels),
      choice('backendModel', qemu.tpmTypes),
    ),
  );
  const root = fragment(
    'domainCapabilities',
    {},
    fragment('path', {}, emulator),
    fragment('domain', {}, kvm ? 'kvm' : 'qemu'),
    fragment('machine', {}, machine?.name ?? asked.machine ?? 'pc'),
    fragment('arch', {}, qemu.arch),
    fragment('vcpu', { max: machine?.maxCpus ?? 1 }),
    fragment(
      'cpu',
      {},
      fragment('mode', { name: 'host-passthrough', supported: kvm ? 'yes' : 'no' }),
      fragment('mode', { name: 'maximum', supported: 'yes' }),
      fragment('mode', { name: 'custom', supported: 'yes' }, models),
    ),
    devices,
  );
  return `${renderFragment(root)}\n`;
}
