import { childElements, firstChild, type XmlDocument } from '../../shared/domain-xml/xml/nodes.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { pathOf } from '../../shared/domain-xml/xml/path.ts';
import { deviceEditors } from './registry.ts';
import type { DeviceEditor } from '../forms/types.ts';
import { insertDevice } from '../xml/edits.ts';

/** A device that is being added: the definition with it, and where it stands. */
export interface NewDevice {
  /** Which of those that Add Hardware offers. */
  readonly id: string;
  readonly label: string;
  readonly editor: DeviceEditor;
  readonly text: string;
  readonly path: string;
}

/** Everything that Add Hardware offers, in the order of the list. */
export const addable = Object.values(deviceEditors).flatMap((editor) =>
  editor.add.map((choice) => ({ editor, Icon: choice.Icon ?? editor.Icon, ...choice })),
);

/** A definition with a new device of a kind, with its defaults; undefined for a kind that isn't offered. Pure. */
export function newDevice(id: string, document: XmlDocument): NewDevice | undefined {
  const choice = addable.find((one) => one.id === id);
  if (!choice) return undefined;
  const text = insertDevice(document.text, choice.make(document));
  const after = firstChild(parseXml(text).root, 'devices');
  const kind = parseXml(choice.make(document)).root.name;
  // A new device stands behind the last one of its kind.
  const element = after && childElements(after, kind).at(-1);
  return element && { id, label: choice.label, editor: choice.editor, text, path: pathOf(element) };
}
