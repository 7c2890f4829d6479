import type { BootDevice, Disk, Domain } from '../../../shared/domain/index.ts';
import { allDevices, targetIndex } from '../../../shared/domain-xml/index.ts';
import { assignDrives } from '../addresses/drive.ts';
import { assignMemorySlots } from '../addresses/memory-slots.ts';
import { assignPci } from '../addresses/pci.ts';
import { assignUsb } from '../addresses/usb.ts';
import { assignVirtioSerial } from '../addresses/virtio-serial.ts';
import { assignAliases } from '../plan/aliases.ts';
import { findMachine, type QemuCapabilities } from '../capabilities/capabilities.ts';
import { draftDevices, invalid, unsupported, type Chipset, type Draft, type DraftDevices, type DraftDomain } from '../plan/draft.ts';
import { addImplicitControllers, addMachineControllers, completeControllers, numberControllers } from '../addresses/controllers.ts';

/** Devices that a plan is made for: more than any bus of QEMU's has places for, few enough that placing them takes no time. */
export const maxDevices = 2048;

/** What a domain is prepared for. */
export interface Preparation {
  /** Write the machine type's full name in place of its alias (`pc-q35-7.2` for `q35`). */
  readonly resolveAlias: boolean;
  /** Devices keep the aliases that the XML has: the machine runs with them. */
  readonly keepAliases: boolean;
}

/**
 * Completes a domain as libvirt 9.0 does when it is defined and started: default devices, controllers, addresses,
 * aliases, boot order. Pure: the domain stays as it is.
 *
 * @throws TapestryError `xml-invalid`, `xml-unsupported` with the path at fault.
 */
export function prepareDomain(domain: Domain, capabilities: QemuCapabilities, { resolveAlias, keepAliases }: Preparation): DraftDomain {
  const beyond = allDevices(domain.devices)[maxDevices];
  if (beyond !== undefined) throw unsupported(beyond.path, `A machine can have ${maxDevices} devices here.`, 'Remove devices.');
  const arch = archOf(domain, capabilities);
  const machine = machineOf(domain, capabilities, resolveAlias);
  const draft: DraftDomain = {
    domain,
    capabilities,
    arch,
    machine,
    chipset: chipsetOf(machine, domain.os.path),
    devices: { ...draftDevices(domain.devices), controllers: numberControllers(domain) },
  };
  completeDevices(draft);
  assignDrives(draft);
  // In libvirt's order, which decides the slots: what every machine of this kind has comes before what its devices need.
  addMachineControllers(draft);
  addImplicitControllers(draft);
  completeControllers(draft);
  assignVirtioSerial(draft);
  assignPci(draft);
  assignUsb(draft);
  assignMemorySlots(draft);
  assignAliases(draft, keepAliases);
  assignBootOrder(draft);
  return draft;
}

const archOf = (domain: Domain, capabilities: QemuCapabilities): 'x86_64' | 'i686' => {
  const arch = domain.os.arch ?? (capabilities.arch === 'i386' ? 'i686' : capabilities.arch);
  if (domain.os.type !== 'hvm')
    throw unsupported(`${domain.os.path}/type`, `QEMU runs machines of the type 'hvm', not '${domain.os.type}'.`);
  if (domain.type !== 'kvm' && domain.type !== 'qemu')
    throw unsupported('/domain/@type', `A domain of type '${domain.type}' can't be run by QEMU.`, "Use type='kvm' or type='qemu'.");
  if (arch !== 'x86_64' && arch !== 'i686')
    throw unsupported(`${domain.os.path}/type/@arch`, `Machines of the architecture '${arch}' are not supported.`, "Use arch='x86_64'.");
  return arch;
};

const machineOf = (domain: Domain, capabilities: QemuCapabilities, resolveAlias: boolean): string => {
  const asked = domain.os.machine ?? 'pc';
  const found = findMachine(capabilities, asked);
  if (found === undefined)
    throw unsupported(
      `${domain.os.path}/type/@machine`,
      `This QEMU has no machine type '${asked}'.`,
      'Choose one that `tapestry domcapabilities` or `tapestry capabilities` lists.',
    );
  return resolveAlias ? found.name : asked;
};

const chipsetOf = (machine: string, osPath: string): Chipset => {
  if (machine === 'q35' || machine.startsWith('pc-q35-') || machine.startsWith('pc-q35')) return 'q35';
  if (machine === 'pc' || machine.startsWith('pc-')) return 'i440fx';
  if (machine === 'isapc' || machine === 'microvm') return machine;
  throw unsupported(`${osPath}/type/@machine`, `The machine type '${machine}' is not supported.`, "Use 'q35' or 'pc'.");
};

/** Devices and models that libvirt adds or fills in by itself. */
const completeDevices = (draft: DraftDomain): void => {
  const d = draft.devices;
  orderDisks(draft);
  completeConsoles(draft);
  completeVideo(draft);
  const fallback =
    ['rtl8139', 'e1000'].find((type) => draft.capabilities.hasType(type)) ??
    (draft.capabilities.hasType('virtio-net-pci') ? 'virtio' : 'rtl8139');
  for (const nic of d.interfaces) if (nic.type !== 'hostdev') nic.model ??= nic.type === 'vdpa' ? 'virtio' : fallback;
  for (const input of d.inputs) {
    if (input.type === 'passthrough') input.bus ??= 'virtio';
    else input.bus ??= input.type === 'tablet' ? 'usb' : 'ps2';
  }
  addUsualInputs(d);
  d.memballoon ??= { kind: 'memballoon', path: '/domain/devices/memballoon', model: 'virtio', driver: {}, implicit: true };
  for (const panic of d.panics) panic.model ??= 'isa';
  // What is shown over D-Bus only is heard over D-Bus only, and a headless display plays nothing: no back end is chosen for them.
  const unheard =
    d.graphics.length > 0 && d.graphics.every(({ type }) => type === 'dbus' || (type === 'egl-headless' && d.sounds.length === 0));
  if (d.audios.length === 0 && !unheard)
    d.audios.push({ kind: 'audio', path: '/domain/devices/audio', id: 1, type: defaultAudio(draft), input: {}, output: {} });
  for (const tpm of d.tpms) tpm.model ??= tpm.backend.type === 'passthrough' || draft.chipset !== 'q35' ? 'tpm-tis' : 'tpm-crb';
};

/**
 * libvirt keeps disks of one bus in the order of their targets. A disk that several machines write to must not be
 * cached by the host.
 */
const orderDisks = (draft: DraftDomain): void => {
  const ordered: { readonly disk: Draft<Disk>; readonly bus: Disk['bus']; readonly place: number }[] = [];
  for (const disk of draft.devices.disks) {
    const { bus } = disk;
    const place = targetIndex(disk.target) ?? 0; // once for each: the loop below is a product of their number
    let at = -1;
    for (let i = ordered.length - 1; i >= 0; i--) {
      const other = ordered[i];
      if (other?.bus !== bus) continue;
      if (place < other.place) at = i;
      else if (at === -1) at = i + 1;
    }
    ordered.splice(at === -1 ? ordered.length : at, 0, { disk, bus, place });
    const { cache } = disk.driver;
    if (disk.shareable && !disk.readOnly && disk.device !== 'cdrom' && (cache === undefined || cache === 'default'))
      disk.driver = { ...disk.driver, cache: 'none' };
  }
  draft.devices.disks = ordered.map(({ disk }) => disk);
};

/** Sound goes where the display is, as far as that takes sound. */
const defaultAudio = (draft: DraftDomain): 'none' | 'spice' | 'sdl' => {
  const types = draft.devices.graphics.map((g) => g.type);
  if (types.includes('spice')) return 'spice';
  return types.includes('sdl') ? 'sdl' : 'none';
};

/** A PC with a display has a mouse and a keyboard at its PS/2 ports (libvirt: formatdomain, "Input devices"). */
const addUsualInputs = (d: DraftDevices): void => {
  if (d.graphics.length === 0) return;
  for (const type of ['mouse', 'keyboard'] as const) {
    if (d.inputs.some((input) => input.type === type && input.bus === 'ps2')) continue;
    d.inputs.push({ kind: 'input', path: '/domain/devices/input', type, bus: 'ps2', driver: {}, implicit: true });
  }
};

/** Ports get their numbers; a console of type serial and the first serial port are one and the same. */
const completeConsoles = (draft: DraftDomain): void => {
  const d = draft.devices;
  const [first] = d.consoles;
  for (const [i, device] of d.consoles.entries()) {
    device.targetType ??= 'serial';
    if (i > 0 && device.targetType === 'serial')
      throw unsupported(device.path, 'Only the first console can be a serial port.', "Add a <serial>, or use <target type='virtio'/>.");
  }
  if (first?.targetType === 'serial' && d.serials.length === 0) {
    d.serials.push({
      kind: 'serial',
      path: first.path,
      source: first.source,
      targetType: 'isa-serial',
      port: 0,
      implicit: true,
      ...(first.alias === undefined ? {} : { alias: first.alias }),
    });
  }
  numberPorts(d.serials);
  numberPorts(d.parallels);
  for (const serial of d.serials) {
    if (serial.targetType === undefined) {
      const kind = serial.address?.type;
      serial.targetType = kind === 'usb' ? 'usb-serial' : kind === 'pci' || kind === 'pci-auto' ? 'pci-serial' : 'isa-serial';
    }
  }
  // The first console is the first serial port, named by the XML or not: others are numbered behind it.
  const [serial] = d.serials;
  if (serial?.targetType === 'isa-serial' && first?.targetType !== 'serial') {
    d.consoles.unshift({
      kind: 'console',
      path: serial.path,
      source: serial.source,
      targetType: 'serial',
      port: serial.port ?? 0,
      implicit: true,
    });
  }
};

const numberPorts = (devices: Draft<{ port?: number }>[]): void => {
  let last = devices.reduce((highest, { port }) => Math.max(highest, port ?? -1), -1);
  for (const device of devices) device.port ??= last += 1;
};

const completeVideo = (draft: DraftDomain): void => {
  const { graphics, videos } = draft.devices;
  const usual = draft.capabilities.hasType('cirrus-vga') ? 'cirrus' : 'vga';
  if (videos.length === 0 && graphics.length > 0) {
    videos.push({ kind: 'video', path: '/domain/devices/video', model: usual, primary: true, driver: {}, heads: 1, implicit: true });
  }
  for (const video of videos) if (video.model === 'default') video.model = usual;
  const primaries = videos.filter((video) => video.primary);
  if (primaries.length > 1) throw invalid(primaries[1]?.path ?? '', 'Only one video card can be the primary one.');
  const none = videos.find((video) => video.model === 'none');
  if (none !== undefined && videos.length > 1) throw invalid(none.path, "A video card of the model 'none' must be the only one.");
  const at = videos.findIndex((video) => video.primary);
  if (at > 0) videos.unshift(...videos.splice(at, 1));
};

/**
 * `<os><boot>` names kinds of devices: the first disk, CD-ROM, floppy and NIC get the place of their kind. Devices
 * with an order of their own exclude it.
 */
const assignBootOrder = (draft: DraftDomain): void => {
  const { devices: d, domain } = draft;
  const bootable = [...d.disks, ...d.interfaces, ...d.hostdevs, ...d.redirdevs, ...d.filesystems];
  const ordered = bootable.filter((device) => device.bootOrder !== undefined);
  for (const device of ordered) if (device.bootOrder !== undefined) device.bootIndex = device.bootOrder;
  if (ordered.length > 0) return;
  const boot: readonly BootDevice[] = domain.os.boot.length > 0 ? domain.os.boot : ['hd'];
  const take = (kind: BootDevice, device: { bootIndex?: number } | undefined) => {
    const place = boot.lastIndexOf(kind);
    if (place >= 0 && device !== undefined) device.bootIndex = place + 1;
  };
  take(
    'cdrom',
    d.disks.find((disk) => disk.device === 'cdrom'),
  );
  take(
    'fd',
    d.disks.find((disk) => disk.device === 'floppy'),
  );
  take(
    'hd',
    d.disks.find((disk) => disk.device === 'disk' || disk.device === 'lun'),
  );
  take('network', d.interfaces[0]);
};
