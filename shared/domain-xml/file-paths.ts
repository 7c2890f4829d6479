import type { Problem } from './read/reader/findings.ts';
import { attributeValue, childElements, textContent, type XmlDocument, type XmlElement } from './xml/nodes.ts';
import { attributePath, locate, pathOf } from './xml/path.ts';

/** A file or socket of the host that a definition names. */
export interface NamedFile {
  /** Path of the element or attribute in the XML. */
  readonly at: string;
  /** As it is written. */
  readonly file: string;
}

/** What below an element names a file: attributes by name, `text()` for its text; with `when`, only for these values of the device's `type`. */
interface Rule {
  readonly of: readonly string[];
  readonly when?: readonly string[];
}

const text = { of: ['text()'] };
const storageSource = { of: ['@file', '@dev', '@dir'], when: ['file', 'block', 'dir', ''] };
const characterSource = { of: ['@path'], when: ['file', 'pipe', 'unix', 'dev'] };
const file = { of: ['@file'] };

/**
 * Places of files by element path from `<domain>` (formatdomain; libvirt's schemas demand an absolute path, absFilePath, at each). `when` is the value of `type` of the element that has the rule's element: a disk's source is a file where its type says so.
 */
const rules: Readonly<Record<string, Rule>> = {
  'os/loader': text,
  'os/nvram': { of: ['text()', '@template'] },
  'os/nvram/source': { of: ['@file', '@dev'] },
  'os/kernel': text,
  'os/initrd': text,
  'os/dtb': text,
  'os/acpi/table': text,
  'devices/disk/source': storageSource,
  'devices/disk/mirror/source': { of: ['@file', '@dev'] },
  'devices/disk/backingStore/source': storageSource,
  'devices/filesystem/source': { of: ['@dir', '@file', '@dev', '@socket'], when: ['mount', 'file', 'block', ''] },
  'devices/filesystem/binary': { of: ['@path'] },
  'devices/interface/rom': file,
  'devices/hostdev/rom': file,
  'devices/interface/backend': { of: ['@logFile', '@tap', '@vhost'] },
  'devices/interface/source': { of: ['@path'], when: ['vhostuser'] },
  'devices/serial/source': characterSource,
  'devices/parallel/source': characterSource,
  'devices/console/source': characterSource,
  'devices/channel/source': characterSource,
  'devices/redirdev/source': characterSource,
  'devices/smartcard/source': characterSource,
  'devices/smartcard/database': text,
  'devices/serial/log': file,
  'devices/parallel/log': file,
  'devices/console/log': file,
  'devices/channel/log': file,
  'devices/redirdev/log': file,
  'devices/rng/backend': { of: ['text()'] },
  'devices/rng/backend/source': { of: ['@path'] },
  'devices/tpm/backend/device': { of: ['@path'] },
  'devices/tpm/backend/source': { of: ['@path'] },
  'devices/memory/source/path': text,
  'devices/graphics': { of: ['@socket'] },
  'devices/graphics/listen': { of: ['@socket'] },
  'devices/graphics/gl': { of: ['@rendernode'] },
  'devices/input/source': { of: ['@evdev', '@dev'] },
  'devices/shmem/server': { of: ['@path'] },
  'sysinfo/entry': { of: ['@file'] },
};

/** Elements whose text is no file though a rule names it: an EGD's is nothing, and no mode of random numbers but `random` reads a file. */
const isNoFile = (element: XmlElement): boolean =>
  element.name === 'backend' && element.parent?.name === 'rng' && attributeValue(element, 'model') !== 'random';

const deepest = 32;

/** Every file, device and socket of the host that a definition names, in the order of the text. An empty name names nothing. */
export function filesNamedIn(document: XmlDocument): readonly NamedFile[] {
  const found: NamedFile[] = [];
  const visit = (element: XmlElement, above: string, depth: number) => {
    // A backing store stands in a backing store.
    const isNested = element.name === 'backingStore' && element.parent?.name === 'backingStore';
    const place = isNested ? above.slice(0, -1) : `${above}${element.name}`;
    const rule = Object.hasOwn(rules, place) ? rules[place] : undefined;
    if (rule !== undefined && !isNoFile(element) && isMeant(rule, element)) {
      for (const part of rule.of) {
        const file = part === 'text()' ? textContent(element).trim() : (attributeValue(element, part.slice(1)) ?? '');
        if (file !== '') found.push({ at: part === 'text()' ? pathOf(element) : attributePath(element, part.slice(1)), file });
      }
    }
    if (depth < deepest) for (const child of childElements(element)) visit(child, `${place}/`, depth + 1);
  };
  if (document.root.name === 'domain') for (const child of childElements(document.root)) if (child.name !== 'metadata') visit(child, '', 1);
  return found;
}

const isMeant = ({ when }: Rule, { parent }: XmlElement): boolean =>
  when === undefined || parent === undefined || when.includes(attributeValue(parent, 'type') ?? '');

/**
 * Files whose paths don't begin with a slash: QEMU would look for them from `/`, the app from where it runs, and neither where the user was.
 * libvirt: absolute paths only. The shell's `~` means nothing in XML.
 */
export function relativePathProblems(document: XmlDocument): readonly Problem[] {
  return filesNamedIn(document).flatMap(({ at, file }) =>
    file.startsWith('/')
      ? []
      : [
          {
            severity: 'unsupported' as const,
            path: at,
            message: `The path “${file}” doesn't begin with a slash, so nobody can tell where that file is.`,
            next: file.startsWith('~')
              ? 'Write your home directory in full: “~” is the shell’s word for it.'
              : 'Give the whole path, from / on.',
            ...locate(document, at),
          },
        ],
  );
}
