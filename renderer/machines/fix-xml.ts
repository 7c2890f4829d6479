import type { ErrorFix } from '../../shared/errors.ts';
import { setAsideParts, withSetAside } from '../../shared/domain-xml/set-aside.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { readPlace, editElement, removeElement, type Change } from '../xml/edits.ts';

/** Path of the device that a path lies in; undefined outside of `<devices>`. */
export const deviceOf = (path: string | undefined): string | undefined => /^\/domain\/devices\/[^/@]+/.exec(path ?? '')?.[0];

/** The definition for emulation instead of KVM: the type, and a CPU that TCG can have (passing the host's through needs KVM). */
export function withTcg(xml: string): string {
  const { root } = parseXml(xml);
  const mode = readPlace(root, 'cpu/@mode');
  const changes: Change[] = [{ place: '@type', value: 'qemu' }];
  if (mode === 'host-passthrough' || mode === 'host-model') {
    changes.push(
      { place: 'cpu/@mode', value: 'maximum' },
      { place: 'cpu/@check', value: undefined },
      { place: 'cpu/@migratable', value: undefined },
    );
  }
  return editElement(xml, '/domain', changes);
}

function without(xml: string, path: string): string {
  const attribute = /^(.+)\/@([^/]+)$/.exec(path);
  if (!attribute) return removeElement(xml, path);
  return editElement(xml, attribute[1] ?? '', [{ place: `@${attribute[2] ?? ''}`, value: undefined }]);
}

/**
 * The definition with a fix that is an edit of its text; undefined for one that is not. Nothing else of the text changes. Pure.
 * @param at the path of the finding, where the fix names none of its own
 * @throws TapestryError `xml-syntax`
 */
export function withFix(xml: string, fix: ErrorFix, at: string | undefined): string | undefined {
  const path = fix.path ?? at;
  const device = deviceOf(path);
  const value = fix.value ?? '';
  switch (fix.kind) {
    case 'use-tcg':
      return withTcg(xml);
    case 'remove-element':
      return path === undefined ? undefined : without(xml, path);
    case 'set-aside': {
      const document = parseXml(xml);
      return path === undefined ? undefined : withSetAside(document, [...setAsideParts(document), path]).text;
    }
    default:
      break;
  }
  if (device === undefined) return undefined;
  switch (fix.kind) {
    case 'use-managed-no':
      return editElement(xml, device, [{ place: 'target/@managed', value: 'no' }]);
    case 'set-format':
      return editElement(xml, device, [{ place: 'driver/@type', value }]);
    case 'eject':
      return editElement(xml, device, [{ place: 'source', value: undefined }]);
    case 'use-bridge':
      return editElement(xml, device, [
        { place: 'source', value: undefined },
        { place: 'virtualport', value: undefined },
        { place: '@type', value: 'bridge' },
        { place: 'source/@bridge', value },
      ]);
    case 'use-user-network':
      return editElement(xml, device, [
        { place: 'source', value: undefined },
        { place: 'virtualport', value: undefined },
        { place: 'script', value: undefined },
        { place: 'target', value: undefined },
        { place: '@type', value: 'user' },
      ]);
    default:
      return undefined;
  }
}
