import { elementMarks, pairDevices } from '../../shared/domain-xml/device-identity.ts';
import { attributeValue, childElements, firstChild, type XmlDocument, type XmlElement } from '../../shared/domain-xml/xml/nodes.ts';
import { pathOf } from '../../shared/domain-xml/xml/path.ts';
import { IconHelpHexagon } from '@tabler/icons-react';
import { boot } from './boot/boot.ts';
import { cpu } from './cpu/cpu.ts';
import { memory } from './memory/memory.ts';
import { overview } from './overview/overview.ts';
import { knownEditor, placeOfKind } from './registry.ts';
import type { DeviceEditor, DeviceIcon } from '../forms/types.ts';
import { readPlace } from '../xml/edits.ts';
import { saysTheSame } from '../forms/same-device.ts';

/** One row of the device list. */
export interface DeviceEntry {
  /** In the route: `overview`, `disk-vda`, `interface-52:54:00:…`, `controller-0`. */
  readonly key: string;
  readonly title: string;
  readonly aside: string | undefined;
  readonly editor: DeviceEditor;
  readonly Icon: DeviceIcon;
  /** Path in the stored definition; undefined for a device that only runs. */
  readonly path: string | undefined;
  readonly stored: XmlElement | undefined;
  readonly live: XmlElement | undefined;
  /** added: runs only from the next start on; removed: runs until the next shutdown; changed: differs. */
  readonly state: 'same' | 'changed' | 'added' | 'removed';
  /** It is what another row shows already: the console that is the first serial port. No list shows it by itself. */
  readonly twin?: boolean;
}

const unknownDevice: DeviceEditor = {
  Icon: IconHelpHexagon,
  title: (element) => element.name,
  aside: (element) => attributeValue(element, 'type') ?? attributeValue(element, 'model'),
  add: [],
};

/** The parts of a domain that are no devices. */
const parts: readonly (readonly [key: string, editor: DeviceEditor])[] = [
  ['overview', overview],
  ['cpu', cpu],
  ['memory', memory],
  ['boot', boot],
];

/** Elements of `<devices>` that are settings, not devices. */
const noDevices = new Set(['emulator']);

/** The editor of an element of `<devices>`. */
export function editorOf(element: XmlElement): DeviceEditor {
  return knownEditor(element.name) ?? unknownDevice;
}

interface Found {
  readonly key: string;
  readonly element: XmlElement;
  /** Its place among its kind, or the port's number, from 0. */
  readonly index: number;
}

const portOf = (element: XmlElement): number | undefined => {
  const port = Number(readPlace(element, 'target/@port') ?? 'none');
  return Number.isInteger(port) ? port : undefined;
};

/** Kinds that people count by their port. */
const ports = new Set(['serial', 'parallel']);

/** A port without a number gets the next one behind the highest, as a start does it. */
function numberPorts(elements: readonly XmlElement[]): ReadonlyMap<XmlElement, number> {
  const numbers = new Map<XmlElement, number>();
  for (const kind of ports) {
    const own = elements.filter(({ name }) => name === kind);
    let last = Math.max(-1, ...own.map((element) => portOf(element) ?? -1));
    for (const element of own) numbers.set(element, portOf(element) ?? (last += 1));
  }
  return numbers;
}

/** What names a device in a route: what its kind has once only, else its place among its kind in this XML. */
const nameOf = (element: XmlElement, index: number): string =>
  `${element.name}-${(element.name === 'disk' || element.name === 'interface' ? elementMarks(element).target : undefined) ?? String(index)}`;

function devicesOf(document: XmlDocument | undefined): readonly Found[] {
  const devices = document && firstChild(document.root, 'devices');
  if (!devices) return [];
  const elements = childElements(devices).filter((element) => !noDevices.has(element.name));
  const numbers = numberPorts(elements);
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  const found = elements.map((element) => {
    const place = counts.get(element.name) ?? 0;
    counts.set(element.name, place + 1);
    const index = numbers.get(element) ?? place;
    const wanted = nameOf(element, index);
    // Two devices may claim one identity in a definition that is wrong; both are still shown.
    const key = seen.has(wanted) ? `${wanted}~${String(place)}` : wanted;
    seen.add(key);
    return { key, element, index };
  });
  return found.toSorted((a, b) => placeOfKind(a.element.name) - placeOfKind(b.element.name));
}

/** The console of type serial and the first serial port are one and the same (formatdomain, "Console"). */
const isTwin = (element: XmlElement, all: readonly Found[]): boolean =>
  element.name === 'console' &&
  (readPlace(element, 'target/@type') ?? 'serial') === 'serial' &&
  all.some((one) => one.element.name === 'serial') &&
  all.find((one) => one.element.name === 'console')?.element === element;

/** libvirt adds what a machine has anyway to the live XML: that is no pending removal. */
const isImplicit = (element: XmlElement): boolean => {
  const of = (name: string) => attributeValue(element, name);
  switch (element.name) {
    case 'controller':
      return of('type') === 'pci' || Number(of('index') ?? 0) === 0;
    case 'console':
      return (readPlace(element, 'target/@type') ?? 'serial') === 'serial';
    case 'input':
      return of('bus') === 'ps2';
    case 'watchdog':
      return of('model') === 'itco';
    default:
      return element.name === 'audio' || element.name === 'memballoon';
  }
};

/** All rows: the domain's parts, then its devices, those that are stored and those that run. Pure. */
export function deviceList(stored: XmlDocument | undefined, live: XmlDocument | undefined): readonly DeviceEntry[] {
  const root = stored?.root ?? live?.root;
  if (!root) return [];
  const domain = parts.map(([key, editor]): DeviceEntry => ({
    key,
    title: editor.title(root, 0),
    aside: editor.aside?.(root),
    editor,
    Icon: editor.Icon,
    path: stored ? '/domain' : undefined,
    stored: stored?.root,
    live: live?.root,
    state: 'same',
  }));
  const [own, running] = [devicesOf(stored), devicesOf(live)];
  const elements = (found: readonly Found[]) => found.map(({ element }) => element);
  const pairs = pairDevices(elements(own), elements(running), elementMarks, saysTheSame);
  const runs = new Map(running.map((one) => [one.element, one]));
  const row = (one: Found, more: Pick<DeviceEntry, 'key' | 'path' | 'stored' | 'live' | 'state'>, index: number): DeviceEntry => {
    const editor = editorOf(one.element);
    return {
      title: editor.title(one.element, index),
      aside: editor.aside?.(one.element, index),
      editor,
      Icon: editor.iconOf?.(one.element) ?? editor.Icon,
      ...more,
      ...(isTwin(one.element, more.stored ? own : running) ? { twin: true } : {}),
    };
  };
  const added = new Map<string, number>();
  const rows = own.map((one): DeviceEntry => {
    const { key, element } = one;
    const twin = pairs.get(element);
    const other = twin && runs.get(twin);
    // While a machine runs, its devices keep the numbers that they run with; what comes is counted on.
    let index = other?.index ?? one.index;
    if (live && !other && !ports.has(element.name)) {
      const before = added.get(element.name) ?? running.filter((found) => found.element.name === element.name).length;
      added.set(element.name, before + 1);
      index = before;
    }
    const state = !live || isTwin(element, own) ? 'same' : !twin ? 'added' : saysTheSame(element, twin) ? 'same' : 'changed';
    return row(one, { key, path: pathOf(element), stored: element, live: twin, state }, index);
  });
  const taken = new Set(rows.map(({ key }) => key));
  const known = new Set(pairs.values());
  const removed = running
    .filter(({ element }) => !known.has(element) && (!stored || !isImplicit(element)))
    .map((one): DeviceEntry => {
      const { key, element, index } = one;
      const own = taken.has(key) ? `${key}~runs` : key;
      return row(one, { key: own, path: undefined, stored: undefined, live: element, state: stored ? 'removed' : 'same' }, index);
    });
  return [...domain, ...rows, ...removed];
}

/** The row that a route names: by key, or by a path below `<devices>` (`interface[2]`) as errors name it. */
export function findEntry(entries: readonly DeviceEntry[], name: string | undefined): DeviceEntry | undefined {
  if (name === undefined) return entries[0];
  const plain = (path: string | undefined) => path?.replace(/\[1\]$/, '');
  return entries.find((entry) => entry.key === name) ?? entries.find((entry) => plain(entry.path) === plain(`/domain/devices/${name}`));
}
