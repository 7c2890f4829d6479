import type { Interface, InterfaceSource } from '../../domain/interface.ts';
import { made } from '../../domain/made.ts';
import { renderInterface } from '../write/interface.ts';
import { fragment, fragmentIfAny, renderFragment, textFragment, type Fragment } from '../xml/fragment.ts';
import { libosinfoNamespace } from '../read/libosinfo.ts';
import { freeTarget } from './disk-target.ts';

/** A NIC of a new machine. */
export interface NewInterface {
  readonly source: InterfaceSource;
  /** Default: virtio. */
  readonly model?: string;
  /** Default: one is generated when the machine is defined. */
  readonly mac?: string;
  /** Name of its TAP; default: one is chosen at the start. */
  readonly target?: string;
}

/** A medium in a CD-ROM drive of a new machine. */
export interface NewMedium {
  readonly file: string;
  /** QEMU's name for its format; default raw. */
  readonly format?: string | undefined;
}

/** What a new machine is to have. Sizes in KiB. */
export interface NewDomain {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly uuid?: string;
  /** osinfo's id of its operating system, kept in `<metadata>`. */
  readonly os?: string | undefined;
  /** What its operating system takes the computer's clock for; default UTC. */
  readonly clock?: 'utc' | 'localtime' | undefined;
  readonly type: 'kvm' | 'qemu';
  readonly memoryKiB: number;
  readonly vcpus: number;
  /** Default x86_64. */
  readonly arch?: string;
  /** Default q35 on x86, virt on ARM and RISC-V. */
  readonly machine?: string;
  readonly firmware?: 'bios' | 'efi';
  readonly emulator?: string | undefined;
  /** Default: the host's own CPU under KVM, the most that TCG can do otherwise. `emulator`: whatever QEMU takes by itself. */
  readonly cpuMode?: 'host-passthrough' | 'host-model' | 'maximum' | 'emulator';
  readonly disks?: readonly {
    readonly file: string;
    /** QEMU's name for its format. */
    readonly format: string;
    /** Default virtio. */
    readonly bus?: 'virtio' | 'sata' | 'scsi' | 'ide';
  }[];
  /** An installer, booted when no disk can be, and what lies in drives beside it (cloud-init's seed). */
  readonly media?: readonly NewMedium[];
  /** Booted without a firmware's choice. */
  readonly kernel?: { readonly kernel: string; readonly initrd?: string | undefined; readonly cmdline?: string | undefined };
  readonly interfaces?: readonly NewInterface[];
  /** Default true: a screen over VNC, video, a tablet and a keyboard. */
  readonly graphics?: boolean;
  /** Default true: a channel for the guest agent. */
  readonly guestAgent?: boolean;
}

const isX86 = (arch: string): boolean => arch === 'x86_64' || arch === 'i686';

/** Disks with their drives behind them, targets in order. Freed blocks of a disk go back to the host: images of new machines stay small. */
const disksOf = ({ disks = [], media = [] }: NewDomain, x86: boolean): Fragment[] => {
  const taken: string[] = [];
  const disk = (device: 'disk' | 'cdrom', file: string, format: string, bus: string): Fragment => {
    const dev = freeTarget(taken, bus);
    taken.push(dev);
    return fragment(
      'disk',
      { type: 'file', device },
      fragment('driver', { name: 'qemu', type: format, discard: device === 'disk' ? 'unmap' : undefined }),
      fragment('source', { file }),
      fragment('target', { dev, bus }),
      device === 'cdrom' ? fragment('readonly') : undefined,
    );
  };
  return [
    ...disks.map(({ file, format, bus = 'virtio' }) => disk('disk', file, format, bus)),
    ...media.map(({ file, format = 'raw' }) => disk('cdrom', file, format, x86 ? 'sata' : 'scsi')),
  ];
};

/**
 * PCIe ports of a new machine: what it begins with takes some, and the rest is for what is added while it runs, since none can be added then
 * (virt-install writes 14 as well).
 */
const rootPorts: readonly Fragment[] = Array.from({ length: 14 }, (_, n) =>
  fragment('controller', { type: 'pci', index: n + 1, model: 'pcie-root-port' }),
);

const nicOf = ({ source, model = 'virtio', mac, target }: NewInterface): Fragment =>
  renderInterface(
    made<Interface>({
      kind: 'interface',
      path: '',
      type: source.type,
      source,
      mac,
      model: source.type === 'hostdev' ? undefined : model,
      driver: {},
      ips: [],
      routes: [],
      portForwards: [],
      target,
    }),
  );

/** In the order of libvirt's own output. */
const devicesOf = (options: NewDomain, arch: string, machine: string): (Fragment | undefined)[] => {
  const x86 = isX86(arch);
  const { disks = [], media = [], interfaces = [], graphics = true, guestAgent = true } = options;
  const usesScsi = disks.some(({ bus }) => bus === 'scsi') || (!x86 && media.length > 0);
  const onScreen = (...devices: readonly (Fragment | undefined)[]) => (graphics ? devices : []);
  return [
    textFragment('emulator', options.emulator),
    ...disksOf(options, x86),
    ...onScreen(fragment('controller', { type: 'usb', model: 'qemu-xhci' })),
    ...(usesScsi ? [fragment('controller', { type: 'scsi', model: 'virtio-scsi' })] : []),
    ...(x86 && machine.includes('q35') ? rootPorts : []),
    ...interfaces.map(nicOf),
    fragment('serial', { type: 'pty' }),
    fragment('console', { type: 'pty' }, fragment('target', { type: 'serial', port: 0 })),
    guestAgent ? fragment('channel', { type: 'unix' }, fragment('target', { type: 'virtio', name: 'org.qemu.guest_agent.0' })) : undefined,
    ...onScreen(
      fragment('input', { type: 'tablet', bus: 'usb' }),
      // x86 has a PS/2 keyboard of its own.
      x86 ? undefined : fragment('input', { type: 'keyboard', bus: 'usb' }),
      fragment('graphics', { type: 'vnc' }),
      fragment('video', {}, fragment('model', { type: 'virtio' })),
    ),
    fragment('memballoon', { model: 'virtio' }),
    fragment('rng', { model: 'virtio' }, fragment('backend', { model: 'random' }, '/dev/urandom')),
  ];
};

/** What is booted, in `<os>`: disks before media, as nothing is on a new disk; a kernel that is given needs no choice. */
const bootsOf = ({ kernel, disks = [], media = [] }: NewDomain): Fragment[] =>
  kernel === undefined
    ? [...(disks.length > 0 ? ['hd'] : []), ...(media.length > 0 ? ['cdrom'] : [])].map((dev) => fragment('boot', { dev }))
    : [];

const cpuOf = (mode: NonNullable<NewDomain['cpuMode']>): Fragment | undefined =>
  mode === 'emulator' ? undefined : fragment('cpu', { mode, check: 'none', migratable: mode === 'host-passthrough' ? 'on' : undefined });

const metadataOf = (os: string | undefined): Fragment | undefined =>
  os === undefined
    ? undefined
    : fragment(
        'metadata',
        {},
        fragment('libosinfo:libosinfo', { 'xmlns:libosinfo': libosinfoNamespace }, fragment('libosinfo:os', { id: os })),
      );

/** Interrupts that were missed are made up for by the clock alone, and no guest needs the HPET (libvirt: formatdomain, "Time keeping"). */
const timers: readonly Fragment[] = [
  fragment('timer', { name: 'rtc', tickpolicy: 'catchup' }),
  fragment('timer', { name: 'pit', tickpolicy: 'delay' }),
  fragment('timer', { name: 'hpet', present: 'no' }),
];

/**
 * The XML of a new machine, laid out as libvirt lays it out: the one maker of definitions, for the window, the demo machine and all else. Identities
 * that are left out are generated when it is defined (see completeDefinition).
 */
export function newDomain(options: NewDomain): string {
  const arch = options.arch ?? 'x86_64';
  const x86 = isX86(arch);
  const machine = options.machine ?? (x86 ? 'q35' : 'virt');
  const { kernel } = options;
  const domain = fragment(
    'domain',
    { type: options.type },
    fragment('name', {}, options.name),
    textFragment('uuid', options.uuid),
    textFragment('title', options.title),
    textFragment('description', options.description),
    metadataOf(options.os),
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
      bootsOf(options),
    ),
    // Off x86, ACPI comes with UEFI only.
    fragmentIfAny('features', {}, x86 || options.firmware === 'efi' ? fragment('acpi') : undefined, x86 ? fragment('apic') : undefined),
    cpuOf(options.cpuMode ?? (options.type === 'kvm' ? 'host-passthrough' : 'maximum')),
    fragment('clock', { offset: options.clock ?? 'utc' }, x86 ? timers : undefined),
    fragment('on_poweroff', {}, 'destroy'),
    fragment('on_reboot', {}, 'restart'),
    fragment('on_crash', {}, 'destroy'),
    fragment('devices', {}, ...devicesOf(options, arch, machine)),
  );
  return `${renderFragment(domain)}\n`;
}
