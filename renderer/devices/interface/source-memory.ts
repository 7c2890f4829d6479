import { useEffect, useState } from 'react';
import { z } from 'zod';
import { contextOf, readDevice, switchInterfaceType, updateInterface, type RemovedPart } from '../../../shared/domain-xml/index.ts';
import type { Interface, InterfaceType } from '../../../shared/domain/interface.ts';
import type { XmlDocument } from '../../../shared/domain-xml/xml/nodes.ts';
import { parseXml } from '../../../shared/domain-xml/xml/parse.ts';
import { pathOf } from '../../../shared/domain-xml/xml/path.ts';
import type { FormContext } from '../../forms/field-spec.ts';
import { formDraftName } from '../../forms/form-draft.ts';
import { dropDraft, keepDraft, readDraft } from '../../state/drafts.ts';
import { replaceElement } from '../../xml/edits.ts';

/** What a NIC was in each source type that it had in the form: the element's text by type, the latest last. The stored one is the first. */
export type Seen = readonly (readonly [type: string, text: string])[];

const remembered = z.object({ of: z.string(), seen: z.array(z.tuple([z.string(), z.string()])) });

/** The memory with what the NIC is now, as the latest. Pure. */
export function saw(seen: Seen, type: string, text: string): Seen {
  return [...seen.filter(([other]) => other !== type), [type, text]];
}

/**
 * A NIC with what an earlier type of it could have and its own can't. What its own can have is as it is, also what was taken out. Pure.
 * @param before the NIC with all that it had in the types before
 */
export function withKept(nic: Interface, before: Interface | undefined): Interface {
  if (before === undefined || before.type === nic.type) return nic;
  const lost = switchInterfaceType(before, nic.type).removed.map(({ field }) => field);
  const kept: Record<string, unknown> = { ...nic };
  for (const field of lost) {
    if (field === 'queues')
      kept['driver'] = { ...nic.driver, ...(before.driver.queues === undefined ? {} : { queues: before.driver.queues }) };
    else if (field.startsWith('backend.')) kept['backend'] = { ...before.backend, ...nic.backend };
    else kept[field] = before[field as keyof Interface];
  }
  return kept as unknown as Interface;
}

/** The typed NIC of an element's text, as a definition of this kind has it; undefined where it can't be read. */
function nicOf(text: string, definition: XmlDocument): Interface | undefined {
  const document = parseXml(text);
  const { device } = readDevice(document, document.root, contextOf(definition));
  return device?.kind === 'interface' ? device : undefined;
}

/** The latest NIC with all that it could have in any type. */
function allOf(seen: Seen, definition: XmlDocument): Interface | undefined {
  let all: Interface | undefined;
  for (const [, text] of seen) {
    const nic = nicOf(text, definition);
    if (nic) all = withKept(nic, all);
  }
  return all;
}

/**
 * Gives the NIC at a path another type. A type that it had before gets its own source back; all else is as it was last set in a type that
 * can have it. A new type begins with an empty source. Pure.
 * @param seen the memory, the present one the last
 */
export function switchType(text: string, path: string, type: InterfaceType, seen: Seen): string {
  const definition = parseXml(text);
  const all = allOf(seen, definition);
  if (!all) return text;
  const { nic } = switchInterfaceType(all, type);
  const before = seen.find(([one]) => one === type)?.[1];
  const own = before === undefined ? undefined : nicOf(before, definition);
  if (before === undefined || !own) return updateInterface(definition, path, nic).text;
  return updateInterface(parseXml(replaceElement(text, path, before)), path, { ...nic, source: own.source }).text;
}

/** What the NIC had in its types before, and can't have in the present one. Pure. */
export function leftOut(seen: Seen, type: string, definition: XmlDocument): readonly RemovedPart[] {
  const others = seen.filter(([one]) => one !== type);
  const all = allOf(others, definition);
  return all === undefined ? [] : switchInterfaceType(all, type as InterfaceType).removed;
}

/**
 * The memory of a NIC's form. It begins with the stored NIC, so that there is always a way back, and ends with Apply or Cancel: going through
 * types is no editing. It is kept as the form's own draft is.
 */
export function useSourceMemory(context: FormContext): readonly [Seen, (seen: Seen) => void] {
  const path = pathOf(context.element);
  const name = formDraftName(context.machine, `types ${path}`);
  const of = context.storedText ?? '';
  const edited = context.edited === true;
  const first = (): Seen => (context.stored && of !== '' ? [[typeOfText(of), of]] : []);
  const [memory, setMemory] = useState(() => {
    const kept = edited && of !== '' ? readDraft(name, remembered) : undefined;
    return { of, seen: kept?.of === of ? kept.seen : first() };
  });
  // Applied, or another one is stored by now: what it was before is of no use. Cancel begins the form anew.
  const stale = memory.of !== of;
  const seen = stale ? first() : memory.seen;
  if (stale) setMemory({ of, seen });
  useEffect(() => {
    if (of === '') return;
    if (edited && seen.length > 1) keepDraft(name, { of, seen });
    else dropDraft(name);
  }, [name, of, edited, seen]);
  return [seen, (next) => setMemory({ of, seen: next })];
}

const typeOfText = (text: string): string => parseXml(text).root.attributes.find(({ name }) => name === 'type')?.value ?? 'user';
