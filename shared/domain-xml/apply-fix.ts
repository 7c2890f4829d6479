import { TapestryError, type ErrorFix } from '../errors.ts';
import type { Interface } from '../domain/interface.ts';
import { readDevice } from './read/read-domain.ts';
import { setAsideParts, withSetAside } from './set-aside.ts';
import { contextOf, updateInterface } from './write/update-interface.ts';
import { emptySource, switchInterfaceType } from './write/switch-interface-type.ts';
import { applySplices, attributeSplice, insertionSplice, removalSplice } from './xml/edit.ts';
import { fragment } from './xml/fragment.ts';
import { attributeValue, childElements, firstChild, type XmlDocument, type XmlElement } from './xml/nodes.ts';
import { parseXml } from './xml/parse.ts';
import { follow, pathOf } from './xml/path.ts';

/** Fixes that are an edit of the definition's text. */
const editing: ReadonlySet<ErrorFix['kind']> = new Set([
  'set-format',
  'eject',
  'use-bridge',
  'use-user-network',
  'set-aside',
  'remove-element',
  'use-tcg',
  'use-managed-no',
]);

/** Can {@link applyFix} do it? The others are the window's or the user's. */
export function editsDefinition(fix: ErrorFix): boolean {
  return editing.has(fix.kind);
}

const gone = (path: string): TapestryError =>
  new TapestryError('not-found', `There is no ${path} in this machine.`, {
    path,
    next: 'The machine changed meanwhile: look at it again.',
  });

/** The element with this name at or above a path. @throws TapestryError `not-found` */
const enclosing = (document: XmlDocument, path: string, name: string): XmlElement => {
  const found = follow(document, path);
  for (let element = found?.element; element !== undefined; element = element.parent) if (element.name === name) return element;
  throw gone(path);
};

const setFormat = (document: XmlDocument, path: string, format: string): XmlDocument => {
  const disk = enclosing(document, path, 'disk');
  const driver = firstChild(disk, 'driver');
  if (driver !== undefined) return applySplices(document, attributeSplice(document, driver, 'type', format));
  return applySplices(document, [insertionSplice(document, disk, undefined, [fragment('driver', { name: 'qemu', type: format })])]);
};

/** Uses the TAP that <target> names as it is (formatdomain, "Generic ethernet connection"). */
const useManagedNo = (document: XmlDocument, path: string): XmlDocument => {
  const target = firstChild(enclosing(document, path, 'interface'), 'target');
  if (target === undefined) throw gone(`${path}/target`);
  return applySplices(document, attributeSplice(document, target, 'managed', 'no'));
};

/** Emulation instead of KVM: the type, and a CPU that TCG can have (passing the host's through needs KVM). */
const useTcg = (document: XmlDocument): XmlDocument => {
  const { root } = document;
  const cpu = firstChild(root, 'cpu');
  const mode = cpu && attributeValue(cpu, 'mode');
  const ofTheHost = cpu !== undefined && (mode === 'host-passthrough' || mode === 'host-model');
  const changes: readonly (readonly [string, string | undefined])[] = [
    ['mode', 'maximum'],
    ['check', undefined],
    ['migratable', undefined],
  ];
  return applySplices(document, [
    ...attributeSplice(document, root, 'type', 'qemu'),
    ...(ofTheHost ? changes.flatMap(([name, value]) => attributeSplice(document, cpu, name, value)) : []),
  ]);
};

/** An empty drive: without its medium, and what was said of that. */
const eject = (document: XmlDocument, path: string): XmlDocument => {
  const disk = enclosing(document, path, 'disk');
  const medium = childElements(disk).filter(({ name }) => name === 'source' || name === 'backingStore');
  return applySplices(
    document,
    medium.map((element) => removalSplice(document, element)),
  );
};

const connect = (document: XmlDocument, path: string, source: Interface['source']): XmlDocument => {
  const element = enclosing(document, path, 'interface');
  const { device } = readDevice(document, element, contextOf(document));
  if (device?.kind !== 'interface') throw gone(path);
  return updateInterface(document, pathOf(element), { ...switchInterfaceType(device, source.type).nic, source });
};

const remove = (document: XmlDocument, path: string): XmlDocument => {
  const found = follow(document, path);
  if (found?.exact !== true) throw gone(path);
  const { element, attribute } = found;
  if (attribute !== undefined) return applySplices(document, attributeSplice(document, element, attribute.name, undefined));
  if (path.endsWith('/text()')) {
    const data = element.children
      .filter((node) => node.kind === 'text' || node.kind === 'cdata')
      .filter(({ value }) => value.trim() !== '');
    return applySplices(
      document,
      data.map(({ start, end }) => ({ start, end, text: '' })),
    );
  }
  if (element.parent === undefined) throw new TapestryError('invalid', 'The whole definition can’t be taken out of itself.', { path });
  return applySplices(document, [removalSplice(document, element)]);
};

const valueOf = (fix: ErrorFix): string => {
  if (fix.value === undefined || fix.value === '') throw new TapestryError('invalid', `The fix “${fix.label}” says not to what.`);
  return fix.value;
};

/**
 * Applies a fix of a finding to the definition that the finding is about. Pure; all other text stays as it is.
 *
 * @param finding its path is where the fix is, unless the fix has a path of its own
 * @returns the new text
 * @throws TapestryError `not-found` when the text has no such place (it changed since), `invalid` for fixes that are no edit, `xml-*`
 */
export function applyFix(xml: string, finding: { readonly path: string }, fix: ErrorFix): string {
  const document = parseXml(xml);
  const path = fix.path ?? finding.path;
  switch (fix.kind) {
    case 'set-format':
      return setFormat(document, path, valueOf(fix)).text;
    case 'eject':
      return eject(document, path).text;
    case 'use-bridge':
      return connect(document, path, { type: 'bridge', bridge: valueOf(fix) }).text;
    case 'use-user-network':
      return connect(document, path, emptySource('user')).text;
    case 'set-aside':
      return withSetAside(document, [...setAsideParts(document), path]).text;
    case 'remove-element':
      return remove(document, path).text;
    case 'use-tcg':
      return useTcg(document).text;
    case 'use-managed-no':
      return useManagedNo(document, path).text;
    default:
      throw new TapestryError('invalid', `“${fix.label}” is no change of the definition.`, { path });
  }
}
