import { applySplices, insertionSplice, removalSplice } from './xml/edit.ts';
import { fragment } from './xml/fragment.ts';
import { attributeValue, childElements, firstChild, type XmlDocument, type XmlElement } from './xml/nodes.ts';

/** Namespace of Tapestry's own notes in a definition's <metadata>, which libvirt keeps as they are. */
export const tapestryNamespace = 'https://tapestry.dev/xmlns/domain/1';

/** A path without numbers: `/domain/seclabel[2]` is `/domain/seclabel`. */
export function unnumbered(path: string): string {
  return path.replaceAll(/\[[0-9]+\]/g, '');
}

/** Is `path` that part, or something in it? Numbers don't count. */
export function isUnder(path: string, part: string): boolean {
  const plain = unnumbered(path);
  return plain === part || plain.startsWith(`${part}/`);
}

const noteOf = (document: XmlDocument): XmlElement | undefined => {
  const metadata = firstChild(document.root, 'metadata');
  return metadata === undefined
    ? undefined
    : childElements(metadata).find(({ namespace, localName }) => namespace === tapestryNamespace && localName === 'set-aside');
};

/** Paths (without numbers) of the parts that the user set aside for good: `<t:set-aside><t:part path='/domain/cputune'/></t:set-aside>`. */
export function setAsideParts(document: XmlDocument): readonly string[] {
  const note = noteOf(document);
  if (note === undefined) return [];
  return childElements(note)
    .filter(({ localName }) => localName === 'part')
    .flatMap((part) => attributeValue(part, 'path') ?? []);
}

/**
 * Notes in the definition that parts of it are set aside: they stay as they are, and a start leaves them out. Nothing else changes in the text;
 * without parts the note goes.
 *
 * @param parts paths; numbers in them don't count
 */
export function withSetAside(document: XmlDocument, parts: readonly string[]): XmlDocument {
  const wanted = [...new Set(parts.map(unnumbered))];
  const known = setAsideParts(document);
  if (wanted.length === known.length && wanted.every((part) => known.includes(part))) return document;
  const old = noteOf(document);
  const cleared = old === undefined ? document : applySplices(document, [removalSplice(document, old)]);
  if (wanted.length === 0) return cleared;
  const note = fragment(
    'tapestry:set-aside',
    { 'xmlns:tapestry': tapestryNamespace },
    wanted.map((path) => fragment('tapestry:part', { path })),
  );
  const metadata = firstChild(cleared.root, 'metadata');
  if (metadata !== undefined) return applySplices(cleared, [insertionSplice(cleared, metadata, childElements(metadata).at(-1), [note])]);
  // Where libvirt has it: behind what names the machine.
  const before = childElements(cleared.root).findLast(({ name }) => ['name', 'uuid', 'genid', 'title', 'description'].includes(name));
  return applySplices(cleared, [insertionSplice(cleared, cleared.root, before, [fragment('metadata', {}, note)])]);
}
