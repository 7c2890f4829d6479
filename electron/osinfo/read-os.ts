import { XMLParser } from 'fast-xml-parser';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import type { Amounts, DatabaseFault, ImageEntry, MediumEntry, OsDatabase, OsEntry, ResourcesEntry, TreeEntry } from './os-entry.types.ts';
import { patternOf } from './pattern.ts';

/** An element: its children by name, its attributes with `@` before them, its text as `#text`. */
type Element = Readonly<Record<string, unknown>>;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  alwaysCreateTextNode: true,
  // One shape for each element, whether there is one or several.
  isArray: (_name, _path, _isLeaf, isAttribute) => !isAttribute,
});

const isElement = (value: unknown): value is Element => typeof value === 'object' && value !== null && !Array.isArray(value);
const childrenOf = (element: Element | undefined, name: string): readonly Element[] => {
  const found = element?.[name];
  return Array.isArray(found) ? found.filter(isElement) : [];
};
const textIn = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');
const attributeOf = (element: Element, name: string): string | undefined => textIn(element[`@${name}`]) || undefined;
const isTrue = (element: Element, name: string, otherwise: boolean): boolean => {
  const said = attributeOf(element, name);
  return said === undefined ? otherwise : said === 'true';
};
/** The text of a child that isn't a translation; undefined where there is none, or it is empty. */
const textOf = (element: Element | undefined, name: string): string | undefined => {
  const own = childrenOf(element, name).find((one) => one['@xml:lang'] === undefined);
  return textIn(own?.['#text']) || undefined;
};
const textsOf = (element: Element, name: string): readonly string[] =>
  childrenOf(element, name).flatMap((one) => textIn(one['#text']) || []);
const idsOf = (element: Element, name: string): readonly string[] =>
  childrenOf(element, name).flatMap((one) => attributeOf(one, 'id') ?? []);
/** A whole number that is exact in JavaScript; undefined for anything else. */
const numberOf = (element: Element | undefined, name: string): number | undefined => {
  const text = textOf(element, name);
  return text !== undefined && /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
};

/** An object without what is undefined. */
const said = <T extends object>(fields: { readonly [Key in keyof T]: T[Key] | undefined }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const mediumOf = (element: Element): MediumEntry => {
  const iso = childrenOf(element, 'iso')[0];
  return said<MediumEntry>({
    arch: attributeOf(element, 'arch') ?? 'all',
    live: isTrue(element, 'live', false),
    installer: isTrue(element, 'installer', true),
    variants: idsOf(element, 'variant'),
    url: textOf(element, 'url'),
    patterns: said({
      volumeId: textOf(iso, 'volume-id'),
      systemId: textOf(iso, 'system-id'),
      publisher: textOf(iso, 'publisher-id'),
      application: textOf(iso, 'application-id'),
    }),
    volumeSize: numberOf(iso, 'volume-size'),
    kernel: textOf(element, 'kernel'),
    initrd: textOf(element, 'initrd'),
  });
};

const treeOf = (element: Element): TreeEntry => {
  const info = childrenOf(element, 'treeinfo')[0];
  return said<TreeEntry>({
    arch: attributeOf(element, 'arch') ?? 'all',
    url: textOf(element, 'url'),
    patterns:
      info === undefined
        ? undefined
        : said({
            family: textOf(info, 'family'),
            variant: textOf(info, 'variant'),
            version: textOf(info, 'version'),
            arch: textOf(info, 'arch'),
          }),
    kernel: textOf(element, 'kernel'),
    initrd: textOf(element, 'initrd'),
  });
};

const imageOf = (element: Element): ImageEntry =>
  said<ImageEntry>({
    arch: attributeOf(element, 'arch') ?? 'all',
    format: attributeOf(element, 'format'),
    cloudInit: isTrue(element, 'cloud-init', false),
    variants: idsOf(element, 'variant'),
    url: textOf(element, 'url'),
    username: textOf(element, 'cloud-image-username'),
  });

const amountsOf = (element: Element | undefined): Amounts | undefined =>
  element && said<Amounts>({ cpus: numberOf(element, 'n-cpus'), memory: numberOf(element, 'ram'), disk: numberOf(element, 'storage') });

const resourcesOf = (element: Element): ResourcesEntry =>
  said<ResourcesEntry>({
    arch: attributeOf(element, 'arch') ?? 'all',
    inherit: isTrue(element, 'inherit', false),
    minimum: amountsOf(childrenOf(element, 'minimum')[0]),
    recommended: amountsOf(childrenOf(element, 'recommended')[0]),
  });

const entryOf = (element: Element, id: string): OsEntry =>
  said<OsEntry>({
    id,
    shortIds: textsOf(element, 'short-id'),
    name: textOf(element, 'name'),
    version: textOf(element, 'version'),
    vendor: textOf(element, 'vendor'),
    family: textOf(element, 'family'),
    distro: textOf(element, 'distro'),
    codename: textOf(element, 'codename'),
    released: textOf(element, 'release-date'),
    ends: textOf(element, 'eol-date'),
    derivesFrom: idsOf(element, 'derives-from'),
    clones: idsOf(element, 'clones'),
    upgrades: idsOf(element, 'upgrades'),
    devices: childrenOf(element, 'devices')
      .flatMap((all) => childrenOf(all, 'device'))
      .flatMap((one) => {
        const device = attributeOf(one, 'id');
        return device === undefined ? [] : [{ id: device, supported: isTrue(one, 'supported', true) }];
      }),
    firmware: childrenOf(element, 'firmware').flatMap((one) => {
      const type = attributeOf(one, 'type');
      return type === undefined ? [] : [{ arch: attributeOf(one, 'arch') ?? 'all', type, supported: isTrue(one, 'supported', true) }];
    }),
    resources: childrenOf(element, 'resources').map(resourcesOf),
    media: childrenOf(element, 'media').map(mediumOf),
    trees: childrenOf(element, 'tree').map(treeOf),
    images: childrenOf(element, 'image').map(imageOf),
    scripts: childrenOf(element, 'installer').flatMap((all) => idsOf(all, 'script')),
    tpm: undefined,
    secureBoot: undefined,
  });

/** Leaves out what has a pattern that can't be used; the rest of the system stays. */
const withUsablePatterns = (entry: OsEntry, faulty: (message: string) => void): OsEntry => {
  const isUsable = (patterns: Readonly<Record<string, string>> | undefined): boolean =>
    Object.values(patterns ?? {}).every((text) => {
      try {
        patternOf(text);
        return true;
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        faulty(`The pattern “${text.slice(0, 80)}” can’t be used: ${error.message}.`);
        return false;
      }
    });
  return {
    ...entry,
    media: entry.media.filter(({ patterns }) => isUsable({ ...patterns })),
    trees: entry.trees.filter(({ patterns }) => isUsable({ ...patterns })),
  };
};

/**
 * The operating systems that a file of osinfo-db tells of (libosinfo's format: `<libosinfo><os id='…'>`). What is read is left as it is written: nothing
 * is inherited, and a file may say only a part of a system.
 *
 * @param text the file's content
 * @param file its path, for what is told of it
 */
export function readOs(text: string, file: string): OsDatabase {
  const faults: DatabaseFault[] = [];
  const faulty = (message: string): void => void faults.push({ file, message });
  try {
    // Entities of its own would be expanded; no file of a database has any.
    if (text.includes('<!DOCTYPE')) throw new Error('it has a document type');
    // The parser takes what was cut short and makes half a system of it.
    parseXml(text);
    const document: unknown = parser.parse(text);
    const root = isElement(document) ? childrenOf(document, 'libosinfo')[0] : undefined;
    if (root === undefined) throw new Error('its root is not <libosinfo>');
    const systems = childrenOf(root, 'os').flatMap((element) => {
      const id = attributeOf(element, 'id');
      if (id === undefined) faulty('An <os> has no id.');
      return id === undefined ? [] : [withUsablePatterns(entryOf(element, id), faulty)];
    });
    return { systems, faults };
  } catch (error) {
    // The parser throws its own errors for names as __proto__ and for what is nested too deep.
    faulty(`It can’t be read: ${error instanceof Error ? error.message : String(error)}`);
    return { systems: [], faults };
  }
}

/** Two parts of one system, as libosinfo puts them together: of what there is one of, the later counts; lists are joined. */
export function joinOs(first: OsEntry, later: OsEntry): OsEntry {
  return {
    ...first,
    ...later,
    shortIds: [...new Set([...first.shortIds, ...later.shortIds])],
    derivesFrom: [...new Set([...first.derivesFrom, ...later.derivesFrom])],
    clones: [...new Set([...first.clones, ...later.clones])],
    upgrades: [...new Set([...first.upgrades, ...later.upgrades])],
    devices: [...first.devices, ...later.devices],
    firmware: [...first.firmware, ...later.firmware],
    resources: [...first.resources, ...later.resources],
    media: [...first.media, ...later.media],
    trees: [...first.trees, ...later.trees],
    images: [...first.images, ...later.images],
    scripts: [...new Set([...first.scripts, ...later.scripts])],
  };
}
