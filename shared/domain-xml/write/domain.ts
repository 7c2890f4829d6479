import type { Clock } from '../../domain/clock.ts';
import type { Cpu } from '../../domain/cpu.ts';
import type { Domain } from '../../domain/domain.ts';
import type { Features } from '../../domain/features.ts';
import type { Lifecycle } from '../../domain/lifecycle.ts';
import type { Os } from '../../domain/os.ts';
import { readDomain } from '../read/read-domain.ts';
import { applySplices, attributeSplice, insertionSplice, removalSplice, textSplice } from '../xml/edit.ts';
import { fragment, type Fragment } from '../xml/fragment.ts';
import { childElements, firstChild, textContent, type XmlDocument } from '../xml/nodes.ts';
import { reconcile } from '../xml/reconcile.ts';
import { renderClock, renderCpu, renderFeatures, renderOs } from './sections.ts';

/** Children of `<domain>` in the order that libvirt writes them. */
export const domainOrder: readonly string[] = [
  'name',
  'uuid',
  'genid',
  'title',
  'description',
  'metadata',
  'maxMemory',
  'memory',
  'currentMemory',
  'blkiotune',
  'memtune',
  'memoryBacking',
  'vcpu',
  'vcpus',
  'iothreads',
  'iothreadids',
  'defaultiothread',
  'cputune',
  'numatune',
  'resource',
  'sysinfo',
  'bootloader',
  'os',
  'idmap',
  'features',
  'cpu',
  'clock',
  'on_poweroff',
  'on_reboot',
  'on_crash',
  'on_lockfailure',
  'pm',
  'perf',
  'devices',
  'seclabel',
  'keywrap',
  'launchSecurity',
];

const insertTop = (document: XmlDocument, child: Fragment): XmlDocument => {
  const rank = domainOrder.indexOf(child.name);
  const before = childElements(document.root).filter(({ name }) => domainOrder.includes(name) && domainOrder.indexOf(name) <= rank);
  return applySplices(document, [insertionSplice(document, document.root, before.at(-1), [child])]);
};

/** Sets the text of a child of `<domain>`; undefined removes the child. */
const setText = (document: XmlDocument, name: string, text: string | undefined): XmlDocument => {
  const element = firstChild(document.root, name);
  if (element === undefined) return text === undefined ? document : insertTop(document, fragment(name, {}, text));
  if (text === undefined) return applySplices(document, [removalSplice(document, element)]);
  return textContent(element) === text ? document : applySplices(document, textSplice(element, text));
};

/** Writes a section of `<domain>` from what it was to what it shall be. */
const setSection = (document: XmlDocument, base: Fragment | undefined, target: Fragment): XmlDocument => {
  const element = firstChild(document.root, target.name);
  if (element === undefined) return insertTop(document, target);
  return applySplices(document, reconcile(document, element, base ?? fragment(target.name), target));
};

/** Renames the machine. */
export function setName(document: XmlDocument, name: string): XmlDocument {
  return setText(document, 'name', name);
}

/** Sets the UUID, lower case with dashes. */
export function setUuid(document: XmlDocument, uuid: string): XmlDocument {
  return setText(document, 'uuid', uuid);
}

/** Sets or removes the title, one line. */
export function setTitle(document: XmlDocument, title: string | undefined): XmlDocument {
  return setText(document, 'title', title || undefined);
}

/** Sets or removes the description. */
export function setDescription(document: XmlDocument, text: string | undefined): XmlDocument {
  return setText(document, 'description', text || undefined);
}

/** Sets the type: `kvm`, or `qemu` for emulation. */
export function setType(document: XmlDocument, type: 'kvm' | 'qemu'): XmlDocument {
  return applySplices(document, attributeSplice(document, document.root, 'type', type));
}

const setKiB = (document: XmlDocument, name: string, kib: number, was: number): XmlDocument => {
  const element = firstChild(document.root, name);
  if (element === undefined) return insertTop(document, fragment(name, { unit: 'KiB' }, String(kib)));
  // A size that stays keeps its unit.
  if (kib === was) return document;
  return applySplices(document, [...attributeSplice(document, element, 'unit', 'KiB'), ...textSplice(element, String(kib))]);
};

/**
 * Sets the memory, KiB. `current` (what the balloon leaves) defaults to what the XML says, or `size` where that was the same as
 * the old size; it is never more than `size`.
 */
export function setMemory(document: XmlDocument, size: number, current?: number): XmlDocument {
  const { memory } = readDomain(document).domain;
  const wanted = Math.min(size, current ?? (memory.current === memory.size ? size : memory.current));
  const sized = setKiB(document, 'memory', size, memory.size);
  if (firstChild(sized.root, 'currentMemory') === undefined && wanted === size) return sized;
  return setKiB(sized, 'currentMemory', wanted, memory.current);
}

/** Sets the vCPUs: the most there can be, and how many there are at boot (default: all). A topology is not touched. */
export function setVcpus(document: XmlDocument, max: number, current = max): XmlDocument {
  const element = firstChild(document.root, 'vcpu');
  const now = current < max ? String(current) : undefined;
  if (element === undefined) return insertTop(document, fragment('vcpu', { current: now }, String(max)));
  const { vcpus } = readDomain(document).domain;
  return applySplices(document, [
    ...(now === undefined && vcpus.current !== vcpus.max ? attributeSplice(document, element, 'current', undefined) : []),
    ...(now === undefined ? [] : attributeSplice(document, element, 'current', now)),
    ...(vcpus.max === max && textContent(element).trim() !== '' ? [] : textSplice(element, String(max))),
  ]);
}

/** Writes an edited `<os>`. */
export function setOs(document: XmlDocument, os: Os): XmlDocument {
  return setSection(document, renderOs(readDomain(document).domain.os), renderOs(os));
}

/** Writes edited `<features>`. */
export function setFeatures(document: XmlDocument, features: Features): XmlDocument {
  return setSection(document, renderFeatures(readDomain(document).domain.features), renderFeatures(features));
}

/** Writes an edited `<cpu>`; undefined removes it. */
export function setCpu(document: XmlDocument, cpu: Cpu | undefined): XmlDocument {
  const before = readDomain(document).domain.cpu;
  if (cpu === undefined) return setText(document, 'cpu', undefined);
  return setSection(document, before === undefined ? undefined : renderCpu(before), renderCpu(cpu));
}

/** Writes an edited `<clock>`. */
export function setClock(document: XmlDocument, clock: Clock): XmlDocument {
  return setSection(document, renderClock(readDomain(document).domain.clock), renderClock(clock));
}

/** Writes `on_poweroff`, `on_reboot`, `on_crash`; what stays at libvirt's default and isn't there is not written. */
export function setLifecycle(document: XmlDocument, lifecycle: Pick<Lifecycle, 'onPoweroff' | 'onReboot' | 'onCrash'>): XmlDocument {
  const { lifecycle: before } = readDomain(document).domain;
  let edited = document;
  for (const [key, name] of [
    ['onPoweroff', 'on_poweroff'],
    ['onReboot', 'on_reboot'],
    ['onCrash', 'on_crash'],
  ] as const) {
    if (before[key] !== lifecycle[key]) edited = setText(edited, name, lifecycle[key]);
  }
  return edited;
}

/** The domain of a document, for callers that don't need the problems. */
export function domainOf(document: XmlDocument, live = false): Domain {
  return readDomain(document, { live }).domain;
}
