import { attributeValue, childElements, firstChild, type XmlDocument, type XmlElement } from '../../shared/domain-xml/xml/nodes.ts';
import { readPlace } from '../xml/edits.ts';
import { deviceList } from '../devices/device-list.ts';

const devicesOf = (document: XmlDocument): readonly XmlElement[] => {
  const devices = firstChild(document.root, 'devices');
  return devices ? childElements(devices) : [];
};

/** Disk buses by the type of the controller that carries them. */
const busOf: Readonly<Record<string, string>> = { scsi: 'scsi', sata: 'sata', ide: 'ide', fdc: 'fdc' };

const isOn = (device: XmlElement, type: string, index: number): boolean => {
  const at = (name: string) => readPlace(device, `address/@${name}`);
  switch (type) {
    case 'pci':
      return at('type') === 'pci' && at('bus') !== undefined && Number(at('bus')) === index;
    case 'usb':
      return at('type') === 'usb' && Number(at('bus') ?? 0) === index;
    case 'virtio-serial':
    case 'ccid':
      return at('type') === type && Number(at('controller') ?? 0) === index;
    default:
      return (
        busOf[type] !== undefined &&
        at('type') === 'drive' &&
        (readPlace(device, 'target/@bus') ?? 'scsi') === busOf[type] &&
        Number(at('controller') ?? 0) === index
      );
  }
};

const controllerRefusal = (document: XmlDocument, element: XmlElement): string | undefined => {
  const type = attributeValue(element, 'type') ?? '';
  const index = Number(attributeValue(element, 'index') ?? 0);
  if (type === 'pci' && (attributeValue(element, 'model') ?? '').endsWith('-root')) return 'Every machine of its kind has it';
  const carried = deviceList(document, undefined).filter(
    ({ stored }) => stored && stored !== element && stored !== document.root && isOn(stored, type, index),
  );
  const [first] = carried;
  if (first) return `It carries ${first.title}${carried.length === 1 ? '' : ` and ${String(carried.length - 1)} more`}`;
  // QEMU's q35 and libvirt both give a machine these, asked or not.
  if (type === 'usb' && index === 0 && attributeValue(element, 'model') !== 'none')
    return 'Every PC has one: choose the model “No USB” to be without it';
  const isQ35 = (readPlace(document.root, 'os/type/@machine') ?? '').includes('q35');
  return (type === 'sata' && index === 0 && isQ35) || (type === 'ide' && index === 0 && !isQ35)
    ? 'It is built into this machine type'
    : undefined;
};

/**
 * Why a device can't be taken out of a definition: it would be there again as soon as the definition is stored (libvirt completes a PC with
 * them, and so do we), or others sit on it. Undefined for one that can go. Pure.
 */
export function removalRefusal(document: XmlDocument, element: XmlElement): string | undefined {
  const devices = devicesOf(document);
  const of = (name: string) => attributeValue(element, name);
  const hasScreen = devices.some(({ name }) => name === 'graphics');
  switch (element.name) {
    case 'input':
      return hasScreen && of('bus') === 'ps2' && (of('type') === 'mouse' || of('type') === 'keyboard')
        ? 'Every PC with a screen has it'
        : undefined;
    case 'memballoon':
      return 'Every machine has one: choose the model “No balloon” to be without it';
    case 'video':
      return hasScreen && devices.filter(({ name }) => name === 'video').length === 1
        ? 'A machine with a screen has a video card'
        : undefined;
    case 'controller':
      return controllerRefusal(document, element);
    default:
      return undefined;
  }
}

/**
 * The paths that go with a device: its own, and of the first serial port also the console that is the same port, since a console alone
 * would make the port anew (libvirt: virDomainChrRemove). In document order. Pure.
 */
export function pathsToRemove(document: XmlDocument, path: string): readonly string[] {
  const entries = deviceList(document, undefined);
  const own = entries.find((entry) => entry.path === path);
  const [first] = devicesOf(document).filter(({ name }) => name === 'serial');
  if (!own?.stored || own.stored !== first) return [path];
  return [path, ...entries.flatMap((entry) => (entry.twin === true && entry.path !== undefined ? [entry.path] : []))];
}
