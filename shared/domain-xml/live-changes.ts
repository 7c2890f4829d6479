import type { DeviceKind } from '../domain/domain.ts';
import { attributeValue, firstChild, type XmlElement } from './xml/nodes.ts';

/** Types of NICs that can be plugged into a running machine (libvirt refuses the socket types too). */
export const pluggableNicTypes: readonly string[] = ['bridge', 'ethernet', 'direct', 'user'];

/** What can be done to the devices of a kind while their machine runs; the rest waits for the next start. */
interface LiveChanges {
  readonly attach: (device: XmlElement) => boolean;
  readonly detach: (device: XmlElement) => boolean;
  /** Some of it can be changed in place: which parts, the change itself says. */
  readonly update: boolean;
}

const never = (): boolean => false;
const always = (): boolean => true;

/** An attribute of the device (`bus`), or of a child of it (`target/bus`). */
const of = (device: XmlElement, place: string): string | undefined => {
  const [name = '', attribute] = place.split('/');
  if (attribute === undefined) return attributeValue(device, name);
  const child = firstChild(device, name);
  return child && attributeValue(child, attribute);
};

/** Kinds that stay as they are while the machine runs. */
const fixed: LiveChanges = { attach: never, detach: never, update: false };

const onPluggableBus = (disk: XmlElement): boolean => ['virtio', 'scsi', 'usb', undefined].includes(of(disk, 'target/bus'));
const isPluggableNic = (nic: XmlElement): boolean => pluggableNicTypes.includes(of(nic, 'type') ?? 'user');
// PS/2 ports have no plug; without a bus only a tablet is on another one.
const isPluggableInput = (input: XmlElement): boolean =>
  ['usb', 'virtio'].includes(of(input, 'bus') ?? (of(input, 'type') === 'tablet' ? 'usb' : 'ps2'));
const isPluggableController = (controller: XmlElement): boolean =>
  ['scsi', 'virtio-serial'].includes(of(controller, 'type') ?? '') || ['qemu-xhci', 'nec-xhci'].includes(of(controller, 'model') ?? '');
const isI6300 = (watchdog: XmlElement): boolean => of(watchdog, 'model') === 'i6300esb';

/**
 * The one list of what comes, goes and changes while a machine runs, by kind (libvirt: qemuDomainAttachDeviceLive,
 * qemuDomainDetachDeviceLive and qemuDomainUpdateDeviceLive in src/qemu/qemu_driver.c, as far as we do it).
 */
const liveChanges: Readonly<Record<DeviceKind, LiveChanges>> = {
  disk: { attach: onPluggableBus, detach: onPluggableBus, update: true },
  interface: { attach: isPluggableNic, detach: isPluggableNic, update: true },
  // The numbers of a daemon (EGD) come over a chardev, which only a start makes.
  rng: { ...fixed, attach: (device) => of(device, 'backend/model') !== 'egd', detach: always },
  input: { ...fixed, attach: isPluggableInput, detach: isPluggableInput },
  controller: { ...fixed, attach: isPluggableController, detach: isPluggableController },
  // QEMU has one action for all watchdogs, which only a start sets.
  watchdog: { ...fixed, attach: (device) => isI6300(device) && (of(device, 'action') ?? 'reset') === 'reset', detach: isI6300 },
  // A PCI sound card is several devices of QEMU’s; libvirt plugs none.
  sound: { ...fixed, attach: (device) => of(device, 'model') === 'usb', detach: (device) => of(device, 'model') === 'usb' },
  redirdev: { ...fixed, detach: always },
  audio: fixed,
  channel: fixed,
  console: fixed,
  // libvirt plugs none either.
  crypto: fixed,
  filesystem: fixed,
  graphics: fixed,
  hostdev: fixed,
  hub: fixed,
  iommu: fixed,
  memballoon: fixed,
  memory: fixed,
  other: fixed,
  panic: fixed,
  parallel: fixed,
  serial: fixed,
  shmem: fixed,
  smartcard: fixed,
  tpm: fixed,
  video: fixed,
  vsock: fixed,
};

const ofElement = ({ name }: XmlElement): LiveChanges => (Object.hasOwn(liveChanges, name) ? liveChanges[name as DeviceKind] : fixed);

/** Can this device be added to a machine that runs? */
export function attachesLive(device: XmlElement): boolean {
  return ofElement(device).attach(device);
}

/** Can this device be taken out of a machine that runs? Whether its guest lets go of it is another question (guest-lets-go.ts). */
export function detachesLive(device: XmlElement): boolean {
  return ofElement(device).detach(device);
}

/** Can parts of such a device be changed in place while its machine runs? */
export function updatesLive(device: XmlElement): boolean {
  return ofElement(device).update;
}
