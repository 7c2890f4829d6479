import type { FirmwareDescriptor } from './plan/firmware-descriptor.ts';
import type { PlanHost } from './plan/plan-input.ts';

/**
 * The host that goes with recorded capabilities. A recording is of some QEMU on some computer, and nothing is asked of this
 * one, so that the same recording gives the same command line everywhere: devices, mounts and firmware are taken under the
 * names that distributions give them by convention.
 */
export function recordedHost(arch: string, domainName: string): PlanHost {
  // What libvirt appends to a mount of huge pages for a domain that doesn't run.
  const own = `libvirt/qemu/-1-${domainName.slice(0, 20)}`;
  return {
    emulator: `/usr/bin/qemu-system-${arch}`,
    firmwares,
    hugePages: [
      { sizeKiB: 2048, directory: `/dev/hugepages2M/${own}`, isDefault: true },
      { sizeKiB: 1024 * 1024, directory: `/dev/hugepages1G/${own}`, isDefault: false },
    ],
    memoryDirectory: `/var/lib/libvirt/qemu/ram/-1-${domainName.slice(0, 20)}`,
    cdromDevices: ['/dev/cdrom', '/dev/cdrw', '/dev/dvd', '/dev/dvdrw'],
    now: 0,
    vhostNet: true,
    passt: false,
    recorded: true,
  };
}

const q35 = [{ architecture: 'x86_64', machines: ['pc-q35-*'] }];
const anyPc = [{ architecture: 'x86_64', machines: ['pc-i440fx-*', 'pc-q35-*'] }];

const flash = (
  name: string,
  template: string | undefined,
  targets: FirmwareDescriptor['targets'],
  features: string[],
): FirmwareDescriptor => ({
  'interface-types': ['uefi'],
  mapping: {
    device: 'flash',
    ...(template === undefined ? { mode: 'stateless' as const } : {}),
    executable: { filename: `/usr/share/OVMF/${name}`, format: 'raw' },
    ...(template === undefined ? {} : { 'nvram-template': { filename: `/usr/share/OVMF/${template}`, format: 'raw' } }),
  },
  targets,
  features,
});

/** edk2 and SeaBIOS as distributions install them, in order of preference (QEMU's docs/interop/firmware.json). */
const firmwares: readonly FirmwareDescriptor[] = [
  flash('OVMF_CODE.secboot.fd', 'OVMF_VARS.secboot.fd', q35, ['acpi-s3', 'enrolled-keys', 'requires-smm', 'secure-boot']),
  flash('OVMF_CODE.fd', 'OVMF_VARS.fd', anyPc, ['acpi-s3', 'amd-sev']),
  flash('OVMF.sev.fd', undefined, q35, ['amd-sev', 'amd-sev-es']),
  {
    'interface-types': ['bios'],
    mapping: { device: 'memory', filename: '/usr/share/seabios/bios-256k.bin' },
    targets: [{ architecture: 'x86_64', machines: ['pc-i440fx-*', 'pc-q35-*'] }],
    features: ['acpi-s3', 'acpi-s4'],
  },
];
