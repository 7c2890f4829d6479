import { capabilitiesOf, type QemuCapabilities } from '../capabilities/capabilities.ts';
import type { QmpExchange } from '../capabilities/replies.ts';

/** What a made-up QEMU differs in. */
export interface SyntheticOptions {
  readonly version?: readonly [major: number, minor: number];
  /** Takes JSON for `-device` (7.0) and `-netdev` (7.2); default true. */
  readonly jsonDevice?: boolean;
  readonly jsonNetdev?: boolean;
  /** Types that it lacks. */
  readonly without?: readonly string[];
  readonly kvm?: boolean;
}

const types = [
  'rtl8139', 'e1000', 'e1000e', 'virtio-net-pci', 'cirrus-vga', 'VGA', 'qxl', 'qxl-vga', 'virtio-vga', 'virtio-vga-gl', 'virtio-gpu-pci', 'piix3-usb-uhci',
  'qemu-xhci', 'nec-usb-xhci', 'ich9-usb-ehci1', 'ich9-usb-uhci1', 'ich9-usb-uhci2', 'ich9-usb-uhci3', 'pcie-root-port', 'pcie-pci-bridge', 'lsi53c895a',
  'thread-context', 'virtio-crypto-pci', 'cryptodev-backend-builtin', 'cryptodev-backend-lkcf',
]; // prettier-ignore

/** Capabilities of a QEMU that isn't installed, for tests of single rules. Default: like 8.0. */
export function syntheticCapabilities(options: SyntheticOptions = {}): QemuCapabilities {
  const [major, minor] = options.version ?? [8, 0];
  const answer = (command: string, result: unknown, args: Record<string, unknown> = {}): QmpExchange => ({
    command,
    arguments: args,
    result,
  });
  const machine = (name: string, alias?: string) => ({
    name,
    ...(alias === undefined ? {} : { alias }),
    'cpu-max': 255,
    'default-ram-id': 'pc.ram',
    'default-cpu-type': 'qemu64-x86_64-cpu',
    'numa-mem-supported': false,
  });
  return capabilitiesOf([
    answer('query-version', { qemu: { major, minor, micro: 0 }, package: '' }),
    answer('query-target', { arch: 'x86_64' }),
    answer('query-kvm', { present: true, enabled: options.kvm ?? true }),
    answer(
      'qom-list-types',
      types.filter((name) => options.without?.includes(name) !== true).map((name) => ({ name })),
    ),
    answer('device-list-properties', [{ name: 'device_id' }], { typename: 'scsi-hd' }),
    answer('query-machines', [machine('pc-i440fx-8.0', 'pc'), machine('pc-q35-8.0', 'q35')]),
    answer(
      'query-cpu-definitions',
      ['qemu64', 'qemu32', 'max', 'host', 'Haswell', 'Icelake-Server'].map((name) => ({ name })),
    ),
    answer('query-command-line-options', [
      { option: 'sandbox', parameters: [] },
      { option: 'machine', parameters: [{ name: 'hpet' }] },
      { option: 'smp-opts', parameters: [{ name: 'dies' }] },
    ]),
    answer('query-qmp-schema', [
      {
        name: 'device_add',
        'meta-type': 'command',
        'arg-type': '0',
        ...(options.jsonDevice === false ? {} : { features: ['json-cli-hotplug'] }),
      },
      { name: 'netdev_add', 'meta-type': 'command', 'arg-type': '1' },
      {
        name: '1',
        'meta-type': 'object',
        members: [],
        variants: options.jsonNetdev === false ? [] : ['dgram', 'stream'].map((value) => ({ case: value, type: '0' })),
      },
    ]),
  ]);
}
