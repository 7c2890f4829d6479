import { isAbsentElement } from './read/devices/absent.ts';
import { isReservedTapName } from './read/devices/interface-names.ts';
import type { Problem } from './read/reader/findings.ts';
import { applySplices, attributeSplice, removalSplice, type Splice } from './xml/edit.ts';
import { attributeValue, childElements, firstChild, textContent, type XmlDocument, type XmlElement } from './xml/nodes.ts';
import { attributePath, locate, pathOf } from './xml/path.ts';

/**
 * What libvirt's daemon, or a start of ours, wrote into a machine's XML for itself. libvirt drops these when it reads an inactive definition
 * (VIR_DOMAIN_DEF_PARSE_INACTIVE in domain_conf.c; qemuDomainChrDefDropDefaultPath, qemuDomainDefPostParse in qemu_domain.c); so do we.
 */
export interface Generated {
  readonly splices: readonly Splice[];
  /** In document order; places are those of the document that was looked at. */
  readonly notes: readonly Problem[];
}

export interface GeneratedOptions {
  /** Disks stay as they are, with the chains and numbers of a run: the command line of this very text is asked for. */
  readonly keepDisks?: true;
  /** Aliases stay as they are: the machine runs with them. */
  readonly keepAliases?: true;
}

/** libvirt's own directories of sockets and state: of the system's daemon, and of a user's (virFileXXX, qemu_conf.c). */
const libvirtDirectory =
  /^(?:\/var\/lib|\/var\/run|\/run|\/var\/cache|\/run\/user\/[0-9]+|\/var\/run\/user\/[0-9]+|\/.+\/\.(?:config|cache|local\/share|local\/state))\/libvirt\/qemu\//;

/**
 * Is this a path that libvirt chose: in one of its directories, with the running domain's own folder (`domain-3-name/`, since 9.8 `3-name/`), or
 * in its folder of channels?
 *
 * @param name of the channel's target: before 1.3 libvirt named the file after both (`NAME.org.qemu.guest_agent.0`)
 */
export function isLibvirtPath(path: string, name?: string): boolean {
  const within = libvirtDirectory.exec(path);
  if (within === null) return false;
  const rest = path.slice(within[0].length);
  if (/^(?:lib\/|run\/|channel\/|channel\/target\/|dbus\/|swtpm\/)*(?:domain-)?[0-9]+-[^/]*\//.test(rest)) return true;
  // The channel's own name makes it certain, however the folder is numbered (qemuDomainChrMatchDefaultPath).
  const file = /^(?:lib\/|run\/)?channel\/(?:target\/)?(?:domain-[^/]+\/)?([^/]+)$/.exec(rest)?.[1];
  return (
    name !== undefined && name !== '' && file !== undefined && (file.endsWith(`.${name}`) || (file === name && rest.includes('/domain-')))
  );
}

/** Where libvirt keeps the UEFI variables of machines. Such a file belongs to its daemon: another user can't open it. */
export function isLibvirtNvram(path: string): boolean {
  const within = libvirtDirectory.exec(path);
  return within !== null && /^(?:lib\/)?nvram\/[^/]+$/.test(path.slice(within[0].length));
}

/** Collects splices and notes over one document. */
class Sweep {
  readonly splices: Splice[] = [];
  readonly notes: Problem[] = [];
  readonly #document: XmlDocument;
  readonly keepDisks: boolean;
  readonly keepAliases: boolean;
  /** What is gone entirely: nothing is taken out of it a second time. */
  readonly #gone = new Set<XmlElement>();
  /** The first of what only describes the run that the XML was taken from. */
  #passing: string | undefined;

  constructor(document: XmlDocument, { keepDisks, keepAliases }: GeneratedOptions) {
    this.#document = document;
    this.keepDisks = keepDisks === true;
    this.keepAliases = keepAliases === true;
  }

  /** Something that one would miss, with its reason. */
  note(path: string, message: string): void {
    this.notes.push({ severity: 'note', path, message, ...locate(this.#document, path) });
  }

  /** Something that only says how the machine ran when the XML was taken. */
  passing(path: string): void {
    this.#passing ??= path;
  }

  remove(element: XmlElement | undefined): void {
    if (element === undefined || this.#gone.has(element)) return;
    this.#gone.add(element);
    this.splices.push(removalSplice(this.#document, element));
  }

  set(element: XmlElement, name: string, value: string | undefined): void {
    this.splices.push(...attributeSplice(this.#document, element, name, value));
  }

  /** Removes an attribute, and the element with its last one where nothing is left of it. */
  drop(element: XmlElement, name: string): void {
    const isLast = element.attributes.every((attribute) => attribute.name === name);
    if (isLast && childElements(element).length === 0) this.remove(element);
    else this.set(element, name, undefined);
  }

  /** All that was found. */
  done(): Generated {
    if (this.#passing !== undefined)
      this.note(
        this.#passing,
        'This XML is of a running machine: what its start had chosen (ids, aliases, ports, names of TAPs and terminals, backing chains) was left out.',
      );
    const inOrder = this.notes.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
    return { splices: this.splices, notes: inOrder };
  }
}

/** Calls `visit` for an element and all below it. */
const walk = (element: XmlElement, visit: (element: XmlElement) => void): void => {
  const waiting = [element];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    visit(next);
    // One by one: an element may have more children than a call can have arguments.
    for (const child of childElements(next)) waiting.push(child);
  }
};

const characterDevices: ReadonlySet<string> = new Set(['serial', 'parallel', 'console', 'channel']);

/** Ends of character devices that a start chose: terminals, and sockets in libvirt's directories. */
const sweepCharacterDevice = (sweep: Sweep, device: XmlElement): void => {
  const type = attributeValue(device, 'type');
  const tty = attributeValue(device, 'tty');
  if (tty !== undefined) {
    sweep.passing(attributePath(device, 'tty'));
    sweep.set(device, 'tty', undefined);
  }
  const source = firstChild(device, 'source');
  const path = source === undefined ? undefined : attributeValue(source, 'path');
  if (source === undefined || path === undefined) return;
  if (type === 'pty') {
    sweep.passing(attributePath(source, 'path'));
    sweep.drop(source, 'path');
    return;
  }
  const target = firstChild(device, 'target');
  if (type !== 'unix' || !isLibvirtPath(path, target === undefined ? undefined : attributeValue(target, 'name'))) return;
  sweep.note(attributePath(source, 'path'), `libvirt's own socket ${path} was left out: the machine gets one of its own.`);
  // A channel needs no source then; the others do, as one that names no path.
  if (device.name === 'channel') sweep.remove(source);
  else sweep.set(source, 'path', undefined);
};

const sweepInterface = (sweep: Sweep, nic: XmlElement): void => {
  const target = firstChild(nic, 'target');
  const dev = target === undefined ? undefined : attributeValue(target, 'dev');
  if (target !== undefined && dev !== undefined && attributeValue(target, 'managed') !== 'no' && isReservedTapName(dev)) {
    sweep.passing(attributePath(target, 'dev'));
    sweep.drop(target, 'dev');
  }
  const source = firstChild(nic, 'source');
  if (source === undefined || attributeValue(nic, 'type') !== 'network') return;
  for (const name of ['portid', 'bridge']) {
    if (attributeValue(source, name) === undefined) continue;
    sweep.passing(attributePath(source, name));
    sweep.set(source, name, undefined);
  }
};

/** Numbers of a running block graph, the chain that was found at the start, and copies that were under way. */
const sweepDisk = (sweep: Sweep, disk: XmlElement): void => {
  const source = firstChild(disk, 'source');
  const backing = firstChild(disk, 'backingStore');
  const isLive = (source !== undefined && attributeValue(source, 'index') !== undefined) || firstChild(disk, 'mirror') !== undefined;
  if (source !== undefined && attributeValue(source, 'index') !== undefined) {
    sweep.passing(attributePath(source, 'index'));
    // An empty drive's source has nothing but its number.
    sweep.drop(source, 'index');
  }
  if (backing !== undefined && (isLive || attributeValue(backing, 'index') !== undefined)) {
    sweep.passing(pathOf(backing));
    sweep.remove(backing);
  }
  const mirror = firstChild(disk, 'mirror');
  if (mirror !== undefined) {
    sweep.note(pathOf(mirror), 'A copy that was under way when the XML was taken was left out: it does not go on at another start.');
    sweep.remove(mirror);
  }
};

const sweepGraphics = (sweep: Sweep, graphics: XmlElement): void => {
  if (attributeValue(graphics, 'autoport') === 'yes') {
    for (const name of ['port', 'tlsPort']) {
      const port = attributeValue(graphics, name);
      if (port === undefined || !/^[1-9][0-9]*$/.test(port)) continue;
      sweep.passing(attributePath(graphics, name));
      // As an inactive definition has it: -1 is "any".
      sweep.set(graphics, name, name === 'port' ? '-1' : undefined);
    }
  }
  const sockets = [graphics, ...childElements(graphics, 'listen')].filter((element) =>
    isLibvirtPath(attributeValue(element, 'socket') ?? ''),
  );
  for (const element of sockets) {
    sweep.note(
      attributePath(element, 'socket'),
      `libvirt's own socket ${attributeValue(element, 'socket') ?? ''} was left out: the machine gets one of its own.`,
    );
    sweep.set(element, 'socket', undefined);
  }
};

/** What was generated in one device. */
const sweepDevice = (sweep: Sweep, device: XmlElement): void => {
  const alias = firstChild(device, 'alias');
  if (!sweep.keepAliases && alias !== undefined && attributeValue(alias, 'name')?.startsWith('ua-') !== true) {
    sweep.passing(pathOf(alias));
    sweep.remove(alias);
  }
  const address = firstChild(device, 'address');
  if (address !== undefined && isAbsentElement(device)) {
    sweep.note(pathOf(address), 'The address of a device that isn’t there was left out.');
    sweep.remove(address);
  }
  if (characterDevices.has(device.name)) sweepCharacterDevice(sweep, device);
  else if (device.name === 'interface') sweepInterface(sweep, device);
  else if (device.name === 'disk') {
    if (!sweep.keepDisks) sweepDisk(sweep, device);
  } else if (device.name === 'graphics') sweepGraphics(sweep, device);
  else if (device.name === 'vsock') {
    const cid = firstChild(device, 'cid');
    if (cid !== undefined && attributeValue(cid, 'auto') === 'yes' && attributeValue(cid, 'address') !== undefined) {
      sweep.passing(attributePath(cid, 'address'));
      sweep.set(cid, 'address', undefined);
    }
  }
  walk(device, (element) => {
    // Said of a source that the daemon's security driver left alone while it ran; never the user's word.
    if (element.name !== 'seclabel' || attributeValue(element, 'labelskip') !== 'yes') return;
    sweep.passing(pathOf(element));
    sweep.remove(element);
  });
};

/** Labels that the daemon made up at a start; one with a base label, a fixed one or none at all is a person's choice. */
const isDynamicLabel = (label: XmlElement): boolean =>
  (attributeValue(label, 'type') ?? 'dynamic') === 'dynamic' && firstChild(label, 'baselabel') === undefined;

/** The partition that libvirt puts every machine into where the user names none. */
const defaultPartitions: ReadonlySet<string> = new Set(['/machine', '/machine.slice']);

const sweepDomain = (sweep: Sweep, root: XmlElement): void => {
  if (attributeValue(root, 'id') !== undefined) {
    sweep.passing(attributePath(root, 'id'));
    sweep.set(root, 'id', undefined);
  }
  for (const label of childElements(root, 'seclabel').filter(isDynamicLabel)) {
    sweep.note(pathOf(label), "A security label that libvirt's daemon made up for itself was left out.");
    sweep.remove(label);
  }
  for (const resource of childElements(root, 'resource')) {
    const partition = firstChild(resource, 'partition');
    if (partition === undefined || !defaultPartitions.has(textContent(partition).trim())) continue;
    sweep.note(pathOf(resource), "libvirt's default resource partition was left out.");
    sweep.remove(childElements(resource).length === 1 ? resource : partition);
  }
  for (const devices of childElements(root, 'devices')) for (const device of childElements(devices)) sweepDevice(sweep, device);
};

/**
 * Finds what was generated in a domain, or in one device (a fragment). Nothing but that is changed by the splices; a user's own words (aliases that
 * begin with `ua-`, names of TAPs, sockets elsewhere, chosen labels and partitions) stay.
 */
export function findGenerated(document: XmlDocument, options: GeneratedOptions = {}): Generated {
  const sweep = new Sweep(document, options);
  if (document.root.name === 'domain') sweepDomain(sweep, document.root);
  else sweepDevice(sweep, document.root);
  return sweep.done();
}

/** The document without what was generated; the same document where nothing was. */
export function withoutGenerated(document: XmlDocument, options: GeneratedOptions = {}): XmlDocument {
  return applySplices(document, findGenerated(document, options).splices);
}
