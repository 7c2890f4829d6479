import type { Interface } from '../../domain/interface.ts';
import { TapestryError } from '../../errors.ts';
import type { ReadingContext } from '../read/devices/interface.ts';
import { readDevice } from '../read/read-domain.ts';
import { applySplices } from '../xml/edit.ts';
import { attributeValue, firstChild, type XmlDocument } from '../xml/nodes.ts';
import { elementAt } from '../xml/path.ts';
import { reconcile } from '../xml/reconcile.ts';
import { renderInterface } from './interface.ts';

/** What a device's reader needs to know of the domain it stands in. */
export function contextOf(document: XmlDocument): ReadingContext {
  const os = firstChild(document.root, 'os');
  const type = os === undefined ? undefined : firstChild(os, 'type');
  const arch = type === undefined ? undefined : attributeValue(type, 'arch');
  const machine = type === undefined ? undefined : attributeValue(type, 'machine');
  return { ...(arch === undefined ? {} : { arch }), ...(machine === undefined ? {} : { machine }) };
}

/**
 * Writes an edited NIC over the one at `path`. Only what differs from the NIC as it was read changes in the text.
 *
 * @throws TapestryError `not-found` when nothing is there, `invalid` when it is no NIC
 */
export function updateInterface(document: XmlDocument, path: string, nic: Interface): XmlDocument {
  const element = elementAt(document, path);
  if (element === undefined) {
    throw new TapestryError('not-found', `There is no ${path} in this machine.`, {
      path,
      next: 'The machine changed meanwhile: look at it again.',
    });
  }
  const { device: before } = readDevice(document, element, contextOf(document));
  if (before?.kind !== 'interface') throw new TapestryError('invalid', `${path} is no <interface>.`, { path });
  return applySplices(document, reconcile(document, element, renderInterface(before), renderInterface(nic)));
}
