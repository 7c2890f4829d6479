import { devicesByKind, singleElements } from '../../domain/device-kinds.ts';
import type { Device, Devices, Domain } from '../../domain/domain.ts';
import { made } from '../../domain/made.ts';
import { checkDomain } from './checks/domain.ts';
import { placed } from './devices/absent.ts';
import type { ReadingContext } from './devices/interface.ts';
import { readRedirFilter } from './devices/other-hardware.ts';
import { deviceReaders } from './devices/registry.ts';
import { readSecurityLabels } from './devices/seclabel.ts';
import { Findings, type Problem } from './reader/findings.ts';
import { Reader } from './reader/reader.ts';
import { readClock, readLifecycle } from './sections/clock.ts';
import { readCpu } from './sections/cpu.ts';
import { readLaunchSecurity, readQemuExtras } from './sections/extras.ts';
import { readFeatures } from './sections/features.ts';
import { readMemory } from './sections/memory.ts';
import { readOs, readSysInfo } from './sections/os.ts';
import { readBlkioTune, readCpuTune, readIoThreads, readNumaTune, readVcpus } from './sections/vcpu.ts';
import { childElements, type XmlDocument, type XmlElement } from '../xml/nodes.ts';
import { pathOf } from '../xml/path.ts';

/** What reading a domain gives. */
export interface ReadDomain {
  readonly domain: Domain;
  /**
   * In document order. `error`: breaks a rule of libvirt's at define time, a define refuses it; `unsupported`: valid to define,
   * refused at a start; `warning`: legal and without effect.
   */
  readonly problems: readonly Problem[];
  /** Paths of elements, attributes and text that nobody understood: kept by every edit, refused by a start. */
  readonly unclaimed: readonly string[];
}

const readDevices = (domain: Reader, context: ReadingContext): Devices => {
  const reader = domain.child('devices');
  const all: Device[] = [];
  for (const element of reader === undefined ? [] : childElements(reader.element)) {
    const read = deviceReaders.get(element.name);
    if (read === undefined) continue;
    all.push(placed(read(new Reader(element, domain.findings), context)));
  }
  for (const name of singleElements) {
    const second = reader === undefined ? undefined : childElements(reader.element, name)[1];
    if (second !== undefined) domain.findings.add('error', pathOf(second), `There can be one <${name}> only.`);
  }
  return made<Devices>({
    emulator: reader?.childText('emulator'),
    redirFilter: readRedirFilter(reader?.child('redirfilter')),
    ...devicesByKind(all),
  });
};

const readName = (domain: Reader): string => {
  const name = domain.child('name');
  const text = name?.rawText() ?? '';
  if (text.trim() === '') (name ?? domain).error('The machine needs a <name>.');
  else if (text.includes('/')) name?.error(`The name '${text}' holds a slash, which no machine's name can.`);
  else if (text.includes('\n')) name?.error('The name holds a line break.');
  return text;
};

const readPerf = (domain: Reader): Domain['perfEvents'] =>
  (domain.child('perf')?.children('event') ?? []).map((event) => ({
    name: event.required('name'),
    enabled: event.requiredOneOf('enabled', ['yes', 'no'], 'no') === 'yes',
  }));

/** Parts that are kept and never acted on. */
const claimInert = (domain: Reader): void => {
  // The user's and other programs' notes.
  domain.inert('metadata');
  // Containers' user namespaces: libvirt ignores it for QEMU.
  domain.inert('idmap');
};

const readTop = (domain: Reader, options: ReadOptions): Domain => {
  const os = readOs(domain);
  const context = made<ReadingContext>({ arch: os.arch, machine: os.machine, live: options.live });
  const vcpus = readVcpus(domain);
  const cpu = readCpu(domain, vcpus.max);
  const numaMemory = (cpu?.numa ?? []).reduce((sum, cell) => sum + cell.memory, 0);
  const ioThreads = readIoThreads(domain);
  const uuid = domain.child('uuid')?.textUuid();
  const genid = domain.child('genid');
  const type = domain.attribute('type');
  if (type === undefined) domain.error('<domain> needs the attribute "type", as type="kvm".', 'type');
  else if (type !== 'kvm' && type !== 'qemu') {
    domain.findings.add(
      'unsupported',
      `${domain.path}/@type`,
      `Machines of the type '${type}' are not QEMU's; use 'kvm', or 'qemu' for emulation.`,
    );
  }
  claimInert(domain);
  const title = domain.child('title');
  if (title?.rawText().trim().includes('\n') === true) title.error('A title is one line.');
  return made<Domain>({
    type: type ?? 'kvm',
    // A stored XML with the id of a machine that once ran says nothing.
    id: domain.attribute('id') === undefined || domain.attribute('id') === '-1' ? undefined : domain.integer('id'),
    name: readName(domain),
    uuid,
    genid: genid === undefined ? undefined : (genid.textUuid() ?? true),
    title: title?.text(),
    description: domain.child('description')?.rawText() || undefined,
    memory: readMemory(domain, numaMemory, os.arch),
    vcpus,
    ioThreads,
    cpuTune: readCpuTune(domain, ioThreads),
    numaTune: readNumaTune(domain, cpu?.numa.map(({ id }) => id) ?? [], vcpus.placement === 'auto'),
    blkioTune: readBlkioTune(domain),
    resourcePartition: domain.child('resource')?.childText('partition'),
    os,
    sysInfo: readSysInfo(domain, uuid),
    features: readFeatures(domain, os.arch, os.machine),
    cpu,
    clock: readClock(domain),
    lifecycle: readLifecycle(domain),
    perfEvents: readPerf(domain),
    devices: readDevices(domain, context),
    securityLabels: readSecurityLabels(domain),
    keyWrap: (domain.child('keywrap')?.children('cipher') ?? []).map((cipher) => ({
      path: cipher.path,
      name: cipher.requiredOneOf('name', ['aes', 'dea'], 'aes'),
      on: cipher.requiredOneOf('state', ['on', 'off'], 'off') === 'on',
    })),
    launchSecurity: readLaunchSecurity(domain),
    qemu: readQemuExtras(domain),
  });
};

/**
 * Most elements of a domain that are read, those in <metadata> not counted. The largest real ones have a few thousand; hundreds of
 * thousands, which fit into 4 MiB, would keep the process busy for seconds.
 */
export const maxElements = 16_384;

/** Number of elements, as far as it matters: stops counting above {@link maxElements}. */
const elementsOf = (root: XmlElement): number => {
  let count = 0;
  const waiting: XmlElement[] = [root];
  for (let element = waiting.pop(); element !== undefined && count <= maxElements; element = waiting.pop()) {
    count += 1;
    if (element.name === 'metadata' && element.parent === root) continue;
    for (const child of element.children) if (child.kind === 'element') waiting.push(child);
  }
  return count;
};

/** What names a machine, without the rest. */
const withoutLists = (root: XmlElement): XmlElement => ({
  ...root,
  children: ['name', 'uuid', 'memory'].flatMap((name) => childElements(root, name).slice(0, 1)),
});

/** How to read. */
export interface ReadOptions {
  /** The XML describes a running machine (default false): automatic TAP names in it are kept. */
  readonly live?: boolean;
}

/** Reads a domain. Never throws for what the XML says: everything wrong with it is a problem with path, line and column. */
export function readDomain(document: XmlDocument, options: ReadOptions = {}): ReadDomain {
  const findings = new Findings(document);
  const tooLarge = elementsOf(document.root) > maxElements;
  const root = new Reader(tooLarge ? withoutLists(document.root) : document.root, findings);
  if (tooLarge) root.error(`This holds more than ${maxElements} elements, and no machine does: it was not read any further.`);
  if (document.root.name !== 'domain') root.error(`A machine's XML begins with <domain>, not <${document.root.name}>.`);
  const domain = readTop(root, options);
  checkDomain(root, domain);
  return { domain, problems: findings.inOrder(), unclaimed: tooLarge ? [] : findings.unclaimed() };
}

/** One device, read. */
export interface ReadDevice {
  /** Undefined when the element is no device that libvirt knows. */
  readonly device: Device | undefined;
  readonly problems: readonly Problem[];
  readonly unclaimed: readonly string[];
}

/**
 * Reads one device: the root of a fragment (attach-device), or an element of a domain.
 *
 * @param element defaults to the root
 */
export function readDevice(document: XmlDocument, element: XmlElement = document.root, context: ReadingContext = {}): ReadDevice {
  const findings = new Findings(document);
  const read = deviceReaders.get(element.name);
  const reader = new Reader(element, findings);
  if (read === undefined) {
    reader.error(`<${element.name}> is no device.`);
    return { device: undefined, problems: findings.problems, unclaimed: [] };
  }
  const device = read(reader, context);
  return { device, problems: findings.problems, unclaimed: findings.unclaimedUnder(element) };
}
