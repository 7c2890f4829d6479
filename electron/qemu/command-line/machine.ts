import { unsupported } from '../plan/draft.ts';
import type { Firmware } from '../plan/firmware.types.ts';
import type { CommandLine } from './builder.ts';
import { escapeCommas, flag, join } from './options.ts';
import { systemMemoryBackend } from './memory.ts';
import { addStorage } from './storage.ts';

/** Adds the flash chips of a firmware, which `-machine` names, or `-bios`. */
export function addFirmware(line: CommandLine, firmware: Firmware): void {
  if (firmware.kind === 'bios') line.add('bios', firmware.file);
  if (firmware.kind !== 'flash') return;
  const { path, loader, nvram } = line.draft.domain.os;
  addStorage(
    line,
    { type: 'file', path: loader?.path ?? path, file: firmware.code },
    { node: 'libvirt-pflash0', readOnly: firmware.readOnly, format: firmware.codeFormat },
  );
  if (firmware.variables === undefined) return;
  const source = nvram?.source ?? { type: 'file' as const, path: nvram?.path ?? path, file: variablesFile(line) };
  addStorage(line, source, { node: 'libvirt-pflash1', readOnly: false, format: firmware.variables.format });
}

/** Where the UEFI variables of this machine are: the XML's file, or one named after the machine. */
export function variablesFile(line: Pick<CommandLine, 'draft' | 'paths'>): string {
  const { os, name } = line.draft.domain;
  const source = os.nvram?.source;
  return (source?.type === 'file' ? source.file : undefined) ?? os.nvram?.file ?? `${line.paths.nvram}/${name}_VARS.fd`;
}

/** Adds `-machine` and what belongs to it (formatdomain "Hypervisor features"). */
export function addMachine(line: CommandLine, firmware: Firmware): void {
  const { domain, capabilities, machine } = line.draft;
  const { features, clock, memory } = domain;
  const hpet = clock.timers.find((timer) => timer.name === 'hpet');
  const hasHpetOption = capabilities.hasOption('machine', 'hpet');
  const isX86Smm = features.smm?.on ?? (firmware.kind === 'flash' && firmware.smm ? true : undefined);
  const pcspk = line.draft.devices.sounds.some((sound) => sound.model === 'pcspk');
  line.add(
    'machine',
    join(
      escapeCommas(machine),
      'usb=off',
      flag('vmport', features.vmport),
      flag('smm', isX86Smm),
      features.ioapic === undefined ? undefined : `kernel_irqchip=${features.ioapic === 'qemu' ? 'split' : 'on'}`,
      `dump-guest-core=${memory.dumpCore === true ? 'on' : 'off'}`,
      memory.backing.noSharePages ? 'mem-merge=off' : undefined,
      line.draft.devices.memories.some((device) => device.model === 'nvdimm') ? 'nvdimm=on' : undefined,
      firmware.kind === 'flash' ? 'pflash0=libvirt-pflash0-format' : undefined,
      firmware.kind === 'flash' && firmware.variables !== undefined ? 'pflash1=libvirt-pflash1-format' : undefined,
      systemMemoryBackend(line) === undefined ? undefined : `memory-backend=${systemMemoryBackend(line)}`,
      domain.cpu !== undefined && domain.cpu.interconnects.length > 0 ? 'hmat=on' : undefined,
      domain.launchSecurity?.type === 'sev' ? 'confidential-guest-support=lsec0' : undefined,
      hpet?.present === undefined || !hasHpetOption ? undefined : flag('hpet', hpet.present),
      domain.os.bios?.useSerial === true ? 'graphics=off' : undefined,
      pcspk ? `pcspk-audiodev=audio${line.draft.devices.audios[0]?.id ?? 1}` : undefined,
      // QEMU lost the option -no-acpi in 8.2 and has this one since 5.1.
      line.starts && !features.acpi ? 'acpi=off' : undefined,
    ),
  );
  if (hpet?.present === false && !hasHpetOption) line.add('no-hpet');
  addAccelerator(line);
}

const addAccelerator = (line: CommandLine): void => {
  const { type, features } = line.draft.domain;
  if (type === 'kvm') {
    const ring = features.kvm?.dirtyRing;
    line.add('accel', join('kvm', ring?.on === true && ring.size !== undefined ? `dirty-ring-size=${ring.size}` : undefined));
  } else if (type === 'qemu') {
    // KiB in the XML, MiB for QEMU.
    line.add('accel', join('tcg', features.tcgTbCache === undefined ? undefined : `tb-size=${Math.floor(features.tcgTbCache / 1024)}`));
  } else throw unsupported('/domain/@type', `A domain of type '${type}' can't be run by QEMU.`, "Use type='kvm' or type='qemu'.");
};

/** Adds what `<features>` sets on built-in devices. */
export function addFeatureGlobals(line: CommandLine, firmware: Firmware): void {
  const { domain, chipset, capabilities } = line.draft;
  const { features, lifecycle } = domain;
  if (firmware.kind === 'flash' && firmware.secure) line.add('global', 'driver=cfi.pflash01,property=secure,value=on');
  if (features.smm?.tseg !== undefined) {
    // KiB in the XML, MiB for QEMU.
    if (chipset !== 'q35' || !capabilities.hasProperty('mch', 'extended-tseg-mbytes'))
      line.refuse(unsupported(`${features.path}/smm/tseg`, 'The size of SMM memory can be set on q35 machines only.'));
    line.add('global', `mch.extended-tseg-mbytes=${features.smm.tseg / 1024}`);
  }
  if (!features.acpi && !line.starts) line.add('no-acpi');
  const pm = chipset === 'q35' ? 'ICH9-LPC' : 'PIIX4_PM';
  if (lifecycle.suspendToMem !== undefined) line.add('global', `${pm}.disable_s3=${lifecycle.suspendToMem ? 0 : 1}`);
  if (lifecycle.suspendToDisk !== undefined) line.add('global', `${pm}.disable_s4=${lifecycle.suspendToDisk ? 0 : 1}`);
  const root = line.draft.devices.controllers.find((c) => c.type === 'pci' && c.index === 0);
  if (chipset === 'i440fx' && root?.target?.hotplug !== undefined)
    line.add('global', `PIIX4_PM.acpi-root-pci-hotplug=${root.target.hotplug ? 'on' : 'off'}`);
  if (root?.pciHole64 !== undefined)
    line.add('global', `${chipset === 'q35' ? 'q35' : 'i440FX'}-pcihost.pci-hole64-size=${root.pciHole64}K`);
}
