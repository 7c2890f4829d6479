import type { Device } from '../../domain/domain.ts';
import { TapestryError } from '../../errors.ts';
import type { ReadingContext } from '../read/devices/interface.ts';
import { readDevice } from '../read/read-domain.ts';
import { applySplices, indentOf, insertionSplice, layoutOf, removalSplice } from '../xml/edit.ts';
import { fragment, renderFragment, type Fragment } from '../xml/fragment.ts';
import { attributeValue, childElements, firstChild, type XmlDocument, type XmlElement } from '../xml/nodes.ts';
import { parseXml } from '../xml/parse.ts';
import { elementAt, pathOf } from '../xml/path.ts';
import { reconcile } from '../xml/reconcile.ts';
import { renderDevice } from './registry.ts';

/** Devices in the order that libvirt writes them; a new one goes behind the last of its kind or of the kinds before it. */
export const deviceOrder: readonly string[] = [
  'emulator',
  'disk',
  'controller',
  'lease',
  'filesystem',
  'interface',
  'smartcard',
  'serial',
  'parallel',
  'console',
  'channel',
  'input',
  'tpm',
  'graphics',
  'sound',
  'audio',
  'video',
  'hostdev',
  'redirdev',
  'redirfilter',
  'hub',
  'watchdog',
  'memballoon',
  'rng',
  'nvram',
  'panic',
  'shmem',
  'memory',
  'crypto',
  'iommu',
  'vsock',
];

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

const place = (devices: XmlElement, name: string): XmlElement | undefined => {
  const rank = deviceOrder.indexOf(name);
  const before = childElements(devices).filter(
    (child) => child.name === name || (rank !== -1 && deviceOrder.indexOf(child.name) !== -1 && deviceOrder.indexOf(child.name) <= rank),
  );
  return before.at(-1) ?? (rank === -1 ? childElements(devices).at(-1) : undefined);
};

/** A document whose root holds `<devices>`, and that element. */
const withDevices = (document: XmlDocument): { document: XmlDocument; devices: XmlElement } => {
  const there = firstChild(document.root, 'devices');
  if (there !== undefined) return { document, devices: there };
  const made = applySplices(document, [
    insertionSplice(document, document.root, childElements(document.root).at(-1), [fragment('devices')]),
  ]);
  return { document: made, devices: mustFind(made, `/${made.root.name}/devices`) };
};

const insertDevice = (document: XmlDocument, device: Fragment): { document: XmlDocument; path: string } => {
  const { document: ready, devices } = withDevices(document);
  const after = place(devices, device.name);
  const edited = applySplices(ready, [insertionSplice(ready, devices, after, [device])]);
  const now = mustFind(edited, pathOf(devices));
  const position = after === undefined ? 0 : childElements(devices).indexOf(after) + 1;
  const element = childElements(now)[position];
  return { document: edited, path: element === undefined ? pathOf(now) : pathOf(element) };
};

/**
 * Adds a device behind the last of its kind. The model's `path` is not looked at.
 *
 * @returns the edited document and the new device's path in it
 * @throws TapestryError `unsupported-operation` for kinds without a writer
 */
export function addDevice(document: XmlDocument, device: Device): { document: XmlDocument; path: string } {
  return insertDevice(document, renderDevice(device));
}

/** The text of an element with its lines moved so that the first stands at `indent`. */
const reindented = (source: XmlDocument, element: XmlElement, indent: string, lineEnd: string): string => {
  const own = indentOf(source, element);
  return source.text
    .slice(element.start, element.end)
    .split(/\r\n|\r|\n/)
    .map((line, index) => (index === 0 ? line : line.startsWith(own) ? indent + line.slice(own.length) : line))
    .join(lineEnd);
};

/**
 * Adds a device given as XML (attach-device), as it is written.
 *
 * @throws TapestryError `xml-syntax` when it isn't well-formed, `xml-invalid` when it is no device
 */
export function addDeviceXml(document: XmlDocument, xml: string): { document: XmlDocument; path: string } {
  const source = parseXml(xml);
  if (!deviceOrder.includes(source.root.name)) {
    throw new TapestryError('xml-invalid', `<${source.root.name}> is no device.`, { path: `/${source.root.name}`, line: 1, column: 1 });
  }
  // A stand-in takes the place; then its text is replaced.
  const added = insertDevice(document, fragment(source.root.name));
  const element = mustFind(added.document, added.path);
  return { document: replaceElementText(added.document, element, source), path: added.path };
}

const replaceElementText = (document: XmlDocument, element: XmlElement, source: XmlDocument): XmlDocument => {
  const text = reindented(source, source.root, indentOf(document, element), layoutOf(document).lineEnd);
  return applySplices(document, [{ start: element.start, end: element.end, text }]);
};

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
  return replaceElementText(document, element, source);
}

/**
 * Removes the device at `path` with its lines.
 *
 * @throws TapestryError `not-found`
 */
export function removeDevice(document: XmlDocument, path: string): XmlDocument {
  const element = mustFind(document, path);
  return applySplices(document, [removalSplice(document, element)]);
}

/** XML of one device, as the form shows it beside itself. */
export function deviceXml(device: Device): string {
  return renderFragment(renderDevice(device));
}
