import { z } from 'zod';
import { TapestryError } from '../../../shared/errors.ts';
import { QmpSchema } from './qmp-schema.ts';
import type { QmpExchange } from './replies.ts';

/** A machine type as `query-machines` tells it. */
export interface MachineType {
  readonly name: string;
  /** The short name that stands for this version today (`q35`). */
  readonly alias?: string;
  readonly maxCpus: number;
  /** Id that the machine gives its RAM; a memory backend of ours takes its place. */
  readonly defaultRamId?: string;
  /** QOM type of the CPU it has when none is named (`qemu64-x86_64-cpu`). */
  readonly defaultCpuType?: string;
  readonly hotpluggableCpus: boolean;
  readonly numaMemSupported: boolean;
  readonly deprecated: boolean;
}

/** A CPU model of the emulator. */
export interface CpuModel {
  readonly name: string;
  /** Features of it that can't be had here; empty: usable. Absent: the QEMU doesn't tell. */
  readonly unavailable?: readonly string[];
  readonly deprecated: boolean;
}

/** What one emulator binary can do. Read once per binary; all decisions of a launch plan are made from it. */
export interface QemuCapabilities {
  readonly version: { readonly major: number; readonly minor: number; readonly micro: number };
  readonly package: string;
  /** QEMU's name of the guest architecture (`x86_64`). */
  readonly arch: string;
  readonly kvm: { readonly present: boolean; readonly enabled: boolean };
  readonly machines: readonly MachineType[];
  readonly cpus: { readonly kvm: readonly CpuModel[]; readonly tcg: readonly CpuModel[] };
  readonly tpmModels: readonly string[];
  readonly tpmTypes: readonly string[];
  readonly schema: QmpSchema;
  /** Is there a device or object type of this name? */
  hasType(name: string): boolean;
  /** Has the type this property? False also where the type was not asked about. */
  hasProperty(type: string, property: string): boolean;
  /** Takes the option group (`machine`, `spice`, `sandbox`) this parameter; without `parameter`: is there such an option? */
  hasOption(option: string, parameter?: string): boolean;
  /** Is the version at least this? Only for what QEMU doesn't let us ask. */
  atLeast(major: number, minor: number): boolean;
}

const version = z.object({
  qemu: z.object({ major: z.number(), minor: z.number(), micro: z.number() }),
  package: z.string(),
});
const named = z.array(z.looseObject({ name: z.string() }));
const machine = z.array(
  z.looseObject({
    name: z.string(),
    alias: z.string().optional(),
    'cpu-max': z.number(),
    'default-ram-id': z.string().optional(),
    'default-cpu-type': z.string().optional(),
    'hotpluggable-cpus': z.boolean().optional(),
    'numa-mem-supported': z.boolean().optional(),
    deprecated: z.boolean().optional(),
  }),
);
const cpuDefinitions = z.array(
  z.looseObject({ name: z.string(), 'unavailable-features': z.array(z.string()).optional(), deprecated: z.boolean().optional() }),
);
const options = z.array(z.looseObject({ option: z.string(), parameters: z.array(z.looseObject({ name: z.string() })) }));

/** Types whose properties the launch plan asks about; the probe queries exactly these. */
export const probedDevices = [
  'virtio-blk-pci',
  'virtio-net-pci',
  'virtio-scsi-pci',
  'virtio-balloon-pci',
  'virtio-gpu-pci',
  'virtio-mem-pci',
  'virtio-iommu-pci',
  'vfio-pci',
  'scsi-hd',
  'ide-hd',
  'PIIX4_PM',
  'ICH9-LPC',
  'usb-redir',
  'usb-storage',
  'usb-host',
  'kvm-pit',
  'VGA',
  'vmware-svga',
  'qxl',
  'intel-iommu',
  'mch',
  'nvdimm',
  'pcie-root-port',
  'vhost-user-fs-device',
] as const;

/** Objects whose properties the launch plan asks about. */
export const probedObjects = ['memory-backend-file', 'memory-backend-memfd'] as const;

/**
 * Makes capabilities of a QMP conversation, a probe's or a recorded one. Where a recording holds two sessions
 * (with KVM, then without), the CPU models of the second are those of TCG.
 *
 * @throws TapestryError `qemu-invalid` when the replies aren't those of a QEMU.
 */
export function capabilitiesOf(exchanges: readonly QmpExchange[]): QemuCapabilities {
  const all = (command: string) => exchanges.filter((e) => e.command === command && e.error === undefined).map((e) => e.result);
  const first = (command: string) => all(command)[0];
  try {
    const { qemu, package: packageName } = version.parse(first('query-version'));
    const types = new Set(named.parse(first('qom-list-types')).map((t) => t.name));
    const properties = new Map<string, Set<string>>();
    for (const { command, arguments: asked, result } of exchanges) {
      if ((command !== 'device-list-properties' && command !== 'qom-list-properties') || result === undefined) continue;
      const typeName = z.string().parse(asked['typename']);
      const known = properties.get(typeName) ?? new Set<string>();
      for (const p of named.parse(result)) known.add(p.name);
      properties.set(typeName, known);
    }
    const groups = new Map(
      options.parse(first('query-command-line-options') ?? []).map((o) => [o.option, new Set(o.parameters.map((p) => p.name))]),
    );
    const cpuLists = all('query-cpu-definitions').map(cpuModels);
    const kvm = z.object({ present: z.boolean(), enabled: z.boolean() }).parse(first('query-kvm') ?? { present: false, enabled: false });
    return {
      version: qemu,
      package: packageName,
      arch: z.object({ arch: z.string() }).parse(first('query-target')).arch,
      kvm,
      machines: machine.parse(first('query-machines')).map(machineType),
      cpus: { kvm: cpuLists[0] ?? [], tcg: cpuLists[1] ?? cpuLists[0] ?? [] },
      tpmModels: z.array(z.string()).parse(first('query-tpm-models') ?? []),
      tpmTypes: z.array(z.string()).parse(first('query-tpm-types') ?? []),
      schema: new QmpSchema(first('query-qmp-schema')),
      hasType: (name) => types.has(name),
      hasProperty: (type, property) => properties.get(type)?.has(property) ?? false,
      hasOption: (option, parameter) => (parameter === undefined ? groups.has(option) : (groups.get(option)?.has(parameter) ?? false)),
      atLeast: (major, minor) => qemu.major > major || (qemu.major === major && qemu.minor >= minor),
    };
  } catch (cause) {
    if (!(cause instanceof z.ZodError)) throw cause;
    throw new TapestryError('qemu-invalid', 'The emulator answers on its monitor, but not as a QEMU that this version understands.', {
      next: 'Install QEMU 6.2 or newer.',
      detail: cause.message.slice(0, 2000),
      cause,
    });
  }
}

const cpuModels = (result: unknown): CpuModel[] =>
  cpuDefinitions.parse(result).map((c) => ({
    name: c.name,
    deprecated: c.deprecated ?? false,
    ...(c['unavailable-features'] === undefined ? {} : { unavailable: c['unavailable-features'] }),
  }));

const machineType = (m: z.infer<typeof machine>[number]): MachineType => ({
  name: m.name,
  maxCpus: m['cpu-max'],
  hotpluggableCpus: m['hotpluggable-cpus'] ?? false,
  numaMemSupported: m['numa-mem-supported'] ?? true,
  deprecated: m.deprecated ?? false,
  ...(m.alias === undefined ? {} : { alias: m.alias }),
  ...(m['default-ram-id'] === undefined ? {} : { defaultRamId: m['default-ram-id'] }),
  ...(m['default-cpu-type'] === undefined ? {} : { defaultCpuType: m['default-cpu-type'] }),
});

/** The machine type that a name stands for: a full name, or an alias like `q35`. */
export function findMachine(capabilities: QemuCapabilities, name: string): MachineType | undefined {
  return capabilities.machines.find((m) => m.name === name) ?? capabilities.machines.find((m) => m.alias === name);
}
