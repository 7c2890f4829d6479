import { fragment, renderFragment, type Fragment } from '../../../shared/domain-xml/index.ts';
import type { QemuCapabilities } from '../capabilities/capabilities.ts';

/** What `virsh capabilities` says of the computer itself. */
export interface HostDescription {
  /** Architecture in libvirt's words: `x86_64`. */
  readonly arch: string;
  readonly cpus: number;
  readonly memoryKiB: number;
}

/**
 * The capabilities document (libvirt's formatcaps): the host, and the guests that the emulator runs, as
 * `virsh capabilities` prints it.
 */
export function capabilitiesXml(
  host: HostDescription,
  found: { readonly emulator: string; readonly capabilities: QemuCapabilities } | undefined,
): string {
  return `${renderFragment(
    fragment(
      'capabilities',
      {},
      fragment(
        'host',
        {},
        fragment('cpu', {}, fragment('arch', {}, host.arch), fragment('topology', { sockets: 1, dies: 1, cores: host.cpus, threads: 1 })),
        fragment(
          'topology',
          {},
          fragment('cells', { num: 1 }, fragment('cell', { id: 0 }, fragment('memory', { unit: 'KiB' }, String(host.memoryKiB)))),
        ),
      ),
      ...(found === undefined ? [] : guests(found.emulator, found.capabilities)),
    ),
  )}\n`;
}

/** One guest per word size: an x86_64 emulator runs 32-bit guests too. */
const guests = (emulator: string, capabilities: QemuCapabilities): Fragment[] => {
  const isX86 = capabilities.arch === 'x86_64';
  const archs: [name: string, wordSize: number][] = isX86 ? [['i686', 32], ['x86_64', 64]] : [[capabilities.arch, 64]]; // prettier-ignore
  return archs.map(([arch, wordSize]) =>
    fragment(
      'guest',
      {},
      fragment('os_type', {}, 'hvm'),
      fragment(
        'arch',
        { name: arch },
        fragment('wordsize', {}, String(wordSize)),
        fragment('emulator', {}, emulator),
        machines(capabilities),
        fragment('domain', { type: 'qemu' }),
        capabilities.kvm.enabled ? fragment('domain', { type: 'kvm' }) : undefined,
      ),
      fragment(
        'features',
        {},
        isX86 && arch === 'i686' ? fragment('pae') : undefined,
        isX86 ? fragment('acpi', { default: 'on', toggle: 'yes' }) : undefined,
        isX86 ? fragment('apic', { default: 'on', toggle: 'no' }) : undefined,
        fragment('cpuselection'),
        fragment('deviceboot'),
        fragment('disksnapshot', { default: 'on', toggle: 'no' }),
      ),
    ),
  );
};

const machines = (capabilities: QemuCapabilities): Fragment[] => {
  const usable = capabilities.machines.filter((machine) => machine.name !== 'none' && machine.name !== 'x-remote');
  return [
    ...usable.flatMap((m) => (m.alias === undefined ? [] : [fragment('machine', { canonical: m.name, maxCpus: m.maxCpus }, m.alias)])),
    ...usable.map((m) => fragment('machine', { maxCpus: m.maxCpus, deprecated: m.deprecated ? 'yes' : undefined }, m.name)),
  ];
};
