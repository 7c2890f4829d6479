import { attributeValue, childElements, firstChild, type XmlDocument, type XmlElement } from '../../shared/domain-xml/xml/nodes.ts';
import { pathOf } from '../../shared/domain-xml/xml/path.ts';
import { IconHelpHexagon } from '@tabler/icons-react';
import { boot } from '../devices/boot/boot.ts';
import { cpu } from '../devices/cpu/cpu.ts';
import { memory } from '../devices/memory/memory.ts';
import { overview } from '../devices/overview/overview.ts';
import { deviceEditors } from '../devices/registry.ts';
import type { DeviceEditor, DeviceIcon } from '../devices/types.ts';
import { saysTheSame } from './same-device.ts';

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
}

const unknownDevice: DeviceEditor = {
  Icon: IconHelpHexagon,
  title: (element) => element.name,
  aside: (element) => attributeValue(element, 'type') ?? attributeValue(element, 'model'),
};

/** The parts of a domain that are no devices. */
const parts: readonly (readonly [key: string, editor: DeviceEditor])[] = [
  ['overview', overview],
  ['cpu', cpu],
  ['memory', memory],
  ['boot', boot],
];

/** Order of the kinds in the list, as people know it; others follow in XML order. */
const order =
  'disk interface input graphics sound serial parallel console channel hostdev redirdev video watchdog filesystem tpm rng memballoon'.split(
    ' ',
  );

/** Elements of `<devices>` that are settings, not devices. */
const noDevices = new Set(['emulator']);

/** The editor of an element of `<devices>`. */
export const editorOf = (element: XmlElement): DeviceEditor => deviceEditors[element.name] ?? unknownDevice;

interface Found {
  readonly key: string;
  readonly element: XmlElement;
  readonly index: number;
}

function devicesOf(document: XmlDocument | undefined): readonly Found[] {
  const devices = document && firstChild(document.root, 'devices');
  if (!devices) return [];
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  const found = childElements(devices)
    .filter((element) => !noDevices.has(element.name))
    .map((element) => {
      const index = counts.get(element.name) ?? 0;
      counts.set(element.name, index + 1);
      const wanted = `${element.name}-${editorOf(element).identity?.(element) ?? String(index)}`;
      // Two devices may claim one identity in a definition that is wrong; both are still shown.
      const key = seen.has(wanted) ? `${wanted}~${String(index)}` : wanted;
      seen.add(key);
      return { key, element, index };
    });
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length + (name === 'controller' ? 1 : 0));
  return found.toSorted((a, b) => rank(a.element.name) - rank(b.element.name));
}

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
  const running = new Map(devicesOf(live).map((one) => [one.key, one]));
  const rows = devicesOf(stored).map(({ key, element, index }): DeviceEntry => {
    const editor = editorOf(element);
    const own = running.get(key);
    running.delete(key);
    return {
      key,
      title: editor.title(element, index),
      aside: editor.aside?.(element),
      editor,
      Icon: editor.iconOf?.(element) ?? editor.Icon,
      path: pathOf(element),
      stored: element,
      live: own?.element,
      state: !live ? 'same' : !own ? 'added' : saysTheSame(element, own.element) ? 'same' : 'changed',
    };
  });
  // libvirt adds what a machine has anyway (controllers, a keyboard) to the live XML: that is no pending removal.
  const left = [...running.values()].filter(
    ({ element }) => !stored || !['controller', 'console', 'input', 'audio', 'memballoon', 'watchdog'].includes(element.name),
  );
  const removed = left.map(({ key, element, index }): DeviceEntry => {
    const editor = editorOf(element);
    return {
      key,
      title: editor.title(element, index),
      aside: editor.aside?.(element),
      editor,
      Icon: editor.iconOf?.(element) ?? editor.Icon,
      path: undefined,
      stored: undefined,
      live: element,
      state: stored ? 'removed' : 'same',
    };
  });
  return [...domain, ...rows, ...removed];
}

/** The row that a route names: by key, or by a path below `<devices>` (`interface[2]`) as errors name it. */
export function findEntry(entries: readonly DeviceEntry[], name: string | undefined): DeviceEntry | undefined {
  if (name === undefined) return entries[0];
  const plain = (path: string | undefined) => path?.replace(/\[1\]$/, '');
  return entries.find((entry) => entry.key === name) ?? entries.find((entry) => plain(entry.path) === plain(`/domain/devices/${name}`));
}
