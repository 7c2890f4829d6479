import type { Device } from '../../../domain/domain.ts';
import { attributeValue, firstChild, type XmlElement } from '../../xml/nodes.ts';

/** Kinds by which a definition says that there is no such device, though libvirt or the machine type would add one. */
const kinds: ReadonlySet<string> = new Set(['controller', 'video', 'memballoon']);

/**
 * Does this device say that there is none: a USB controller, a video card or a balloon of the model `none` (formatdomain)? What isn't there sits
 * nowhere, whatever address was left at it.
 */
const isAbsent = (device: Device): boolean => kinds.has(device.kind) && 'model' in device && device.model === 'none';

/** As {@link isAbsent}, of the element. */
export function isAbsentElement(element: XmlElement): boolean {
  if (!kinds.has(element.name)) return false;
  const model = element.name === 'video' ? firstChild(element, 'model') : element;
  return model !== undefined && attributeValue(model, element.name === 'video' ? 'type' : 'model') === 'none';
}

/** A device without the address that it can't have. */
export function placed(device: Device): Device {
  if (!isAbsent(device) || !('address' in device)) return device;
  const { address: _, ...rest } = device;
  return rest as Device;
}
