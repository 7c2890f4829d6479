import { newDomain } from '../../shared/domain-xml/build/new-domain.ts';
import { nameProblem } from '../machine/machine-name.ts';

/** What a new machine begins with. */
export type NewMachineSource = 'iso' | 'disk' | 'kernel' | 'xml';

/** The choices of the dialog. Sizes in MiB (memory) and GiB (disk). Numbers are text while they are typed. */
export interface NewMachineChoices {
  readonly source: NewMachineSource;
  readonly name: string;
  readonly iso: string;
  readonly disk: string;
  /** QEMU's name for the format of the disk, and of what is in the CD-ROM drive. */
  readonly diskFormat: string;
  readonly isoFormat?: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly cmdline: string;
  /** Make a new disk (always for `iso`; on demand for `kernel`). */
  readonly newDisk: boolean;
  readonly diskGib: string;
  readonly vcpus: string;
  readonly memoryMib: string;
  /** `user`, `none`, or `bridge:` and its name. */
  readonly network: string;
  readonly firmware: 'bios' | 'efi';
  readonly accelerator: 'kvm' | 'qemu';
  readonly arch: string;
  /** osinfo's id of the operating system that is to be installed; empty for none. */
  readonly os?: string;
  /** What that system has drivers for, by the names of the XML; default virtio. */
  readonly diskBus?: 'virtio' | 'sata' | 'scsi';
  readonly nicModel?: string;
  /** What that system takes the computer's clock for. */
  readonly clock?: 'utc' | 'localtime';
}

/** What the choices are checked against. */
export interface NewMachineWorld {
  /** What people call the computer that it will run on, within a sentence; by default this one. */
  readonly host?: string;
  readonly taken: readonly string[];
  readonly cpus: number | undefined;
  readonly memoryKiB: number | undefined;
  readonly freeBytes: number | undefined;
}

const number = (text: string, least: number, most: number, what: string, unit = ''): string | undefined => {
  if (!/^-?\d+$/.test(text.trim())) return `${what} is a whole number.`;
  const value = Number(text);
  if (value < least) return `${what} is at least ${String(least)}${unit}.`;
  return value > most ? `${what} is at most ${String(most)}${unit}.` : undefined;
};

const path = (text: string, what: string): string | undefined =>
  text === '' ? `${what} is needed.` : text.startsWith('/') ? undefined : 'A path begins with a slash.';

/** A machine's name from a file's: `/a/debian-13.2.0-amd64-netinst.iso` is `debian-13`. */
export function nameFromFile(file: string): string {
  const stem = (file.split('/').at(-1) ?? '').replace(/\.(iso|img|qcow2?|raw|vmdk|vdi|vhdx?|vpc|qed|dd|bin)$/i, '');
  // The processor that it is for is no version, and says nothing to whoever has one computer.
  const plain = stem.replace(
    /[-_.](?:amd64|x86[-_]64|x64|i[3-6]86|arm64|aarch64|armhf|armv7l?|ppc64(?:el|le)?|s390x|riscv64)(?=[-_.]|$)/gi,
    '',
  );
  const match = /^([a-z]+(?:-[a-z]+)*?)[-_ ]?(?:(?:live|server|desktop|workstation)[-_])?(\d+)/i.exec(plain);
  const name = match ? `${match[1] ?? ''}-${match[2] ?? ''}` : plain;
  return name
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/^[-.]+|-+$/g, '')
    .slice(0, 60);
}

/** Will a disk image be made. */
export function makesDisk(choices: NewMachineChoices): boolean {
  return choices.source === 'iso' || (choices.source === 'kernel' && choices.newDisk);
}

/** Errors by field, before anything is made. Pure. */
export function choiceErrors(choices: NewMachineChoices, world: NewMachineWorld): ReadonlyMap<string, string> {
  const errors = new Map<string, string>();
  const put = (field: string, error: string | undefined) => {
    if (error !== undefined) errors.set(field, error);
  };
  if (choices.source === 'xml') return errors;
  if (choices.source === 'iso') put('iso', path(choices.iso, 'An ISO image'));
  if (choices.source === 'disk') put('disk', path(choices.disk, 'A disk image'));
  if (choices.source === 'kernel') {
    put('kernel', path(choices.kernel, 'A kernel'));
    if (choices.initrd !== '') put('initrd', path(choices.initrd, 'An initrd'));
  }
  put('name', nameProblem(choices.name, world.taken));
  put('vcpus', number(choices.vcpus, 1, 4096, 'The number of vCPUs'));
  put('memoryMib', number(choices.memoryMib, 1, 1024 ** 3, 'The memory', ' MiB'));
  if (makesDisk(choices)) put('diskGib', number(choices.diskGib, 1, 65536, 'The size', ' GiB'));
  return errors;
}

/** Things to think about, by field; they don't stop anything. Pure. */
export function choiceWarnings(choices: NewMachineChoices, world: NewMachineWorld): ReadonlyMap<string, string> {
  const warnings = new Map<string, string>();
  const { host: word = 'this computer' } = world;
  const host = word.slice(0, 1).toUpperCase() + word.slice(1);
  if (world.cpus !== undefined && Number(choices.vcpus) > world.cpus) warnings.set('vcpus', `${host} has ${String(world.cpus)} CPUs.`);
  if (world.memoryKiB !== undefined && Number(choices.memoryMib) * 1024 > world.memoryKiB) warnings.set('memoryMib', `${host} has less.`);
  if (makesDisk(choices) && world.freeBytes !== undefined && Number(choices.diskGib) * 1024 ** 3 > world.freeBytes) {
    warnings.set('diskGib', 'There is less space left; the image grows as it is used.');
  }
  return warnings;
}

/** Where the new disk goes. */
export function newDiskPath(directory: string, name: string): string {
  return `${directory.replace(/\/$/, '')}/${name}.qcow2`;
}

/**
 * The definition of a new machine, by the one maker of them.
 * @param diskPath of the new disk, when one is made
 */
export function newMachineXml(choices: NewMachineChoices, diskPath: string): string {
  const { source, network } = choices;
  const bridge = /^bridge:(.+)$/.exec(network)?.[1];
  const text = (value: string) => (value === '' ? undefined : value);
  return newDomain({
    name: choices.name,
    os: text(choices.os ?? ''),
    clock: choices.clock,
    type: choices.accelerator,
    arch: choices.arch,
    memoryKiB: Number(choices.memoryMib) * 1024,
    vcpus: Number(choices.vcpus),
    firmware: choices.firmware,
    disks:
      source === 'disk'
        ? [{ file: choices.disk, format: choices.diskFormat }]
        : makesDisk(choices)
          ? [{ file: diskPath, format: 'qcow2', ...(choices.diskBus === undefined ? {} : { bus: choices.diskBus }) }]
          : [],
    media: source === 'iso' ? [{ file: choices.iso, format: choices.isoFormat }] : [],
    ...(source === 'kernel' ? { kernel: { kernel: choices.kernel, initrd: text(choices.initrd), cmdline: text(choices.cmdline) } } : {}),
    interfaces:
      network === 'none'
        ? []
        : [
            {
              source: bridge === undefined ? { type: 'user' } : { type: 'bridge', bridge },
              ...(choices.nicModel === undefined ? {} : { model: choices.nicModel }),
            },
          ],
  });
}
