import { randomUUID } from 'node:crypto';
import {
  childElements,
  firstChild,
  generateMac,
  parseUuid,
  withoutGenerated,
  textContent,
  type GeneratedOptions,
  type Problem,
  type XmlElement,
} from '../../../../shared/domain-xml/index.ts';
import { declareUtf8 } from '../../../../shared/domain-xml/xml/decode.ts';
import { childAttribute } from '../../../../shared/domain-xml/edit/texts.ts';
import { osinfoIdOf } from '../../../../shared/domain-xml/read/libosinfo.ts';
import { applySplices } from '../../../../shared/domain-xml/xml/edit.ts';
import { setName, setUuid } from '../../../../shared/domain-xml/write/domain.ts';
import type { ChardevSource, Domain, Interface } from '../../../../shared/domain/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { fileOf } from '../../../qemu/plan/planned-image.ts';
import { macOf } from './find-device.ts';
import { parsedDefinition, readingOf } from './parsed-definition.ts';
import type { DefinitionFacts } from '../ports/ports.ts';

const throwProblem = (problem: Problem, all: readonly Problem[]): never => {
  const { path, line, column, message } = problem;
  throw new TapestryError('xml-invalid', message, {
    path,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    next: 'Correct this part of the XML.',
    issues: all.map((one) => ({ path: one.path, message: one.message })),
  });
};

/** Reads a definition and refuses what breaks libvirt's rules at define time. @throws TapestryError `xml-syntax`, `xml-forbidden`, `xml-invalid` */
export function readDefinition(xml: string): Domain {
  const { domain, problems } = readingOf(xml);
  const errors = problems.filter((problem) => problem.severity === 'error');
  const [first] = errors;
  if (first !== undefined) throwProblem(first, errors);
  return domain;
}

const textOfChild = (root: XmlElement, name: string): string | undefined => {
  const element = firstChild(root, name);
  return element === undefined ? undefined : textContent(element);
};

/** Name and UUID of a definition, whatever else may be wrong with it. @throws TapestryError `xml-*` */
export function identifyDefinition(xml: string): { readonly uuid: string; readonly name: string } {
  const { root } = parsedDefinition(xml);
  if (root.name !== 'domain')
    throw new TapestryError('xml-invalid', `A machine's XML begins with <domain>, not <${root.name}>.`, { path: `/${root.name}` });
  const name = textOfChild(root, 'name');
  if (name === undefined || name.trim() === '')
    throw new TapestryError('xml-invalid', 'The machine needs a <name>.', { path: '/domain/name' });
  const uuid = parseUuid(textOfChild(root, 'uuid')?.trim() ?? '');
  if (uuid === undefined) throw new TapestryError('xml-invalid', 'The machine needs a <uuid>.', { path: '/domain/uuid' });
  return { uuid, name };
}

/**
 * The definition without what libvirt's daemon or a start of ours had generated in it; the same text where nothing was.
 * @param options what of it stays
 * @throws TapestryError `xml-syntax`, `xml-forbidden`
 */
export function inactiveOf(xml: string, options: GeneratedOptions = {}): string {
  return withoutGenerated(parsedDefinition(xml), options).text;
}

/**
 * Fills in what a definition gets when it is defined and must not change afterwards: its UUID and the MACs of its NICs; leaves out what was
 * generated for a run. The text is kept as UTF-8, and says so where it named another encoding.
 */
export function completeDefinition(xml: string): string {
  let document = parsedDefinition(declareUtf8(xml));
  if (document.root.name !== 'domain') return document.text;
  document = withoutGenerated(document);
  if ((textOfChild(document.root, 'uuid') ?? '').trim() === '') document = setUuid(document, randomUUID());
  const devices = firstChild(document.root, 'devices');
  const nics = devices === undefined ? [] : childElements(devices, 'interface').filter((nic) => macOf(nic) === undefined);
  return applySplices(
    document,
    nics.flatMap((nic) => childAttribute(document, nic, 'mac', 'address', generateMac())),
  ).text;
}

/** Gives a definition another name. */
export function renameDefinition(xml: string, name: string): string {
  return setName(parsedDefinition(xml), name).text;
}

/** Can a viewer type there? A port that writes into a file can only be read. */
const isInteractive = (source: ChardevSource): boolean =>
  source.type === 'pty' || (source.type === 'unix' && source.mode === 'bind') || (source.type === 'tcp' && source.mode === 'bind');

const consolesOf = (domain: Domain): DefinitionFacts['consoles'] => {
  const { serials, consoles } = domain.devices;
  const ports = serials.map(({ source, alias }, index) => ({
    alias: alias?.startsWith('ua-') === true ? alias : `serial${index}`,
    label: `Serial ${index + 1}`,
    interactive: isInteractive(source),
  }));
  const [first] = consoles;
  // A console of type serial without a <serial> is the first serial port.
  if (ports.length === 0 && first !== undefined && (first.targetType ?? 'serial') === 'serial') {
    ports.push({ alias: 'serial0', label: 'Serial 1', interactive: isInteractive(first.source) });
  }
  const others = consoles.flatMap(({ source, targetType }, index) =>
    targetType === 'virtio' ? [{ alias: `console${index}`, label: `Console ${index}`, interactive: isInteractive(source) }] : [],
  );
  return [...ports, ...others];
};

/** What a NIC's source names, where that is a word that people know it by. */
const plugOf = ({ source, target }: Interface): string | null => {
  switch (source.type) {
    case 'bridge':
      return source.bridge;
    case 'network':
      return source.network;
    case 'ethernet':
      return target ?? null;
    case 'direct':
    case 'vdpa':
      return source.dev;
    default:
      return null;
  }
};

/** What lists and life cycle need of a definition. @throws TapestryError `xml-*` */
export function factsOfDefinition(xml: string): DefinitionFacts {
  const domain = readDefinition(xml);
  if (domain.uuid === undefined) throw new TapestryError('xml-invalid', 'The machine needs a <uuid>.', { path: '/domain/uuid' });
  const { title, description } = domain;
  const os = osinfoIdOf(parsedDefinition(xml).root);
  return {
    uuid: domain.uuid,
    name: domain.name,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    vcpus: domain.vcpus.current,
    memoryKiB: domain.memory.current,
    maxMemoryKiB: domain.memory.size,
    type: domain.type === 'kvm' || domain.type === 'qemu' ? domain.type : 'other',
    arch: domain.os.arch ?? 'x86_64',
    machine: domain.os.machine ?? '',
    ...(os === undefined ? {} : { os }),
    macs: domain.devices.interfaces.flatMap(({ mac }) => (mac === undefined ? [] : [mac])),
    networks: domain.devices.interfaces.map((nic) => ({ type: nic.type, source: plugOf(nic) })),
    consoles: consolesOf(domain),
    lifecycle: domain.lifecycle,
  };
}

/** What a list shows of a definition that can't be used. */
export function unusableFacts({ uuid, name }: { readonly uuid: string; readonly name: string }): DefinitionFacts {
  return {
    uuid,
    name,
    vcpus: 0,
    memoryKiB: 0,
    maxMemoryKiB: 0,
    type: 'other',
    arch: '',
    machine: '',
    macs: [],
    consoles: [],
    lifecycle: { onPoweroff: 'destroy', onReboot: 'restart', onCrash: 'destroy' },
  };
}

/** Paths of the disk images that a definition names. */
export function imagesOfDefinition(xml: string): readonly string[] {
  try {
    return readingOf(xml).domain.devices.disks.flatMap(({ source }) => fileOf(source) ?? []);
  } catch (error) {
    if (error instanceof TapestryError) return []; // not XML: it names nothing
    throw error;
  }
}

/** Path of the file of UEFI variables that a definition names, if it does. */
export function variablesOfDefinition(xml: string): string | undefined {
  try {
    const { nvram } = readingOf(xml).domain.os;
    return nvram?.file ?? (nvram?.source?.type === 'file' ? nvram.source.file : undefined);
  } catch (error) {
    if (error instanceof TapestryError) return undefined; // not XML: it names nothing
    throw error;
  }
}
