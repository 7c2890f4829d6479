import type { Device } from '../../domain/domain.ts';
import { made } from '../../domain/made.ts';
import { renderDevice } from '../write/registry.ts';
import { fragment, renderFragment, textFragment, type Fragment } from '../xml/fragment.ts';
import { newDisk, newInterface, type NewInterface } from './new-device.ts';
import { newDevice } from './templates.ts';

/** What the New VM dialog knows. Sizes in KiB. */
export interface NewDomain {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly uuid?: string;
  readonly type: 'kvm' | 'qemu';
  readonly memoryKiB: number;
  readonly vcpus: number;
  /** Default x86_64. */
  readonly arch?: string;
  /** Default q35 on x86, virt on ARM and RISC-V. */
  readonly machine?: string;
  readonly firmware?: 'bios' | 'efi';
  readonly emulator?: string;
  /** Default: the host's own CPU under KVM, the most that TCG can do otherwise. */
  readonly cpuMode?: 'host-passthrough' | 'host-model' | 'maximum';
  /** The first is the boot disk unless there is an installer. */
  readonly disks?: readonly {
    readonly file: string;
    readonly format: 'qcow2' | 'raw';
    readonly bus?: 'virtio' | 'sata' | 'scsi' | 'ide';
  }[];
  /** Installer image: booted when the disk can't be. */
  readonly iso?: string;
  /** Another read-only image beside it (cloud-init's seed). */
  readonly seedIso?: string;
  readonly kernel?: { readonly kernel: string; readonly initrd?: string; readonly cmdline?: string };
  readonly interfaces?: readonly NewInterface[];
  /** File the serial port's output is also written to. */
  readonly serialLog?: string;
  /** Default true: a screen over VNC, video and a tablet. */
  readonly graphics?: boolean;
  /** Default false. */
  readonly tpm?: boolean;
  readonly sound?: boolean;
  /** Default true: a channel for the guest agent. */
  readonly guestAgent?: boolean;
}

const isX86 = (arch: string): boolean => arch === 'x86_64' || arch === 'i686';

const disksOf = (options: NewDomain, x86: boolean): Device[] => {
  const disks: Device[] = [];
  const count = new Map<string, number>();
  const target = (bus: string): string => {
    const prefix = bus === 'virtio' ? 'vd' : bus === 'ide' ? 'hd' : 'sd';
    const index = count.get(prefix) ?? 0;
    count.set(prefix, index + 1);
    return prefix + String.fromCharCode(97 + index);
  };
  // A boot order would compete with the kernel that is given.
  let order = 0;
  const next = (): number | undefined => (options.kernel === undefined ? (order += 1) : undefined);
  for (const { file, format, bus = 'virtio' } of options.disks ?? [])
    disks.push(newDisk({ file, format, bus, target: target(bus), ...orderOf(disks.length === 0 ? next() : undefined) }));
  const bus = x86 ? 'sata' : 'scsi';
  if (options.iso !== undefined)
    disks.push(newDisk({ file: options.iso, format: 'raw', device: 'cdrom', bus, target: target(bus), ...orderOf(next()) }));
  if (options.seedIso !== undefined)
    disks.push(newDisk({ file: options.seedIso, format: 'raw', device: 'cdrom', bus, target: target(bus) }));
  return disks;
};

const orderOf = (bootOrder: number | undefined): { bootOrder?: number } => (bootOrder === undefined ? {} : { bootOrder });

/**
 * PCIe ports of a new machine: what it begins with takes some, and the rest is for what is added while it runs, since none can be added then
 * (virt-install writes 14 as well).
 */
const rootPorts: readonly Fragment[] = Array.from({ length: 14 }, (_, n) =>
  fragment('controller', { type: 'pci', index: String(n + 1), model: 'pcie-root-port' }),
);

const devicesOf = (options: NewDomain, arch: string): Fragment[] => {
  const x86 = isX86(arch);
  const needsScsi = !x86 && (options.iso !== undefined || options.seedIso !== undefined);
  const scsi = needsScsi || options.disks?.some(({ bus }) => bus === 'scsi') === true;
  const serial: Device = {
    kind: 'serial',
    path: '',
    source: made({ type: 'pty', log: options.serialLog === undefined ? undefined : { file: options.serialLog, append: true } }),
  };
  const devices: Device[] = [
    ...disksOf(options, x86),
    ...(scsi ? [newDevice('controller-scsi')] : []),
    ...(options.interfaces ?? []).map(newInterface),
    serial,
    { kind: 'console', path: '', source: { type: 'pty' }, targetType: 'serial', port: 0 },
    ...(options.guestAgent === false ? [] : [newDevice('channel-agent')]),
    ...(options.graphics === false ? [] : [newDevice('tablet')]),
    ...(options.graphics === false || x86 ? [] : [newDevice('keyboard')]),
    ...(options.tpm === true ? [newDevice('tpm')] : []),
    ...(options.graphics === false ? [] : [newDevice('graphics-vnc')]),
    ...(options.sound === true ? [newDevice('sound')] : []),
    ...(options.graphics === false ? [] : [newDevice('video')]),
    newDevice('memballoon'),
    newDevice('rng'),
  ];
  const usb = options.graphics !== false;
  const isExpress = x86 && (options.machine ?? 'q35').includes('q35');
  return [...[...devices, ...(usb ? [newDevice('controller-usb')] : [])].map(renderDevice), ...(isExpress ? rootPorts : [])];
};

/**
 * The XML of a new machine, laid out as libvirt lays it out. Identities that are left out are generated when it is defined
 * (see completeDefinition).
 */
export function newDomain(options: NewDomain): string {
  const arch = options.arch ?? 'x86_64';
  const x86 = isX86(arch);
  const machine = options.machine ?? (x86 ? 'q35' : 'virt');
  const cpuMode = options.cpuMode ?? (options.type === 'kvm' ? 'host-passthrough' : 'maximum');
  const { kernel } = options;
  const domain = fragment(
    'domain',
    { type: options.type },
    fragment('name', {}, options.name),
    textFragment('uuid', options.uuid),
    textFragment('title', options.title),
    textFragment('description', options.description),
    fragment('memory', { unit: 'KiB' }, String(options.memoryKiB)),
    fragment('currentMemory', { unit: 'KiB' }, String(options.memoryKiB)),
    fragment('vcpu', { placement: 'static' }, String(options.vcpus)),
    fragment(
      'os',
      { firmware: options.firmware === 'efi' ? 'efi' : undefined },
      fragment('type', { arch, machine }, 'hvm'),
      textFragment('kernel', kernel?.kernel),
      textFragment('initrd', kernel?.initrd),
      textFragment('cmdline', kernel?.cmdline),
    ),
    x86 ? fragment('features', {}, fragment('acpi'), fragment('apic')) : undefined,
    fragment('cpu', { mode: cpuMode, check: 'none', migratable: cpuMode === 'host-passthrough' ? 'on' : undefined }),
    fragment(
      'clock',
      { offset: 'utc' },
      x86
        ? [
            fragment('timer', { name: 'rtc', tickpolicy: 'catchup' }),
            fragment('timer', { name: 'pit', tickpolicy: 'delay' }),
            fragment('timer', { name: 'hpet', present: 'no' }),
          ]
        : undefined,
    ),
    fragment('on_poweroff', {}, 'destroy'),
    fragment('on_reboot', {}, 'restart'),
    fragment('on_crash', {}, 'destroy'),
    fragment('devices', {}, textFragment('emulator', options.emulator), devicesOf(options, arch)),
  );
  return `${renderFragment(domain)}\n`;
}
