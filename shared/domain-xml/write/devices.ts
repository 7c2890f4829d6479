import { elementOrder } from '../../domain/device-kinds.ts';
import type { Device } from '../../domain/domain.ts';
import { TapestryError } from '../../errors.ts';
import type { ReadingContext } from '../read/devices/interface.ts';
import { readDevice } from '../read/read-domain.ts';
import { textOf, withDevice, withoutElement, withReplaced } from '../edit/texts.ts';
import { applySplices } from '../xml/edit.ts';
import { renderFragment } from '../xml/fragment.ts';
import { attributeValue, childElements, firstChild, type XmlDocument, type XmlElement } from '../xml/nodes.ts';
import { parseXml } from '../xml/parse.ts';
import { elementAt, pathOf } from '../xml/path.ts';
import { reconcile } from '../xml/reconcile.ts';
import { renderDevice } from './registry.ts';

/** What a device's reader needs to know of the domain it stands in. */
export function contextOf(document: XmlDocument): ReadingContext {
  const os = firstChild(document.root, 'os');
  const type = os === undefined ? undefined : firstChild(os, 'type');
  const arch = type === undefined ? undefined : attributeValue(type, 'arch');
  const machine = type === undefined ? undefined : attributeValue(type, 'machine');
  return { ...(arch === undefined ? {} : { arch }), ...(machine === undefined ? {} : { machine }) };
}

const mustFind = (document: XmlDocument, path: string): XmlElement => {
  const element = elementAt(document, path);
  if (element === undefined) {
    throw new TapestryError('not-found', `There is no ${path} in this machine.`, {
      path,
      next: 'The machine changed meanwhile: look at it again.',
    });
  }
  return element;
};

/**
 * Writes an edited device over the one at `path`. Only what differs from the device as it was read changes in the text.
 *
 * @throws TapestryError `not-found` when nothing is there, `unsupported-operation` for kinds without a writer
 */
export function updateDevice(document: XmlDocument, path: string, device: Device): XmlDocument {
  const element = mustFind(document, path);
  const { device: before } = readDevice(document, element, contextOf(document));
  if (before === undefined || before.kind !== device.kind) {
    throw new TapestryError('invalid', `${path} is no <${device.kind}>.`, { path });
  }
  const target = renderDevice(device);
  return applySplices(document, reconcile(document, element, renderDevice(before), target));
}

/** The device that stands behind the others of its kind, where a new one of it was put. */
const newest = (document: XmlDocument, name: string): string => {
  const devices = firstChild(document.root, 'devices');
  const element = devices === undefined ? undefined : childElements(devices, name).at(-1);
  return element === undefined ? '/domain/devices' : pathOf(element);
};

/**
 * Adds a device behind the last of its kind. The model's `path` is not looked at.
 *
 * @returns the edited document and the new device's path in it
 * @throws TapestryError `unsupported-operation` for kinds without a writer
 */
export function addDevice(document: XmlDocument, device: Device): { document: XmlDocument; path: string } {
  const fragment = renderDevice(device);
  const edited = withDevice(document, renderFragment(fragment));
  return { document: edited, path: newest(edited, fragment.name) };
}

/**
 * Adds a device given as XML (attach-device), as it is written.
 *
 * @throws TapestryError `xml-syntax` when it isn't well-formed, `xml-invalid` when it is no device
 */
export function addDeviceXml(document: XmlDocument, xml: string): { document: XmlDocument; path: string } {
  const source = parseXml(xml);
  const { name } = source.root;
  if (!(elementOrder as readonly string[]).includes(name)) {
    throw new TapestryError('xml-invalid', `<${name}> is no device.`, { path: `/${name}`, line: 1, column: 1 });
  }
  const edited = withDevice(document, textOf(source, source.root));
  return { document: edited, path: newest(edited, name) };
}

/**
 * Replaces a device by another given as XML (update-device of a stored definition).
 *
 * @throws TapestryError `not-found`, `xml-syntax`, or `invalid` when it is another kind of element
 */
export function replaceDeviceXml(document: XmlDocument, path: string, xml: string): XmlDocument {
  const element = mustFind(document, path);
  const source = parseXml(xml);
  if (source.root.name !== element.name)
    throw new TapestryError('invalid', `A <${source.root.name}> cannot take the place of <${element.name}>.`, { path });
  return withReplaced(document, element, textOf(source, source.root));
}

/**
 * Removes the device at `path` with its lines.
 *
 * @throws TapestryError `not-found`
 */
export function removeDevice(document: XmlDocument, path: string): XmlDocument {
  const element = mustFind(document, path);
  return withoutElement(document, element);
}

/** XML of one device, as the form shows it beside itself. */
export function deviceXml(device: Device): string {
  return renderFragment(renderDevice(device));
}
